"""Snapshots made of z-scores alone, for whatever judges them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD


def snapshot_of_z(
    parameters: PairParameters,
    z: Sequence[float],
    *,
    first_bar: int = 0,
    correlation: Sequence[float] | float = 1.0,
) -> Snapshot:
    """One row per z, the first at bar number `first_bar`."""
    rows = np.zeros(len(z), ROW_DTYPE)
    rows["open_time_ms"] = (first_bar + np.arange(len(z))) * parameters.timeframe.ms
    rows["z"] = z
    rows["correlation"] = correlation
    rows["completeness_y"] = rows["completeness_x"] = 1.0
    return Snapshot(parameters, 0, rows, DEFAULT_THRESHOLD, len(z), 1)
