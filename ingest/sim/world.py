"""The simulated market: a pure function of (seed, absolute UTC time), cached by the hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from math import log
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.sim.catalogue import HOUR_MS, INSTRUMENTS, PAIRS, ROOTS, InstrumentSpec, PairPlan, Relation, RootSpec
from ingest.sim.errors import UnknownSymbol
from ingest.sim.paths import GRID_MS, STEPS, DailyBreak, OrnsteinUhlenbeck, common_drift
from ingest.sim.planted_breaks import PlantedBreak
from ingest.sim.tape import Quotes, Trades, make_quotes, make_trades

LISTED_MS = 1_577_836_800_000
"""2020-01-01T00:00Z, when all instruments were listed: REST knows nothing before it."""

EVENT_DELAY_MS = 5
"""What the venue takes from a trade (`T`) to the message about it (`E`); before that nobody can know it."""

# Caches, in blocks of one instrument and hour: a few hours of trades (0.3 MB a block on average), and
# of quotes (1 MB) no more than the hours around now.
_TRADE_BLOCKS = 5 * len(INSTRUMENTS)
_QUOTE_BLOCKS = 2 * len(INSTRUMENTS)
_PATH_BLOCKS = 3 * len(INSTRUMENTS)

Block = TypeVar("Block", Trades, Quotes)

SPECS = {spec.symbol: spec for spec in INSTRUMENTS}
_ROOTS = {root.symbol: root for root in ROOTS}
_DRIVERS = {plan.y: plan for plan in PAIRS if plan.relation is not Relation.LOOKALIKE}


def instrument_spec(symbol: str) -> InstrumentSpec:
    """How `symbol` trades; raise `UnknownSymbol` for one that is not simulated."""
    try:
        return SPECS[symbol]
    except KeyError:
        raise UnknownSymbol(symbol) from None


class World:
    """Prices, trades and quotes of every simulated instrument, at any time. Safe to share by threads."""

    def __init__(self, seed: int = 7, breaks: Iterable[PlantedBreak] = ()) -> None:
        self.seed = seed
        self._walks = {root.symbol: _walk(seed, root) for root in ROOTS}
        self._spreads = {plan.y: _spread(seed, plan) for plan in _DRIVERS.values()}
        self._breaks = {
            plan.y: DailyBreak(seed, plan.y) for plan in _DRIVERS.values() if plan.relation is Relation.BREAKING
        }
        self._planted: tuple[PlantedBreak, ...] = ()
        self.plant(breaks)

    @property
    def planted(self) -> tuple[PlantedBreak, ...]:
        """The breaks that somebody planted, in the order they were."""
        return self._planted

    def plant(self, breaks: Iterable[PlantedBreak]) -> None:
        """Have these breaks too; what is before their start stays as it is.

        The caches are replaced, not emptied: whoever is at work on an hour fills the old ones.
        """
        self._planted = (*self._planted, *breaks)
        self._path = lru_cache(_PATH_BLOCKS)(self._make_path)
        self._trades = lru_cache(_TRADE_BLOCKS)(self._make_trades)
        self._quotes = lru_cache(_QUOTE_BLOCKS)(self._make_quotes)

    def log_path(self, symbol: str, hour: int) -> NDArray[np.float64]:
        """Log price relative to the reference price over one hour, every 500 ms, both boundaries included."""
        return self._path(instrument_spec(symbol).symbol, hour)

    def spread_path(self, plan: PairPlan, hour: int) -> NDArray[np.float64]:
        """What the pair's legs are apart by over one hour: the planted process, and the breaks while broken."""
        values = self._spreads[plan.y].path(hour)
        if plan.y in self._breaks:
            values = values + self._breaks[plan.y].path(hour)
        for planted in self._planted:
            if planted.pair == plan.name:
                values = values + planted.path(grid_times(hour))
        return values

    def log_price_at(self, symbol: str, time_ms: int) -> float:
        """Log of the fair price at one time, before rounding to ticks."""
        path = self.log_path(symbol, time_ms // HOUR_MS)
        return log(instrument_spec(symbol).price) + value_at(path, time_ms)

    def trades_of_hour(self, symbol: str, hour: int) -> Trades:
        """The whole hour's trades, ids from ``hour * trades_per_hour`` on."""
        return self._trades(instrument_spec(symbol).symbol, hour)

    def trades_between(self, symbol: str, after_ms: int, until_ms: int) -> Trades:
        """Trades with ``after_ms < time <= until_ms``."""
        instrument_spec(symbol)
        return _between(self._trades, _join_trades, symbol, after_ms, until_ms)

    def quotes_between(self, symbol: str, after_ms: int, until_ms: int) -> Quotes:
        """Quotes with ``after_ms < time <= until_ms``."""
        instrument_spec(symbol)
        return _between(self._quotes, _join_quotes, symbol, after_ms, until_ms)

    def trades_from(self, symbol: str, from_id: int, limit: int, until_ms: int) -> Trades:
        """Up to `limit` trades from `from_id` on, none from before the listing, none later than `until_ms`."""
        per_hour = instrument_spec(symbol).trades_per_hour
        start = max(from_id, LISTED_MS // HOUR_MS * per_hour)
        last = min(start + limit - 1, self.last_id(symbol, until_ms))
        if last < start:
            return self._trades(symbol, until_ms // HOUR_MS).part(0, 0)
        parts = [
            self._trades(symbol, hour).part(max(start - hour * per_hour, 0), min(last + 1 - hour * per_hour, per_hour))
            for hour in range(start // per_hour, last // per_hour + 1)
        ]
        return reduce(_join_trades, parts)

    def last_id(self, symbol: str, until_ms: int) -> int:
        """Id of the last trade not later than `until_ms`."""
        block = self.trades_of_hour(symbol, until_ms // HOUR_MS)
        return block.first_id + int(np.searchsorted(block.time_ms, until_ms, side="right")) - 1

    def _make_path(self, symbol: str, hour: int) -> NDArray[np.float64]:
        if symbol in _ROOTS:
            return self._walks[symbol].path(hour) + _ROOTS[symbol].drift * common_drift(grid_times(hour))
        plan = _DRIVERS[symbol]
        values = beta_path(plan, grid_times(hour)) * self._path(plan.x, hour)
        values += self.spread_path(plan, hour)
        return values

    def _make_trades(self, symbol: str, hour: int) -> Trades:
        return make_trades(self.seed, SPECS[symbol], hour, self._path(symbol, hour))

    def _make_quotes(self, symbol: str, hour: int) -> Quotes:
        return make_quotes(self.seed, SPECS[symbol], hour, self._path(symbol, hour))


def grid_times(hour: int) -> NDArray[np.float64]:
    """Times in ms of the points of one hour's path."""
    return np.arange(STEPS + 1, dtype=np.float64) * GRID_MS + hour * HOUR_MS


def value_at(path: NDArray[np.float64], time_ms: int) -> float:
    """A path's value at one time of its hour, linear between its points."""
    return float(np.interp(time_ms % HOUR_MS, np.arange(STEPS + 1) * float(GRID_MS), path))


def beta_path(plan: PairPlan, time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """The planted beta at the times given; raise `ValueError` for a pair without one."""
    if plan.beta is None:
        raise ValueError(f"{plan.name} has no beta: it only looks related")
    if not plan.beta_period_ms:
        return np.full(len(time_ms), plan.beta)
    turns = (time_ms % plan.beta_period_ms) / plan.beta_period_ms
    return plan.beta + plan.beta_amplitude * np.sin(2 * np.pi * turns)


def _walk(seed: int, root: RootSpec) -> OrnsteinUhlenbeck:
    keep = 2 ** (-1 / root.reversion_half_life_h)
    sd = root.hourly_volatility / (1 - keep * keep) ** 0.5
    return OrnsteinUhlenbeck(seed, f"{root.symbol} walk", sd=sd, half_life_s=root.reversion_half_life_h * 3600)


def _spread(seed: int, plan: PairPlan) -> OrnsteinUhlenbeck:
    if plan.spread_sd is None or plan.half_life_s is None:
        raise ValueError(f"{plan.name} drives {plan.y} and needs a spread")
    return OrnsteinUhlenbeck(seed, f"{plan.name} spread", sd=plan.spread_sd, half_life_s=plan.half_life_s)


def _between(
    block_of: Callable[[str, int], Block],
    join: Callable[[Block, Block], Block],
    symbol: str,
    after_ms: int,
    until_ms: int,
) -> Block:
    hours = range((after_ms + 1) // HOUR_MS, max(until_ms, after_ms + 1) // HOUR_MS + 1)
    parts = []
    for hour in hours:
        block = block_of(symbol, hour)
        start, stop = np.searchsorted(block.time_ms, (after_ms, until_ms), side="right")
        parts.append(block.part(int(start), int(max(start, stop))))
    return reduce(join, parts)


def _join_trades(a: Trades, b: Trades) -> Trades:
    if not len(a):
        return b
    if not len(b):
        return a
    return Trades(
        a.first_id,
        np.concatenate((a.time_ms, b.time_ms)),
        np.concatenate((a.price_ticks, b.price_ticks)),
        np.concatenate((a.quantity_steps, b.quantity_steps)),
        np.concatenate((a.seller_aggressed, b.seller_aggressed)),
    )


def _join_quotes(a: Quotes, b: Quotes) -> Quotes:
    if not len(a):
        return b
    if not len(b):
        return a
    return Quotes(
        a.first_id,
        np.concatenate((a.time_ms, b.time_ms)),
        np.concatenate((a.bid_ticks, b.bid_ticks)),
        np.concatenate((a.bid_steps, b.bid_steps)),
        np.concatenate((a.ask_steps, b.ask_steps)),
    )
