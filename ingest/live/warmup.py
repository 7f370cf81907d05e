"""A fresh board opens on an hour of bars: history over REST, up to where the instrument's own trades take over.

Bars from klines end at a whole minute; from that minute on, all trades are fetched, so that the
first bar of our own making is whole. Where a venue has no 1 s klines, trades are fetched for as far
back as a few pages reach, and 1 s bars are made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ingest.live.rest import PAGE, RestClient
from ingest.live.symbols import Wait, insisting
from ingest.live.venues import Venue
from store.bars import Bar
from store.ticks import Tick
from store.timeframes import Timeframe

HISTORY_MINUTES = 1000  # one page of klines
HISTORY_SECONDS = 3600
TRADES_BACK_MS = 50 * 60_000  # where seconds come from trades: the core bridges a silence of up to an hour
MINUTE_PAGES = 20  # of trades, to reach the beginning of the running minute: 333 trades/s
HISTORY_PAGES = 5  # of trades, where seconds cannot come from klines: a twelfth of what a minute's weight allows

MINUTE_MS = Timeframe.M1.ms

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Past:
    """What came before the stream for one symbol: bars that end where `ticks` (in id order) begin.

    `next_id` is the first id that no bar here holds, None where the venue knows no trade.
    """

    symbol: str
    minutes: tuple[Bar, ...]
    seconds: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    next_id: int | None


class Historian:
    """Fetches the past of symbols; waits where the venue's limits or a failure ask for it."""

    def __init__(self, venue: Venue, rest: RestClient, wait: Wait) -> None:
        self._has_seconds = Timeframe.S1 in venue.klines
        self._rest = rest
        self._wait = wait

    def now_ms(self) -> int:
        """The venue's time."""
        return self._insist(self._rest.server_time_ms)

    def past(self, symbol: str) -> Past:
        """History and trades for a cold start; raises `RegionRefused` or `Stopped`."""
        now_ms = self.now_ms()
        minute_ms = now_ms - now_ms % MINUTE_MS
        from_ms = minute_ms if self._has_seconds else minute_ms - TRADES_BACK_MS
        ticks = self._recent_trades(symbol, from_ms, minute_ms)
        begin_ms = from_ms if not ticks or ticks[0].time_ms < from_ms else _next_minute(ticks[0].time_ms)
        first = next((index for index, tick in enumerate(ticks) if tick.time_ms >= begin_ms), len(ticks))
        minutes = self._klines(symbol, Timeframe.M1, begin_ms, HISTORY_MINUTES)
        seconds = self._klines(symbol, Timeframe.S1, begin_ms, HISTORY_SECONDS) if self._has_seconds else ()
        next_id = ticks[first].trade_id if first < len(ticks) else ticks[-1].trade_id + 1 if ticks else None
        return Past(symbol, minutes, seconds, tuple(ticks[first:]), next_id)

    def minutes(self, symbol: str, start_ms: int, end_ms: int) -> tuple[Bar, ...]:
        """The venue's minutes that open in [start, end), oldest first."""
        return self._klines(symbol, Timeframe.M1, end_ms, max(0, (end_ms - start_ms) // MINUTE_MS))

    def trades_from(self, symbol: str, trade_id: int) -> Iterator[list[Tick]]:
        """All trades from an id on until now, page by page: what was missed while nobody listened."""
        while True:
            page = self._trades(symbol, trade_id)
            if page:
                yield page
                trade_id = page[-1].trade_id + 1
            if len(page) < PAGE:
                return

    def _recent_trades(self, symbol: str, from_ms: int, minute_ms: int) -> list[Tick]:
        ticks = self._insist(lambda: self._rest.trades(symbol))
        pages = 1
        while ticks and ticks[0].time_ms >= from_ms and ticks[0].trade_id > 0:
            if pages >= (MINUTE_PAGES if ticks[0].time_ms >= minute_ms else HISTORY_PAGES):
                break
            oldest = ticks[0].trade_id
            older = self._trades(symbol, max(0, oldest - PAGE))
            ticks = [tick for tick in older if tick.trade_id < oldest] + ticks
            pages += 1
            if ticks[0].trade_id == oldest:
                break  # nothing older is kept
        return ticks

    def _klines(self, symbol: str, timeframe: Timeframe, end_ms: int, count: int) -> tuple[Bar, ...]:
        starts = range(end_ms - count * timeframe.ms, end_ms, PAGE * timeframe.ms)
        pages = (self._page(symbol, timeframe, start, min(end_ms, start + PAGE * timeframe.ms)) for start in starts)
        return tuple(bar for page in pages for bar in page)

    def _page(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int) -> list[Bar]:
        return self._insist(lambda: self._rest.klines(symbol, timeframe, start_ms=start_ms, end_ms=end_ms))

    def _trades(self, symbol: str, from_id: int) -> list[Tick]:
        return self._insist(lambda: self._rest.trades(symbol, from_id=from_id))

    def _insist(self, call: Callable[[], T]) -> T:
        return insisting(call, self._wait)


def _next_minute(time_ms: int) -> int:
    return (time_ms // MINUTE_MS + 1) * MINUTE_MS
