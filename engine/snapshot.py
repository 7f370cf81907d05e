"""The snapshot of a pair: everything the page, the API, the monitor and an export show at one closed bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.parameters import PairParameters
from engine.thresholds import Threshold


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a pair at its last closed bar.

    `rows` is a read-only array of `engine.rows.ROW_DTYPE` (a Kalman path adds columns after these)
    on a regular time grid: a bar that is
    absent is a row with NaN prices and note GAP. `generation` rises when kept bars were revised,
    and every row from the first revised one on is then new. `have` and `need` count bars until the
    first z. `reason` says in words why the last row lacks numbers, and is empty where it has them.
    """

    parameters: PairParameters
    generation: int
    rows: NDArray[np.void]
    threshold: Threshold
    have: int
    need: int
    reason: str = ""

    @property
    def as_of_ms(self) -> int | None:
        """UTC ms of the close of the last bar, None before the first."""
        if not len(self.rows):
            return None
        return int(self.rows["open_time_ms"][-1]) + self.parameters.timeframe.ms
