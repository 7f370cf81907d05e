"""The fields of a frame, read with care: what is not as it should be raises `Unreadable` with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.core.events import LegT
from ingest.core.rejections import Rejection

LIMIT = 1e15
"""Prices and quantities at or above are nonsense, and sums of such could overflow."""

LATEST_MS = 4_000_000_000_000
"""Times beyond (the year 2096) are not milliseconds."""

LEAD_MS = 5_000
"""How far a trade's own time may run ahead of the time its event was sent."""

MAX_ID = 1 << 62
MAX_SYMBOL_LENGTH = 64
SIDES = {True: 2, False: 1}
"""Whether the buyer is the maker → `store.ticks.Side` of the aggressor."""

_MICROSECONDS = 100_000_000_000_000


class Unreadable(Exception):
    """A frame, or a row of one, that cannot be used."""

    def __init__(self, reason: Rejection) -> None:
        super().__init__(reason)
        self.reason = reason


def read_field(data: dict[str, Any], name: str) -> Any:
    """Whatever stands there."""
    try:
        return data[name]
    except KeyError:
        raise Unreadable(Rejection.MISSING_FIELD) from None


def read_symbol(data: dict[str, Any], name: str = "s") -> str:
    """A name that may be a symbol's."""
    symbol = read_field(data, name)
    if not isinstance(symbol, str) or not 1 <= len(symbol) <= MAX_SYMBOL_LENGTH:
        raise Unreadable(Rejection.WRONG_TYPE)
    return symbol


def read_integer(data: dict[str, Any], name: str) -> int:
    """A whole number, not a text and not a truth."""
    value = read_field(data, name)
    if type(value) is not int:
        raise Unreadable(Rejection.WRONG_TYPE)
    return value


def read_time(data: dict[str, Any], name: str) -> int:
    """A time in ms; the venue's archives and newer streams write µs."""
    value = read_integer(data, name)
    if value >= _MICROSECONDS:
        value //= 1000
    if not 0 <= value < LATEST_MS:
        raise Unreadable(Rejection.IMPLAUSIBLE_TIME)
    return value


def read_id(data: dict[str, Any], name: str) -> int:
    """A trade's id."""
    trade_id = read_integer(data, name)
    if not 0 <= trade_id < MAX_ID:
        raise Unreadable(Rejection.BAD_NUMBER)
    return trade_id


def read_leg(data: dict[str, Any], name: str, legs: Mapping[str, LegT]) -> LegT:
    """Whatever is kept for the symbol that stands there."""
    symbol = read_field(data, name)
    if not isinstance(symbol, str):
        raise Unreadable(Rejection.WRONG_TYPE)
    if symbol not in legs:
        raise Unreadable(Rejection.UNKNOWN_SYMBOL)
    return legs[symbol]


def read_number(data: dict[str, Any], name: str) -> float:
    """A positive decimal string."""
    return read_between(read_field(data, name), 0.0, LIMIT)


def read_between(text: Any, low: float, high: float) -> float:
    """A decimal string strictly between two limits; an underscore, which Python would read over, is none of it."""
    if not isinstance(text, str):
        raise Unreadable(Rejection.WRONG_TYPE)
    try:
        value = float(text)
    except ValueError:
        raise Unreadable(Rejection.BAD_NUMBER) from None
    if not low < value < high or "_" in text:
        raise Unreadable(Rejection.BAD_NUMBER)
    return value
