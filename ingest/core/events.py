"""What one frame says, as plain tuples: a named tuple would cost more to make than all its fields to read."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from ingest.core.rejections import Rejection
from store.marks import MarkPrice

LegT = TypeVar("LegT")

TickFields: TypeAlias = tuple[int, float, float, int, int, int]
"""The fields of `store.ticks.Tick` in their order; a `Tick` is one."""

QuoteFields: TypeAlias = tuple[float, float, int]
"""The fields of `store.ticks.Quote`; a time of 0 means that the frame carried none."""

Event: TypeAlias = tuple[int, LegT | None, int, Any]
"""(kind, leg, event time in ms, payload): `TickFields`, `QuoteFields`, a `Notice`, `Tickers`, a `MarkWord`, or None."""


class Kind(IntEnum):
    """What an event is. `AGG_TRADE` and `TRADE` carry ids of two different sequences."""

    AGG_TRADE = 0
    TRADE = 1
    QUOTE = 2
    CLOCK = 3
    NOTICE = 4
    TICKERS = 5
    MARK = 6


class Notice(NamedTuple):
    """Something the session must hear of: `shutdown`, `answer` or `error`, with the venue's words."""

    kind: str
    detail: str
    request_id: int | None


class TickerRow(NamedTuple):
    """One symbol of a ticker array: its last price and turnover of 24 h at a time of the venue's."""

    symbol: str
    close: float
    turnover: float
    time_ms: int


class Tickers(NamedTuple):
    """The rows of a ticker array that could be read, and why each of the others could not."""

    rows: tuple[TickerRow, ...]
    faults: tuple[Rejection, ...]


class MarkWord(NamedTuple):
    """What the venue says of a symbol's mark price and funding."""

    symbol: str
    mark: MarkPrice
