"""Mark prices of a venue's instruments: the last of each, and the funding that was settled meanwhile."""

from __future__ import annotations

from math import isnan
from typing import NamedTuple

from store.marks import MarkPrice, Settlement


class MarkUpdate(NamedTuple):
    """What is new of one instrument (``venue:SYMBOL``)."""

    instrument: str
    mark: MarkPrice
    settled: tuple[Settlement, ...]


class Marks:
    """The last mark price by symbol. A word that is older than the last one is left out.

    Funding is settled when the venue's next funding time moves on after it has come; what was told last before is what
    was paid. When the time moves for another reason, nothing was.
    """

    __slots__ = ("_last", "_new", "_settled")

    def __init__(self) -> None:
        self._last: dict[str, MarkPrice] = {}
        self._new: dict[str, None] = {}
        self._settled: dict[str, list[Settlement]] = {}

    def begin_after(self, symbol: str, mark: MarkPrice) -> None:
        """Go on from the last word of an earlier life."""
        self._last.setdefault(symbol, mark)

    def take(self, symbol: str, mark: MarkPrice) -> None:
        """Take one word of the venue."""
        last = self._last.get(symbol)
        if last is not None:
            if mark.time_ms <= last.time_ms:
                return
            if _is_settled(last, mark):
                settlement = Settlement(last.next_funding_ms, last.rate, last.price, last.time_ms)
                self._settled.setdefault(symbol, []).append(settlement)
        self._last[symbol] = mark
        self._new[symbol] = None

    def ready(self, venue: str) -> tuple[MarkUpdate, ...]:
        """What is new since the last call."""
        if not self._new:
            return ()
        new, self._new = self._new, {}
        settled, self._settled = self._settled, {}
        return tuple(
            MarkUpdate(f"{venue}:{symbol}", self._last[symbol], tuple(settled.get(symbol, ()))) for symbol in new
        )


def _is_settled(last: MarkPrice, mark: MarkPrice) -> bool:
    """Whether the funding that `last` speaks of was paid before `mark`."""
    return (
        not isnan(last.rate)
        and 0 < last.next_funding_ms <= mark.time_ms
        and mark.next_funding_ms > last.next_funding_ms
    )
