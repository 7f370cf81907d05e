"""What a replay plays: the moments of a recording, and how the core takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from glob import has_magic
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from ingest.core.core import Core
from ingest.replay.recorded_frames import RecordedFrame, read_frames, survey_frames
from ingest.replay.recorded_ticks import RecordedTick, read_ticks, survey_ticks
from ingest.replay.recordings import Form, Survey, detect_form

Item = TypeVar("Item")


class Played(Protocol, Generic[Item]):
    """A recording that was looked through from end to end."""

    survey: Survey

    def moments(self) -> Iterator[tuple[int, Item]]:
        """What was recorded, each with its time (UTC ns), in the recording's order."""
        ...

    def feed(self, core: Core, items: Sequence[Item]) -> None:
        """Give some of it to the core, in order."""
        ...


class PlayedFrames(Played[RecordedFrame]):
    """Frames, at the times they were received."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.survey = survey_frames(path)

    def moments(self) -> Iterator[tuple[int, RecordedFrame]]:
        for frame in read_frames(self._path):
            yield frame.received_ns, frame

    def feed(self, core: Core, items: Sequence[RecordedFrame]) -> None:
        core.feed([(received_ns // 1000, raw) for received_ns, raw in items])


class PlayedTicks(Played[RecordedTick]):
    """Trades without frames, at their exchange times; a run of one symbol's trades is one call."""

    def __init__(self, path: Path, zone: tzinfo | None = None) -> None:
        self._path = path
        self._zone = zone
        self.survey = survey_ticks(path, zone=zone)

    def moments(self) -> Iterator[tuple[int, RecordedTick]]:
        for trade in read_ticks(self._path, zone=self._zone):
            yield trade.tick.time_ms * 1_000_000, trade

    def feed(self, core: Core, items: Sequence[RecordedTick]) -> None:
        wanted = set(core.symbols)
        for symbol, run in groupby(items, key=attrgetter("symbol")):
            if symbol in wanted:
                core.feed_ticks(symbol, [trade.tick for trade in run])


class PlayedArchive(PlayedTicks):
    """An archive of ticks, at their exchange times."""

    def __init__(self, path: Path) -> None:
        from ingest.replay.recorded_archive import ArchivedTicks  # noqa: PLC0415  # pyarrow, only where it is played

        self._archive = ArchivedTicks(path)
        self.survey = self._archive.survey

    def moments(self) -> Iterator[tuple[int, RecordedTick]]:
        for trade in self._archive.ticks():
            yield trade.tick.time_ms * 1_000_000, trade


def is_archive(path: Path) -> bool:
    """Whether a path names an archive of ticks (a folder, a glob, a Parquet file), not a file read line by line."""
    return path.is_dir() or path.suffix == ".parquet" or (has_magic(str(path)) and not path.is_file())


def open_recording(path: Path, zone: tzinfo | None = None) -> PlayedFrames | PlayedTicks:
    """Look through a recording and make it ready; times that name no zone are of `zone`.

    Raises `BrokenRecording` where little or nothing of it can be played, with the first line at fault.
    """
    if is_archive(path):
        return PlayedArchive(path)
    return PlayedFrames(path) if detect_form(path) is Form.FRAMES else PlayedTicks(path, zone)
