"""What is known of an instrument at its last closed bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.market.parameters import MarketParameters


@dataclass(frozen=True, slots=True)
class MarketSnapshot:
    """`rows` is a read-only array of `engine.market.rows.MARKET_DTYPE` on a regular time grid, oldest first."""

    parameters: MarketParameters
    rows: NDArray[np.void]

    @property
    def as_of_ms(self) -> int | None:
        """UTC ms of the close of the last bar, None before the first."""
        return int(self.rows["open_time_ms"][-1]) + self.parameters.timeframe.ms if len(self.rows) else None


def generation(rows: NDArray[np.void], bar_ms: int) -> int:
    """A number that stays while whole bars are appended, and changes when one of `rows` is revised or found absent.

    It follows from the rows alone, so that all processes agree on it.
    """
    absent = np.isnan(rows["close"])
    told = (rows["revision"] > 0) | absent
    numbers = (rows["open_time_ms"][told] // bar_ms).astype(np.uint64)
    marks = numbers * np.uint64(0x9E3779B1) + rows["revision"][told].astype(np.uint64) * np.uint64(0x85EBCA6B)
    marks += absent[told].astype(np.uint64) * np.uint64(0xC2B2AE35)
    return int(marks.sum(dtype=np.uint64)) & 0xFFFF_FFFF
