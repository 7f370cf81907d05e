"""One hour's trades and quotes of one instrument, as integer columns: ticks, steps and milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.sim.catalogue import HOUR_MS, InstrumentSpec
from ingest.sim.paths import GRID_MS, STEPS
from ingest.sim.randomness import keyed_generator

_BURST_FACTOR = 15.0  # how many times busier a burst is than its hour
_BURST_S = (4.0, 15.0)  # shortest and longest burst
_QUANTITY_SPREAD = 1.1  # log deviation of trade sizes: a few large among many small
_GRID_OFFSETS_MS = np.arange(STEPS + 1) * float(GRID_MS)

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trades:
    """Consecutive trades in id order; their times never fall."""

    first_id: int
    time_ms: Ints
    price_ticks: Ints
    quantity_steps: Ints
    seller_aggressed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time_ms)

    def part(self, start: int, stop: int) -> Trades:
        cut = slice(start, stop)
        return Trades(
            self.first_id + start,
            self.time_ms[cut],
            self.price_ticks[cut],
            self.quantity_steps[cut],
            self.seller_aggressed[cut],
        )


@dataclass(frozen=True, slots=True)
class Quotes:
    """Consecutive best bids and asks in the order of their update ids."""

    first_id: int
    time_ms: Ints
    bid_ticks: Ints
    bid_steps: Ints
    ask_steps: Ints

    def __len__(self) -> int:
        return len(self.time_ms)

    def part(self, start: int, stop: int) -> Quotes:
        cut = slice(start, stop)
        return Quotes(
            self.first_id + start, self.time_ms[cut], self.bid_ticks[cut], self.bid_steps[cut], self.ask_steps[cut]
        )


def make_trades(seed: int, spec: InstrumentSpec, hour: int, log_price: NDArray[np.float64]) -> Trades:
    """The hour's trades: buyers pay the ask, sellers get the bid, ids go on from the hour before.

    `log_price` is the instrument's path over the hour relative to its reference price, `STEPS` + 1 values.
    """
    count = spec.trades_per_hour
    offsets = _event_offsets(seed, spec, hour, count, "trade times")
    rng = keyed_generator(seed, spec.symbol, "trades", hour)
    sells = rng.random(count) < 0.5
    bids = _bid_ticks(spec, offsets, log_price)
    return Trades(
        first_id=hour * count,
        time_ms=offsets + hour * HOUR_MS,
        price_ticks=bids + np.where(sells, 0, spec.spread_ticks),
        quantity_steps=_quantities(rng, spec, count),
        seller_aggressed=sells,
    )


def make_quotes(seed: int, spec: InstrumentSpec, hour: int, log_price: NDArray[np.float64]) -> Quotes:
    """The hour's best bids and asks; the ask is always `spec.spread_ticks` above the bid."""
    count = spec.quotes_per_hour
    offsets = _event_offsets(seed, spec, hour, count, "quote times")
    rng = keyed_generator(seed, spec.symbol, "quotes", hour)
    return Quotes(
        first_id=hour * count,
        time_ms=offsets + hour * HOUR_MS,
        bid_ticks=_bid_ticks(spec, offsets, log_price),
        bid_steps=_quantities(rng, spec, count),
        ask_steps=_quantities(rng, spec, count),
    )


def _bid_ticks(spec: InstrumentSpec, offsets: Ints, log_price: NDArray[np.float64]) -> Ints:
    fair = (spec.price / spec.tick) * np.exp(np.interp(offsets, _GRID_OFFSETS_MS, log_price))
    bids: Ints = np.rint(fair - spec.spread_ticks / 2).astype(np.int64)
    return bids


def _quantities(rng: np.random.Generator, spec: InstrumentSpec, count: int) -> Ints:
    sizes = (spec.median_quantity / spec.step) * np.exp(_QUANTITY_SPREAD * rng.standard_normal(count))
    return np.maximum(1, np.rint(sizes)).astype(np.int64)


def _event_offsets(seed: int, spec: InstrumentSpec, hour: int, count: int, purpose: str) -> Ints:
    """Ms into the hour of `count` events, rising: order statistics of the intensity that the bursts shape."""
    intensity = np.ones(STEPS)
    rng = keyed_generator(seed, spec.symbol, "bursts", hour)
    for _ in range(spec.bursts_per_hour):
        start = int(rng.integers(STEPS))
        length = int(rng.uniform(*_BURST_S) * 1000 / GRID_MS)
        intensity[start : start + length] = _BURST_FACTOR
    cumulated = np.concatenate(([0.0], np.cumsum(intensity)))
    ranks = np.sort(keyed_generator(seed, spec.symbol, purpose, hour).random(count)) * cumulated[-1]
    offsets = np.interp(ranks, cumulated, _GRID_OFFSETS_MS)
    whole: Ints = np.minimum(offsets.astype(np.int64), HOUR_MS - 1)
    return whole
