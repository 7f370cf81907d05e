"""Hedge ratios of one window, from the rows of a snapshot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.ols import ols_hedge
from analytics.reduced_rank import johansen
from analytics.tls import tls_hedge
from engine.betas import window_betas
from engine.parameters import Method, Scale, parse_parameters
from engine.rows import ROW_DTYPE, Note
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD

P = replace(parse_parameters("sim:Y", "sim:X", {}), window=50)


def _snapshot(n: int = 80, *, scale: Scale = Scale.LOG, method: Method = Method.ROLLING, window: int = 50) -> Snapshot:
    rng = np.random.default_rng(3)
    rows = np.zeros(n, dtype=ROW_DTYPE)
    log_x = 8.0 + np.cumsum(rng.normal(0, 1e-3, n))
    rows["x"], rows["y"] = np.exp(log_x), np.exp(1.0 + 0.8 * log_x + rng.normal(0, 2e-4, n))
    rows["beta"] = 0.5
    return Snapshot(replace(P, scale=scale, method=method, window=window), 0, rows, DEFAULT_THRESHOLD, n, 50)


@pytest.mark.parametrize("scale", list(Scale))
def test_they_are_the_fits_of_the_last_window_with_gaps_and_stale_bars_left_out(scale: Scale) -> None:
    snapshot = _snapshot(scale=scale)
    snapshot.rows["y"][60] = np.nan
    snapshot.rows["note"][70] = Note.STALE_LEG
    used = np.delete(np.arange(80), [60, 70])
    used = used[used >= 30]
    y, x = snapshot.rows["y"][used], snapshot.rows["x"][used]
    if scale is Scale.LOG:
        y, x = np.log(y), np.log(x)
    forward, back, system = ols_hedge(y, x), ols_hedge(x, y), johansen(np.column_stack([y, x]), trend="rc")
    found = window_betas(snapshot)
    nearest = tls_hedge(y, x)
    assert [each.beta for each in found] == [forward.beta, 1 / back.beta, nearest.beta, system.hedge_ratio]
    assert (found[0].low, found[0].high) == (forward.beta_low, forward.beta_high)
    assert (found[1].low, found[1].high) == (1 / back.beta_high, 1 / back.beta_low)
    assert (found[2].low, found[2].high) == (nearest.beta_low, nearest.beta_high)
    assert not any(each.reason for each in found[:3])
    assert system.hedge_stderr is None
    assert "too few returns" in found[3].reason
    assert (found[3].low, found[3].high) == (None, None)


def test_johansens_error_bar_is_given_where_the_window_holds_returns_enough() -> None:
    snapshot = _snapshot(400, window=300)
    y, x = (np.log(snapshot.rows[leg][-300:]) for leg in ("y", "x"))
    system, found = johansen(np.column_stack([y, x]), trend="rc"), window_betas(snapshot)[3]
    assert system.hedge_ratio is not None
    assert system.hedge_stderr is not None
    assert found.reason == ""
    assert found.high == pytest.approx(system.hedge_ratio + 1.959964 * system.hedge_stderr, rel=1e-6)


def test_legs_without_a_relation_have_no_error_bar_of_johansens() -> None:
    snapshot = _snapshot(400, window=300)
    snapshot.rows["y"] = np.exp(np.cumsum(np.random.default_rng(8).normal(0, 1e-3, 400)))
    found = window_betas(snapshot)[3]
    assert found.low is None
    assert found.reason == "the trace test does not find exactly one relation"


def test_a_ratio_without_an_interval_says_why() -> None:
    """Of legs that have nothing to do with each other: the line may be flat, or upright."""
    snapshot = _snapshot()
    rng = np.random.default_rng(8)
    snapshot.rows["x"], snapshot.rows["y"] = np.exp(1e-3 * rng.standard_normal((2, 80)))
    _, inverted, nearest, _ = window_betas(snapshot)
    for each, words in ((inverted, "holds 0"), (nearest, "nothing bounds beta")):
        assert each.beta is not None
        assert (each.low, each.high) == (None, None)
        assert words in each.reason


def test_only_a_kalman_path_shows_a_kalman_beta_its_own_last() -> None:
    assert "Kalman" not in [each.method for each in window_betas(_snapshot())]
    last = window_betas(_snapshot(method=Method.KALMAN))[-1]
    assert (last.method, last.beta) == ("Kalman", 0.5)


def test_too_few_bars_and_a_constant_leg_give_no_number_but_a_reason() -> None:
    assert all(each.beta is None and each.reason == "30 of 40 bars" for each in window_betas(_snapshot(30)))
    still = _snapshot()
    still.rows["x"] = 7.0
    assert all(each.beta is None and "constant" in each.reason for each in window_betas(still))
    empty = replace(_snapshot(method=Method.KALMAN), rows=still.rows[:0])
    assert all(each.beta is None for each in window_betas(empty))
