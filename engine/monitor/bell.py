"""Tells which closed bars are there, at the cost of one blocking read for all instruments together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from redis import Redis

from engine.parameters import PairParameters
from store import keys
from store.bars import parse_bar
from store.client import store_errors
from store.timeframes import Timeframe

_ENTRIES_PER_READ = 1_000


class Leg(NamedTuple):
    """A bar stream: an instrument and one of the kept timeframes."""

    instrument: str
    timeframe: Timeframe


class Bell:
    """Follows bar streams from their ends on. A stream of the wrong type raises `CorruptRecord`."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._cursors: dict[Leg, bytes] = {}
        self._newest_ms: dict[Leg, int] = {}

    def follow(self, legs: Iterable[Leg]) -> None:
        """Follow exactly these streams; one that is new starts at the newest bar it holds."""
        wanted = frozenset(legs)
        for leg in self._cursors.keys() - wanted:
            del self._cursors[leg]
            self._newest_ms.pop(leg, None)
        fresh = sorted(wanted - self._cursors.keys())
        if not fresh:
            return
        with store_errors():
            pipeline = self._client.pipeline(transaction=False)
            for leg in fresh:
                pipeline.xrevrange(_stream(leg), count=1)
            for leg, entries in zip(fresh, pipeline.execute(), strict=True):
                self._cursors[leg] = b"0-0"
                self._note(leg, entries)

    def forget(self) -> None:
        """Start anew at the next `follow`: the store was emptied."""
        self._cursors.clear()
        self._newest_ms.clear()

    @property
    def following(self) -> bool:
        """Whether there is any stream to wait for."""
        return bool(self._cursors)

    def wait(self, timeout_ms: int) -> bool:
        """Whether new bars came, waiting for the first of them; `following` must hold."""
        legs = {_stream(leg).encode(): leg for leg in self._cursors}
        with store_errors():
            cursors: dict[Any, Any] = {stream: self._cursors[leg] for stream, leg in legs.items()}
            answer: Any = self._client.xread(cursors, count=_ENTRIES_PER_READ, block=timeout_ms)
        for stream, entries in answer or ():
            self._note(legs[stream], entries)
        return bool(answer)

    def ready_ms(self, parameters: PairParameters) -> int | None:
        """Open time of the newest bar of the pair that is closed in both legs, None while there is none."""
        kept = parameters.timeframe.kept_as
        newest = [self._newest_ms.get(Leg(name, kept)) for name in (parameters.y, parameters.x)]
        if newest[0] is None or newest[1] is None:
            return None
        end_ms = min(newest[0], newest[1]) + kept.ms
        return (end_ms // parameters.timeframe.ms - 1) * parameters.timeframe.ms

    def _note(self, leg: Leg, entries: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> None:
        for entry_id, fields in entries:
            self._cursors[leg] = entry_id
            open_time_ms = parse_bar(fields[keys.FIELD]).open_time_ms
            self._newest_ms[leg] = max(open_time_ms, self._newest_ms.get(leg, 0))  # revisions come later


def legs_of(parameters: PairParameters) -> tuple[Leg, Leg]:
    """The two streams whose bars a pair is made of."""
    kept = parameters.timeframe.kept_as
    return Leg(parameters.y, kept), Leg(parameters.x, kept)


def _stream(leg: Leg) -> str:
    return keys.bars(leg.instrument, leg.timeframe)
