"""Which timeframes an instrument has bars of: one that came as bars has no finer ones."""

from __future__ import annotations

from engine.errors import ParameterError
from store.catalogue import InstrumentInfo
from store.timeframes import Timeframe, parse_timeframe


def timeframes_of(info: InstrumentInfo) -> tuple[Timeframe, ...]:
    """From the finest on."""
    finest = parse_timeframe(info.finest)
    return tuple(timeframe for timeframe in Timeframe if timeframe.ms >= finest.ms)


def require_timeframe(info: InstrumentInfo, timeframe: Timeframe) -> None:
    """Raise `ParameterError` for bars finer than those that an instrument came with."""
    there = timeframes_of(info)
    if timeframe not in there:
        allowed = f"the finest bars of {info.id} are of {info.finest}: use {' or '.join(there)}"
        raise ParameterError("timeframe", timeframe, allowed, choices=there)
