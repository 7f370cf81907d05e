"""Samples of what the simulated exchange trades, with the truth that is planted in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.sim.catalogue import HOUR_MS, PairPlan
from ingest.sim.world import World, beta_path, instrument_spec

Array = NDArray[np.float64]

START_MS = 1_767_225_600_000  # 2026-01-01
STEP_MS = 13 * HOUR_MS  # from one sample to the next: every hour of the day has its turn


@dataclass(frozen=True, slots=True)
class PlantedSample:
    """Log prices (n,) at the closes of bars; `end_ms` is the last close. `beta` (n,) is planted, NaN where none is."""

    log_y: Array
    log_x: Array
    beta: Array
    end_ms: int


def planted_samples(
    plan: PairPlan, *, samples: int, bars: int, bar_ms: int, seed: int = 7, traded: bool = False
) -> Iterator[PlantedSample]:
    """Of one planted pair, at the middle of its last quotes before each close; `traded`: at its last trades."""
    world = World(seed)
    prices = _trade_prices if traded else _mid_prices
    for number in range(samples):
        closes = START_MS + number * STEP_MS + bar_ms * np.arange(1, bars + 1, dtype=np.int64)
        beta = np.full(bars, np.nan) if plan.beta is None else beta_path(plan, closes.astype(np.float64))
        y, x = (np.log(prices(world, symbol, closes)) for symbol in (plan.y, plan.x))
        yield PlantedSample(y, x, beta, int(closes[-1]))


def _mid_prices(world: World, symbol: str, closes: NDArray[np.int64]) -> Array:
    """Middle of the last quote before each time. Simulated markets are quoted at least every few seconds."""
    hours = range(int(closes[0]) // HOUR_MS - 1, int(closes[-1] - 1) // HOUR_MS + 1)
    spec = instrument_spec(symbol)
    times, middles = [], []
    for hour in hours:
        quotes = world.quotes_between(symbol, hour * HOUR_MS, (hour + 1) * HOUR_MS)
        times.append(quotes.time_ms)
        middles.append(quotes.bid_ticks + spec.spread_ticks / 2.0)
    last: Array = np.concatenate(middles)[np.searchsorted(np.concatenate(times), closes) - 1]
    return last * spec.tick


def _trade_prices(world: World, symbol: str, closes: NDArray[np.int64]) -> Array:
    """The last trade before each time: every instrument trades within the hour before."""
    trades = world.trades_between(symbol, int(closes[0]) - HOUR_MS, int(closes[-1]))
    last = trades.price_ticks[np.searchsorted(trades.time_ms, closes) - 1].astype(np.float64)
    return last * instrument_spec(symbol).tick
