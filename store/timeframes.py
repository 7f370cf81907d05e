"""Lengths of bars: which are kept in streams and which are derived from them."""

from __future__ import annotations

from enum import StrEnum

from store.errors import InvalidTimeframe


class Timeframe(StrEnum):
    """A bar length. Bars are aligned to the Unix epoch, so a bar's number is ``open_time_ms // ms``."""

    S1 = "1s"
    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"

    @property
    def ms(self) -> int:
        return _LENGTH_MS[self]

    @property
    def kept_as(self) -> Timeframe:
        """The timeframe whose stream holds these bars, or that they are derived from."""
        return Timeframe.S1 if self is Timeframe.S1 else Timeframe.M1


KEPT = (Timeframe.S1, Timeframe.M1)
_LENGTH_MS = {
    Timeframe.S1: 1_000,
    Timeframe.M1: 60_000,
    Timeframe.M5: 300_000,
    Timeframe.M15: 900_000,
    Timeframe.H1: 3_600_000,
}


def parse_timeframe(text: str) -> Timeframe:
    try:
        return Timeframe(text)
    except ValueError:
        raise InvalidTimeframe(text, tuple(Timeframe)) from None
