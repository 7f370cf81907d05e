"""The bars of one instrument and timeframe: opened by ticks, closed by the venue's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import nan
from typing import TypeAlias

from ingest.core.closed import ClosedBars
from ingest.core.events import TickFields
from ingest.core.forming import Forming
from ingest.core.gaps import Gaps
from store.bars import MAX_MISSING, NO_TRADE_ID, UNKNOWN_MISSING, Bar, Source, encode_bar

UNSTARTED = -1

QuoteAt: TypeAlias = Callable[[int], tuple[float, float]]
"""Time in ms → last bid and ask before it, NaN where none is known."""


class Track:
    """Bars of one length on their grid; a bar's number is its open time over its length.

    Bars from `closed` on are open, in `forming`; those before it were published, in order. The bar
    of the very first tick, `began`, began before anybody listened, so what it misses is unknown,
    unless `whole` says that the first tick is the one expected. `doubted` are closed bars with trades of which what
    they miss is not known yet. With `drop_partial` it is not published
    when it closes, unless its first tick came at the very time that it opened; its close goes on.
    """

    __slots__ = (
        "bars",
        "began",
        "closed",
        "doubted",
        "drop_partial",
        "dropped",
        "forming",
        "last_close",
        "lost",
        "ms",
        "unknown",
        "whole",
    )

    def __init__(self, ms: int, *, keep: int, lost: Gaps, unknown: bool, drop_partial: bool = False) -> None:
        """`keep` closed bars are remembered; `lost`: the gaps given up; `unknown`: the source has no ids."""
        self.ms = ms
        self.closed = self.began = self.dropped = UNSTARTED
        self.forming: dict[int, Forming] = {}
        self.doubted: set[int] = set()
        self.last_close = nan
        self.bars = ClosedBars(keep=keep)
        self.lost = lost
        self.unknown = unknown
        self.whole = False
        self.drop_partial = drop_partial

    def forming_at(self, number: int, tick: TickFields) -> Forming:
        """The open bar `number`, begun with `tick` if need be."""
        forming = self.forming.get(number)
        if forming is None:
            forming = self.forming[number] = Forming(tick, unknown=self.unknown or not self.whole)
            if self.began == UNSTARTED:
                self.began = number
                if self.drop_partial and not self.whole and tick[3] > number * self.ms:
                    self.dropped = number
            self.whole = True
            if self.closed == UNSTARTED:
                self.closed = number
        return forming

    def close_to(self, end_ms: int, quote_at: QuoteAt) -> None:
        """Close every bar that ends at or before `end_ms`; a silence longer than is remembered stays a hole."""
        stop = end_ms // self.ms
        if self.closed == UNSTARTED or stop <= self.closed:
            return
        numbers: Iterable[int] = range(self.closed, stop)
        if stop - self.closed > self.bars.keep:
            numbers = sorted(number for number in self.forming if number < stop)
        for number in numbers:
            forming = self.forming.pop(number, None)
            bar = self._made(number, forming, quote_at)
            if forming is not None:
                self.doubt(number, bar, unknown=forming.unknown)
            self.last_close = bar.close
            if number != self.dropped:
                self.bars.append(number, bar)
        self.closed = stop

    def doubt(self, number: int, bar: Bar, *, unknown: bool) -> None:
        """Note whether what a bar with trades misses will be known later."""
        if bar.missing == UNKNOWN_MISSING and not unknown:
            self.doubted.add(number)
        else:
            self.doubted.discard(number)

    def open_bar(self, quote_at: QuoteAt) -> bytes | None:
        """The newest unfinished bar, packed; None if there is none."""
        if not self.forming:
            return None
        number = max(self.forming)
        return encode_bar(self._made(number, self.forming[number], quote_at))

    def begin_after(self, history: Sequence[Bar]) -> None:
        """Publish bars made elsewhere, oldest first, and go on after them; only such as are older than all our own."""
        for bar in history:
            number = bar.open_time_ms // self.ms
            if self.began != UNSTARTED:
                if number < self.began:
                    self.bars.publish(bar)
            elif number >= self.closed:
                self.bars.append(number, bar)
                self.closed, self.last_close = number + 1, bar.close

    def empty(self, number: int, close: float, bid: float, ask: float) -> Bar:
        """The bar of a time without trades; `missing` is unknown where ids are absent that may belong into it."""
        start_ms = number * self.ms
        doubt = self.unknown or self.lost.in_doubt(start_ms, start_ms + self.ms)
        prices = (close, close, close, close)
        ids = (NO_TRADE_ID, NO_TRADE_ID)
        return Bar(start_ms, *prices, 0.0, 0, *ids, bid, ask, Source.TRADES, UNKNOWN_MISSING if doubt else 0, 0, 0.0)

    def missing(self, number: int, *, unknown: bool) -> int:
        """`Bar.missing` of a bar with trades."""
        if unknown or self.lost.unheard((number + 1) * self.ms):
            return UNKNOWN_MISSING
        return min(self.lost.missing(number * self.ms, (number + 1) * self.ms), MAX_MISSING)

    def _made(self, number: int, forming: Forming | None, quote_at: QuoteAt) -> Bar:
        bid, ask = quote_at((number + 1) * self.ms)
        if forming is None:
            return self.empty(number, self.last_close, bid, ask)
        missing = self.missing(number, unknown=forming.unknown)
        return forming.bar(number * self.ms, bid=bid, ask=ask, missing=missing)
