"""All that a venue trades, followed or not, a price a minute: what pairs are looked for in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from store.errors import CorruptRecord
from store.universe import MINUTE_MS, SECONDS, Unpacked, parse_minute, read_minutes

_PARTS = 64  # entries beyond the minutes asked for: a restart leaves two for one minute


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
    turnover: NDArray[np.float64]
    completeness: NDArray[np.float64]


def read_universe(client: Redis, venue: str, bars: int) -> Universe:
    """The last `bars` minutes of a venue; fewer where the stream does not reach back so far, none where there is none.

    A symbol without any price in them is left out. Raises `StoreUnavailable` or `CorruptRecord`.
    """
    known = read_minutes(client, venue, bars + _PARTS)
    minutes = [parse_minute(entry) for entry in known.entries]
    if not minutes:
        nothing = np.empty((0, 0))
        return Universe((), np.empty(0, dtype=np.int64), nothing, nothing, np.empty(0))
    if any(len(minute.places) and minute.places[-1] >= len(known.symbols) for minute in minutes):
        raise CorruptRecord(f"minutes of {venue}'s universe name symbols that its list does not have")
    last = max(minute.open_time_ms for minute in minutes) // MINUTE_MS
    first = max(min(minute.open_time_ms for minute in minutes) // MINUTE_MS, last - bars + 1)
    return _laid_out(known.symbols, minutes, first, last + 1)


def _laid_out(symbols: tuple[str, ...], minutes: list[Unpacked], first: int, stop: int) -> Universe:
    """Minutes [first, stop) of all that were read; parts of one minute follow each other in the order of writing."""
    shape = (stop - first, len(symbols))
    closes, turnover = np.full(shape, np.nan), np.full(shape, np.nan)
    heard = [0] * shape[0]
    for minute in minutes:
        row = minute.open_time_ms // MINUTE_MS - first
        if row >= 0:
            closes[row, minute.places], turnover[row, minute.places] = minute.closes, minute.turnovers
            heard[row] |= minute.heard
    present = np.flatnonzero(np.isfinite(closes).any(axis=0))
    return Universe(
        tuple(symbols[place] for place in present),
        np.arange(first, stop, dtype=np.int64) * MINUTE_MS,
        closes[:, present],
        turnover[:, present],
        np.array([seconds.bit_count() / SECONDS for seconds in heard]),
    )
