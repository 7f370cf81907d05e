"""An archive of ticks as a recording: a folder of it, a glob or one file; one venue, any symbols and days."""

from __future__ import annotations

import glob
import heapq
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from ingest.errors import BrokenRecording
from ingest.replay.recorded_ticks import RecordedTick
from ingest.replay.recordings import Form, RecordedSymbol, Survey, decimals_of, price_step
from store.archive.errors import ArchiveUnavailable
from store.archive.files import archive_errors, open_files
from store.archive.layout import instrument_of, is_part, parse_day
from store.archive.sorted_ticks import sorted_ticks
from store.ticks import Tick

_PRICES_LOOKED_AT = 20_000  # for the price step: more bring no finer one
_LATEST_MS = 2**62

Days = dict[int, list[str]]
"""Files of one symbol by day."""


class ArchivedTicks:
    """The ticks of an archive by their exchange times; each symbol's in id order, day by day.

    Raises `BrokenRecording` for what is no archive, or of several venues, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = open_files("/")
        self._symbols = _files_by_symbol(path)
        symbols = [self._surveyed(symbol, days) for symbol, days in sorted(self._symbols.items())]
        self.survey = Survey(Form.ARCHIVE, tuple(symbols), has_ids=True)

    def ticks(self) -> Iterator[RecordedTick]:
        """All trades in the order of their exchange times."""
        streams = [self._of_symbol(symbol, days) for symbol, days in self._symbols.items()]
        for _, trade in heapq.merge(*streams, key=itemgetter(0)):
            yield trade

    def _of_symbol(self, symbol: str, days: Days) -> Iterator[tuple[int, RecordedTick]]:
        try:
            for day in sorted(days):
                for ticks in sorted_ticks(self._files, days[day], start_ms=0, end_ms=_LATEST_MS):
                    for fields in ticks.tolist():
                        yield fields[3], RecordedTick(symbol, Tick(*fields), "", 0)
        except ArchiveUnavailable as error:
            raise BrokenRecording(self._path, None, str(error)) from error

    def _surveyed(self, symbol: str, days: Days) -> RecordedSymbol:
        paths = [path for day in sorted(days) for path in days[day]]
        try:
            with archive_errors():
                rows = sum(pq.read_metadata(path).num_rows for path in paths)
                first = next(pq.ParquetFile(paths[0]).iter_batches(_PRICES_LOOKED_AT, columns=["price"]))
        except (ArchiveUnavailable, StopIteration) as error:
            raise BrokenRecording(
                self._path, None, f"the archive's files of {symbol} cannot be read: {error}"
            ) from error
        prices = np.unique(first.column(0).to_numpy()).tolist()
        decimals = max(decimals_of(np.format_float_positional(price)) for price in prices)
        return RecordedSymbol(symbol, rows, price_step(decimals))


def _files_by_symbol(path: Path) -> dict[str, Days]:
    found: dict[str, Days] = {}
    venues = set()
    for file in _parts(path):
        instrument, day = instrument_of(str(file)), parse_day(file.parent.name)
        if instrument is None or day is None:
            raise BrokenRecording(
                path, None, f"{file.name} does not lie in venue=…/symbol=…/day=…, as an archive has it"
            )
        venues.add(instrument.venue)
        found.setdefault(instrument.symbol, {}).setdefault(day, []).append(str(file))
    if not found:
        raise BrokenRecording(path, None, "holds no file of an archive of ticks")
    if len(venues) > 1:
        names = ", ".join(f"venue={venue}" for venue in sorted(venues))
        raise BrokenRecording(path, None, f"holds several venues ({names}): name the folder of one")
    return found


def _parts(path: Path) -> Sequence[Path]:
    named = sorted(map(Path, glob.glob(str(path), recursive=True))) if glob.has_magic(str(path)) else [path]
    files = {file.resolve() for one in named for file in (one.rglob("*.parquet") if one.is_dir() else [one])}
    return sorted(file for file in files if is_part(str(file)))
