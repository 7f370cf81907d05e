"""Calls of a venue's REST interface as values: what to ask, what it weighs, and how to read the answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from ingest.dialects.facts import SymbolFacts
from ingest.errors import VenueRefused
from store.bars import Bar
from store.ticks import Tick
from store.timeframes import Timeframe

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Weights:
    """What a REST call costs, the budget per minute and address, and how many calls a second (0: as many)."""

    per_minute: int
    agg_trades: int
    klines: int
    exchange_info: int
    calls_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """GET `path` below the venue's REST address; `parse` reads its JSON, and raises `VenueUnavailable` for other."""

    path: str
    parse: Callable[[Any], T]
    weight: int = 1
    query: Mapping[str, str] = field(default_factory=dict)


class Calls(Protocol):
    """The calls that the ingestor needs of a venue."""

    def time(self) -> Call[int]:
        """The venue's clock, in ms."""
        ...

    def symbols(self, wanted: Sequence[str]) -> Sequence[Call[dict[str, SymbolFacts]]]:
        """Facts of these, and perhaps of more; a call may be refused for a symbol that is not there."""
        ...

    def all_symbols(self) -> Call[dict[str, SymbolFacts]]:
        """Facts of all that the venue lists."""
        ...

    def trades(self, symbol: str, *, from_id: int | None, limit: int) -> Call[list[Tick]]:
        """Up to `limit` trades in id order: from an id on (inclusive), or the newest."""
        ...

    def klines(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int) -> Sequence[Call[list[Bar]]]:
        """Bars that open within [start_ms, end_ms), in the order of the calls; perhaps some beside them."""
        ...

    def joined(self, bars: list[Bar]) -> list[Bar]:
        """The bars of several calls, ascending, with those between them that the venue does not tell of."""
        ...

    def is_unknown_symbol(self, refused: VenueRefused) -> bool:
        """Whether a call was refused because there is no such symbol."""
        ...

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        """The weight of this minute as an answer's headers tell it, None where they do not."""
        ...
