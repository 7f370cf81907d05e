"""All that a venue trades, followed or not, a price a minute: what pairs are looked for in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from engine.errors import ParameterError
from store.errors import CorruptRecord
from store.universe import MINUTE_MS, SECONDS, Unpacked, parse_minute, read_minutes, read_symbols

MOST_PRICES = 1_000_000
"""Minutes times symbols of one answer: 16 MB."""

_PARTS = 64  # entries beyond the minutes asked for: a restart leaves two for one minute
_PAGE = 128  # entries that are read at once: 4 MB of a venue with three thousand symbols


@dataclass(frozen=True, slots=True)
class Universe:
    """`n` minutes in a row of `k` symbols, the oldest first.

    `closes` (n, k) are the last prices that the venue told within (open, open + 1 min], at most a second old at its
    end; `turnover` (n, k) those of the 24 h before, in the quote currency. NaN where nothing was told of a symbol.
    `completeness` (n,) is the share of each minute's seconds that was listened to: where it is 1 such a symbol did not
    trade, where it is less it may have. A minute that nobody listened to is there, with 0 and NaN.
    """

    symbols: tuple[str, ...]
    open_time_ms: NDArray[np.int64]
    closes: NDArray[np.float64]
    turnover: NDArray[np.float32]
    completeness: NDArray[np.float64]


def read_universe(client: Redis, venue: str, bars: int, *, symbols: Sequence[str] | None = None) -> Universe:
    """The last `bars` minutes of a venue; fewer where the stream does not reach back so far, none where there is none.

    Of `symbols` each once, in their order; of all without them, where a symbol without any price in these minutes is
    left out. Raises `StoreUnavailable`, `CorruptRecord`, and `ParameterError` for a symbol that the venue never told a
    price of, and for more than `MOST_PRICES`.
    """
    known = read_symbols(client, venue)
    wanted = tuple(known if symbols is None else dict.fromkeys(symbols))
    _require_possible(venue, bars, wanted, set(known))
    pages = _pages_back(client, venue, bars + _PARTS)
    newest = next(pages, None)
    if newest is None:
        nothing = np.empty((0, len(wanted)))
        names, none = () if symbols is None else wanted, np.empty(0, dtype=np.int64)
        return Universe(names, none, nothing, nothing.astype(np.float32), np.empty(0))
    table = _Table(wanted, max(minute.open_time_ms for minute in newest.minutes) // MINUTE_MS, bars)
    for page in chain((newest,), pages):
        table.put(page)
    return table.get(priced_only=symbols is None)


def _require_possible(venue: str, bars: int, wanted: Sequence[str], known: Collection[str]) -> None:
    if absent := [symbol for symbol in wanted if symbol not in known]:
        raise ParameterError("symbols", ",".join(absent), f"{venue} told no price of them yet: leave them out")
    if bars * len(wanted) > MOST_PRICES:
        most = MOST_PRICES // len(wanted)
        allowed = f"of {len(wanted):,} symbols at most {most:,}, as an answer has up to {MOST_PRICES:,} prices"
        raise ParameterError("bars", bars, f"{allowed}; or name symbols")


@dataclass(frozen=True, slots=True)
class _Page:
    """Entries in the order of their writing, and the symbols that they count through."""

    symbols: tuple[str, ...]
    minutes: list[Unpacked]


def _pages_back(client: Redis, venue: str, most: int) -> Iterator[_Page]:
    """Up to so many entries by pages, the newest page first."""
    before = None
    for left in range(most, 0, -_PAGE):
        known = read_minutes(client, venue, min(left, _PAGE), before=before)
        minutes = [parse_minute(entry) for entry in known.entries]
        if any(len(minute.places) and minute.places[-1] >= len(known.symbols) for minute in minutes):
            raise CorruptRecord(f"minutes of {venue}'s universe name symbols that its list does not have")
        if not minutes:
            return
        yield _Page(known.symbols, minutes)
        before = known.oldest_id


class _Table:
    """The `bars` minutes up to `last`, filled from the newest entry back: parts of one minute follow each other in the
    order of writing, and the later one's prices count."""

    def __init__(self, symbols: Sequence[str], last: int, bars: int) -> None:
        self._columns = {symbol: column for column, symbol in enumerate(symbols)}
        self._first = last - bars + 1
        self._closes = np.full((bars, len(symbols)), np.nan)
        self._turnover = np.full((bars, len(symbols)), np.nan, dtype=np.float32)
        self._heard = [0] * bars
        self._oldest = bars - 1

    def put(self, page: _Page) -> None:
        columns = np.array([self._columns.get(symbol, -1) for symbol in page.symbols], dtype=np.intp)
        for minute in reversed(page.minutes):
            row = minute.open_time_ms // MINUTE_MS - self._first
            if row < 0 or row >= len(self._heard):
                continue
            self._oldest = min(self._oldest, row)
            self._heard[row] |= minute.heard
            places = columns[minute.places]
            new = (places >= 0) & np.isnan(self._closes[row, places])
            self._closes[row, places[new]] = minute.closes[new]
            self._turnover[row, places[new]] = minute.turnovers[new]

    def get(self, *, priced_only: bool) -> Universe:
        """From the oldest minute on that there is."""
        start = self._oldest
        closes, turnover = self._closes[start:], self._turnover[start:]
        symbols = tuple(self._columns)
        if priced_only:
            present = np.flatnonzero(np.isfinite(closes).any(axis=0))
            symbols = tuple(symbols[column] for column in present)
            closes, turnover = closes[:, present], turnover[:, present]
        first = self._first + start
        return Universe(
            symbols,
            np.arange(first, first + len(closes), dtype=np.int64) * MINUTE_MS,
            closes,
            turnover,
            np.array([seconds.bit_count() / SECONDS for seconds in self._heard[start:]]),
        )
