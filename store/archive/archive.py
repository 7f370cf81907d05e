"""An archive of ticks: parts are added, days that are over become one file each, readers get every id once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from store.archive.columns import Ticks, table_of
from store.archive.files import ArchiveFiles, open_files
from store.archive.layout import DAY_MS, SUFFIX, day_folder, folder_of, instrument_of, is_part, parse_day
from store.archive.sorted_ticks import sorted_ticks
from store.instruments import Instrument, parse_instrument

WHOLE = f"whole{SUFFIX}"
"""The one file of a day that is over."""

_AHEAD = math.inf


class Archive:
    """Reads and writes one archive. Every method may raise `ArchiveUnavailable`.

    Ids may stand in several files (after a crash, or where an exchange was asked again): readers and
    `compact` keep one of each, before others the one that was received live.
    """

    def __init__(self, files: ArchiveFiles) -> None:
        self.files = files

    def write(self, instrument: str, ticks: Ticks, part: str) -> None:
        """Add ticks (`store.ticks.TICK_DTYPE`, any order) in files named `part`, one for each UTC day.

        A part of the same name is replaced, so that to write the same again adds nothing.
        """
        folder = folder_of(parse_instrument(instrument))
        days = ticks["time_ms"] // DAY_MS
        for day in np.unique(days):
            of_day = ticks[days == day]
            name = f"{folder}/{day_folder(int(day))}/{part}{SUFFIX}"
            self.files.write_table(name, [table_of(of_day)])

    def read(self, instrument: str, *, start_ms: float = 0, end_ms: float = _AHEAD) -> Iterator[Ticks]:
        """Ticks with start <= exchange time < end in id order, each id once, some hundred thousand at a time."""
        paths = [
            path
            for day in self.days(instrument)
            if start_ms < (day + 1) * DAY_MS and day * DAY_MS < end_ms
            for path in self.parts(instrument, day)
        ]
        yield from sorted_ticks(self.files, paths, start_ms=start_ms, end_ms=end_ms)

    def instruments(self) -> tuple[str, ...]:
        """All that have a folder."""
        venues = [self.files.relative(info.path) for info in self.files.list("")]
        folders = [self.files.relative(info.path) for venue in venues for info in self.files.list(venue)]
        return tuple(str(found) for path in folders if (found := instrument_of(path)) is not None)

    def days(self, instrument: str) -> tuple[int, ...]:
        """Days since the epoch of which there is something, ascending."""
        found = (parse_day(info.base_name) for info in self.files.list(folder_of(parse_instrument(instrument))))
        return tuple(sorted(day for day in found if day is not None))

    def parts(self, instrument: str, day: int) -> tuple[str, ...]:
        """The files of one day, as paths of the filesystem."""
        folder = f"{folder_of(parse_instrument(instrument))}/{day_folder(day)}"
        return tuple(info.path for info in self.files.list(folder) if info.is_file and is_part(info.path))

    def compact(self, instrument: str, day: int) -> bool:
        """Make one file of a day's parts, in id order, each id once; whether there was anything to do.

        A crash on the way leaves every tick in some file.
        """
        parts = self.parts(instrument, day)
        if len(parts) < 2:
            return False
        whole = f"{folder_of(parse_instrument(instrument))}/{day_folder(day)}/{WHOLE}"
        ticks = sorted_ticks(self.files, parts, start_ms=0, end_ms=_AHEAD)
        self.files.write_table(whole, map(table_of, ticks))
        self.files.delete(name for path in parts if (name := self.files.relative(path)) != whole)
        return True


def open_archive(address: str) -> Archive:
    """The archive in a folder or at an ``s3://`` address; raises `InvalidArchiveAddress`. Nothing is made yet."""
    return Archive(open_files(address))


def archived(instrument: Instrument) -> bool:
    """Whether an instrument's ticks are worth an archive: a recording is one already, an upload is a file."""
    return instrument.venue in ("sim", "spot", "usdm", "coinbase")
