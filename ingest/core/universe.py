"""The venue's ticker arrays folded into minutes: the last price of each symbol, and which seconds were heard."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.core.events import TickerRow
from store.universe import MINUTE_MS, MOST_SYMBOLS, SECONDS, UniverseMinute

LONGEST_PAUSE_MS = 2_000
"""Between two arrays of a stream that comes each second: after a longer one something in between is missing."""

_SECOND_MS = 1_000


class Universe:
    """Minutes of one venue, in the order of their closing; the venue's clock alone closes them.

    An array of the time E tells of trades before E, so that of a minute's very end still belongs to it. What comes
    for a minute that is closed is left out. Arrays hold only what changed since the one before, and the first after
    a pause what changed in a second: hence a second counts as heard when the pause before its array was short.
    """

    __slots__ = ("_closed", "_heard", "_last_ms", "_prices", "_ready", "_symbols")

    def __init__(self) -> None:
        self._closed = 0
        self._last_ms = 0
        self._heard: dict[int, int] = {}
        self._prices: dict[int, dict[str, TickerRow]] = {}
        self._ready: list[UniverseMinute] = []
        self._symbols: set[str] = set()

    def take(self, time_ms: int, rows: Sequence[TickerRow]) -> None:
        """Take one array, of the newest time in it."""
        self._hear(time_ms)
        for row in rows:
            minute = (row.time_ms - 1) // MINUTE_MS
            if minute < self._closed or not self._is_known(row.symbol):
                continue
            prices = self._prices.setdefault(minute, {})
            known = prices.get(row.symbol)
            if known is None or known.time_ms <= row.time_ms:
                prices[row.symbol] = row

    def close_to(self, end_ms: int) -> None:
        """Close every minute that ends at or before `end_ms`."""
        stop = end_ms // MINUTE_MS
        if stop > self._closed:
            self._closed = stop
            self._emit(stop)

    def break_off(self) -> None:
        """Nothing more will come: give out the minutes that are not over, as the parts that they are."""
        self._emit(max(self._heard.keys() | self._prices.keys(), default=0) + 1)

    def ready(self) -> tuple[UniverseMinute, ...]:
        """What was closed since the last call."""
        ready, self._ready = tuple(self._ready), []
        return ready

    def _hear(self, time_ms: int) -> None:
        second = (time_ms - 1) // _SECOND_MS
        first = second
        if 0 < time_ms - self._last_ms <= LONGEST_PAUSE_MS:
            first = (self._last_ms - 1) // _SECOND_MS + 1
        self._last_ms = max(self._last_ms, time_ms)
        for each in range(min(first, second), second + 1):
            minute = each // SECONDS
            if minute >= self._closed:
                self._heard[minute] = self._heard.get(minute, 0) | 1 << each % SECONDS

    def _is_known(self, symbol: str) -> bool:
        if symbol not in self._symbols:
            if len(self._symbols) >= MOST_SYMBOLS:
                return False
            self._symbols.add(symbol)
        return True

    def _emit(self, stop: int) -> None:
        for minute in sorted(each for each in self._heard.keys() | self._prices.keys() if each < stop):
            prices = {row.symbol: (row.close, row.turnover) for row in self._prices.pop(minute, {}).values()}
            self._ready.append(UniverseMinute(minute * MINUTE_MS, self._heard.pop(minute, 0), prices))
