"""Lengths of a file's bars, and the timeframes that they can be seen at."""

from __future__ import annotations

from store.timeframes import Timeframe


def finest_timeframe(period_s: int) -> Timeframe:
    """The finest of the board's timeframes that bars of `period_s` seconds, a divisor of an hour, add up to."""
    return next(timeframe for timeframe in Timeframe if timeframe.ms % (period_s * 1000) == 0)


def period_words(seconds: int) -> str:
    """``5 min``, ``1 h``, ``1 day``, ``90 s``."""
    for unit, name in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}s" if name == "day" and count > 1 else f"{count} {name}"
    return f"{seconds} s"
