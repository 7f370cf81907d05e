"""The trades behind the bars, for statistics that look between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from engine.parameters import PairParameters
from engine.snapshots.pair_bars import Vector
from store.recent_ticks import read_recent_ticks

SPAN_MS = 60 * 60_000


@dataclass(frozen=True, slots=True)
class PairTrades:
    """Times in ms, ascending, and prices of the trades of both legs, over the same span."""

    times_y: NDArray[np.int64]
    prices_y: Vector
    times_x: NDArray[np.int64]
    prices_x: Vector


TradesUntil = Callable[[PairParameters, int], PairTrades]
"""Gives the trades of a pair in the `SPAN_MS` before a time in UTC ms."""


def trades_of_store(client: Redis) -> TradesUntil:
    """From the tick streams, as far back as they are kept; calls raise `StoreUnavailable`."""

    def until(p: PairParameters, end_ms: int) -> PairTrades:
        y, x = (read_recent_ticks(client, leg, start_ms=end_ms - SPAN_MS, end_ms=end_ms) for leg in (p.y, p.x))
        # Trades fetched after a gap can come late; within a millisecond they stay in the order of their ids.
        y, x = (leg[np.argsort(leg["time_ms"], kind="stable")] for leg in (y, x))
        return PairTrades(
            *(
                np.ascontiguousarray(leg[name])
                for leg, name in ((y, "time_ms"), (y, "price"), (x, "time_ms"), (x, "price"))
            )
        )

    return until
