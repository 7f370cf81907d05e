"""What an instrument did over the last day, to the minute."""

from __future__ import annotations

from typing import NamedTuple

from ingest.sim.catalogue import HOUR_MS, InstrumentSpec
from ingest.sim.klines import KlineBook

_MINUTE_MS = 60_000
_DAY_MS = 24 * HOUR_MS


class DayTicker(NamedTuple):
    """Open, high, low and close in ticks, volume in steps, turnover in ticks × steps."""

    spec: InstrumentSpec
    open: int
    high: int
    low: int
    close: int
    volume: int
    turnover: int


def day_ticker(book: KlineBook, spec: InstrumentSpec, until_ms: int) -> DayTicker:
    """The day up to `until_ms`, beginning with the whole minute 24 h before.

    Pieced together from minutes, whole hours and the running hour, so that a second's update costs little.
    """
    start_ms = (until_ms - _DAY_MS) // _MINUTE_MS * _MINUTE_MS
    hours_from = -(-start_ms // HOUR_MS) * HOUR_MS
    pieces = [book.klines(spec.symbol, HOUR_MS, hours_from, until_ms + 1, until_ms)]
    if start_ms < hours_from:
        pieces.insert(0, book.klines(spec.symbol, _MINUTE_MS, start_ms, hours_from, until_ms))
    return DayTicker(
        spec,
        open=int(pieces[0].open[0]),
        high=max(int(piece.high.max()) for piece in pieces),
        low=min(int(piece.low.min()) for piece in pieces),
        close=int(pieces[-1].close[-1]),
        volume=sum(int(piece.volume.sum()) for piece in pieces),
        turnover=sum(int(piece.turnover.sum()) for piece in pieces),
    )
