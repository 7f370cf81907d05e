"""What a z is worth, on z made by hand and on the z of legs with and without a relation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import percentileofscore

from engine.honest_z import honest_z, rank_of_z
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.thresholds import Threshold
from tests.engine.pair_data import X, Y


def snapshot_with(z: np.ndarray) -> Snapshot:
    rows = np.zeros(len(z), ROW_DTYPE)
    rows["z"] = z
    return Snapshot(PairParameters(Y, X), 1, rows, Threshold(0, 2.0, 0.5), have=0, need=0)


def test_entries_are_counted_per_day_of_bars_with_a_z() -> None:
    z = np.zeros(1_440 + 100)
    z[:100] = np.nan
    z[[200, 400, 401, 900]] = 2.5, -3.0, -2.9, 2.0  # 400 and 401 are one entry
    found = honest_z(snapshot_with(z))
    assert found.alerts is not None
    assert found.beyond is not None
    assert found.alerts.count == 3
    assert found.alerts.days == pytest.approx(1.0)
    assert found.alerts.per_day == pytest.approx(3.0)
    assert found.beyond.share == pytest.approx(4 / 1_440)


def test_the_rank_is_that_of_the_last_bar_among_those_of_the_window_before_it() -> None:
    """Against scipy's percentile of a score, which counts ties by half too."""
    z = np.random.default_rng(5).normal(size=700)
    z[:500] *= 20  # before the window: they have no say
    found = rank_of_z(snapshot_with(z))
    assert found is not None
    assert found.n == PairParameters(Y, X).window == 120
    assert found.percentile == pytest.approx(percentileofscore(np.abs(z[-121:-1]), abs(z[-1]), kind="mean"))


def test_a_bar_without_z_has_no_rank_and_too_few_say_so() -> None:
    z = np.tile(np.linspace(-3, 3, 200), 2)
    z[-1] = np.nan
    assert rank_of_z(snapshot_with(z)) is None
    assert rank_of_z(snapshot_with(z[:1])) is None
    assert rank_of_z(snapshot_with(z[:0])) is None
    assert honest_z(snapshot_with(z)).alerts is not None
    assert honest_z(snapshot_with(z[:60])).reason == "needs 120 bars with a z, has 60"
    assert honest_z(snapshot_with(np.full(300, np.nan))).reason == "needs 120 bars with a z, has 0"
