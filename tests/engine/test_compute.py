"""Rows have the same bits in one batch, bar by bar, and from whatever first bar that suffices."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from analytics.noise_likelihood import kalman_noise
from analytics.ols import ols_hedge
from analytics.tls import tls_hedge
from engine.parameters import Method, PairParameters, PriceField, Scale
from engine.rows import Note, Signal
from engine.snapshots.compute import bars_before, bars_to_first_z, compute_hindsight, compute_rows
from engine.snapshots.kalman_rows import KALMAN_DTYPE
from engine.snapshots.next_rows import row_dtype
from engine.snapshots.pair_bars import PairBars, Vector
from engine.snapshots.plain_rows import Rows
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store.timeframes import Timeframe
from tests.engine.pair_data import X, Y, made_legs, pair_of

CAUSAL = [
    PairParameters(Y, X, window=30, z_window=20),
    PairParameters(Y, X, window=17, z_window=33, scale=Scale.RAW),
    PairParameters(Y, X, window=30, z_window=20, field=PriceField.MID),
    PairParameters(Y, X, window=25, z_window=20, method=Method.FIXED, beta=0.8),
    PairParameters(Y, X, window=30, z_window=20, method=Method.KALMAN),
    PairParameters(Y, X, window=30, z_window=20, method=Method.KALMAN, scale=Scale.RAW),
]
LEVELS = (DEFAULT_THRESHOLD, Threshold(29_453_860 * 60_000, 1.0, 0.2), Threshold(29_453_930 * 60_000, 1.5, 0.0))


def first_part(pair: PairBars, n: int) -> PairBars:
    return PairBars(pair.timeframe, pair.first, pair.y[:n], pair.x[:n])


def in_steps(pair: PairBars, p: PairParameters, cuts: list[int]) -> Rows:
    """Rows computed as the bars came: in pieces that end at `cuts`, each from what was known before."""
    rows = np.empty(0, row_dtype(p.method))
    for start, end in pairwise([0, *cuts, len(pair.y)]):
        if end > start:
            part = first_part(pair, end)
            rows = np.concatenate([rows, compute_rows(part, pair.first + start, p, LEVELS, before=rows)])
    return rows


def batch(pair: PairBars, p: PairParameters, levels: tuple[Threshold, ...] = LEVELS) -> Rows:
    return compute_rows(pair, pair.first, p, levels, before=np.empty(0, row_dtype(p.method)))


@pytest.mark.parametrize("p", CAUSAL, ids=lambda p: f"{p.method}-{p.scale}-{p.field}")
def test_bar_by_bar_gives_the_bits_of_one_batch(p: PairParameters) -> None:
    pair = pair_of(made_legs(260))
    rows = batch(pair, p)
    assert np.isfinite(rows["z"]).sum() > 120
    assert in_steps(pair, p, list(range(1, len(pair.y)))).tobytes() == rows.tobytes()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CAUSAL), st.integers(1, 2**32), st.lists(st.integers(0, 200), max_size=5))
def test_any_split_gives_the_bits_of_one_batch(p: PairParameters, seed: int, cuts: list[int]) -> None:
    pair = pair_of(made_legs(200, seed=seed))
    assert in_steps(pair, p, sorted(cuts)).tobytes() == batch(pair, p).tobytes()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(CAUSAL[:4]), st.integers(1, 2**32), st.integers(1, 150))
def test_what_was_before_the_bars_needed_changes_no_bit(p: PairParameters, seed: int, skipped: int) -> None:
    pair = pair_of(made_legs(320, seed=seed))
    late = pair.since(pair.first + skipped)
    settled = bars_before(p)
    whole, part = batch(pair, p)[skipped + settled :], batch(late, p)[settled:]
    assert len(part) > 40
    for name in whole.dtype.names or ():
        if name != "signal":  # remembers an entry for as long as it lasts: see the next test
            assert whole[name].tobytes() == part[name].tobytes(), name


def test_the_signal_forgets_where_it_began_with_its_first_entry_or_exit() -> None:
    p = CAUSAL[0]
    pair = pair_of(made_legs(320))
    whole, part = batch(pair, p)[100:], batch(pair.since(pair.first + 100), p)
    decided = np.flatnonzero((np.abs(part["z"]) >= 2.0) | (np.abs(part["z"]) <= 0.0))[0]
    assert whole["signal"][decided:].tolist() == part["signal"][decided:].tolist()


@pytest.mark.parametrize("p", CAUSAL, ids=lambda p: f"{p.method}-{p.scale}-{p.field}")
def test_later_bars_change_no_row(p: PairParameters) -> None:
    pair = pair_of(made_legs(240))
    assert batch(first_part(pair, 180), p).tobytes() == batch(pair, p)[:180].tobytes()


@pytest.mark.parametrize("p", CAUSAL, ids=lambda p: f"{p.method}-{p.scale}-{p.field}")
def test_the_first_z_comes_where_it_is_promised(p: PairParameters) -> None:
    pair = pair_of(made_legs(200, gaps=False))
    z = batch(pair, p)["z"]
    assert int(np.isfinite(z).argmax()) == bars_to_first_z(p) - 1


def test_rolling_rows_are_least_squares_of_each_window() -> None:
    p = PairParameters(Y, X, window=40, z_window=25)
    pair = pair_of(made_legs(150, gaps=False))
    rows = batch(pair, p)
    y, x = np.log(pair.y["close"]), np.log(pair.x["close"])
    for i in (39, 80, 149):
        fit = ols_hedge(y[i - 39 : i + 1], x[i - 39 : i + 1])
        assert rows["beta"][i] == pytest.approx(fit.beta, rel=1e-9)
        assert rows["spread"][i] == pytest.approx(y[i] - fit.alpha - fit.beta * x[i], abs=1e-12)
        assert rows["beta_low"][i] == pytest.approx(fit.beta_low, rel=1e-7)
        assert rows["beta_high"][i] == pytest.approx(fit.beta_high, rel=1e-7)
        assert rows["effective_n"][i] == pytest.approx(fit.effective_n, rel=1e-6)
    window = rows["spread"][149 - 24 : 150]
    assert rows["z"][149] == pytest.approx((window[-1] - window.mean()) / window.std(ddof=1), rel=1e-9)


@pytest.mark.parametrize("scale", list(Scale))
def test_ones_own_ratio_has_its_spread_about_the_mean_of_the_window_and_the_z_of_its_level(scale: Scale) -> None:
    p = PairParameters(Y, X, window=40, z_window=25, method=Method.FIXED, beta=0.7, scale=scale)
    pair = pair_of(made_legs(150, gaps=False))
    rows = batch(pair, p)
    y, x = (np.log(leg["close"]) if scale is Scale.LOG else leg["close"] for leg in (pair.y, pair.x))
    level = y - 0.7 * x
    assert int(np.isfinite(rows["spread"]).argmax()) == 39
    for i in (39, 80, 149):
        alpha = level[i - 39 : i + 1].mean()
        assert rows["alpha"][i] == pytest.approx(alpha, rel=1e-12)
        assert rows["spread"][i] == pytest.approx(level[i] - alpha, abs=1e-12 * abs(alpha))
    for i in (24, 80, 149):
        window = level[i - 24 : i + 1]
        assert rows["z"][i] == pytest.approx((level[i] - window.mean()) / window.std(ddof=1), rel=1e-7)
    known = rows[39:]
    scores = (known["spread"] - known["spread_mean"]) / known["spread_sd"]
    np.testing.assert_allclose(scores, known["z"], rtol=1e-7, atol=1e-9)


def test_the_kalman_path_is_the_plain_recursion_from_the_formation_fit() -> None:
    """All filters in matrices, by the textbook, with what the rows say of their start and their noises."""
    p = PairParameters(Y, X, window=50, method=Method.KALMAN)
    pair = pair_of(made_legs(160, gaps=False))
    rows = batch(pair, p)
    y, x = np.log(pair.y["close"]), np.log(pair.x["close"])
    fit = ols_hedge(y[:50], x[:50])
    u = (x - x[:50].mean()) / x[:50].std(ddof=1)
    v = (y - y[:50].mean()) / fit.residual_sd
    in_units = x[:50].std(ddof=1) / fit.residual_sd
    sureness = ((fit.beta_high - fit.beta) / 1.959963984540054 * in_units) ** 2
    noise = kalman_noise((y - fit.alpha - fit.beta * x)[:50] / fit.residual_sd, returns=True)
    last = rows[-1]
    assert last["beta_var"] == pytest.approx(sureness / 50, rel=1e-6)
    assert last["alpha_var"] == pytest.approx(noise.alpha_var * min(1.0, 2.0 / fit.effective_n), rel=1e-4)
    assert last["line_var"] == pytest.approx(max(50 * sureness, 1.0), rel=1e-6)
    assert last["level_var"] == pytest.approx(noise.alpha_var, rel=1e-4)
    assert last["level_keep"] == pytest.approx(min((50 * noise.keep + 2) / 46, 1.0), rel=1e-4)
    filters = [(np.array([fit.beta * in_units, 0.0]), np.diag([sureness, sureness]))] * 3
    steps = [np.diag([wander * last["beta_var"], last["alpha_var"]]) for wander in (0.1, 2.0, 40.0)]
    found = np.zeros(3)
    level = level_of_formation((y - fit.alpha - fit.beta * x)[:50] / fit.residual_sd, last)
    for i in range(50, 160):
        if i > 50:
            filters = [(state, cov + step) for (state, cov), step in zip(filters, steps, strict=True)]
        h = np.array([u[i], 1.0])
        weights = np.exp(found) / np.exp(found).sum()
        spread = sum(weight * (v[i] - h @ state) for weight, (state, _) in zip(weights, filters, strict=True))
        said = [norm.logpdf(v[i] - h @ state, scale=np.sqrt(h @ cov @ h + 1.0)) for state, cov in filters]
        found = found * (1.0 - 1.0 / 500.0) + np.array(said) / last["line_var"]
        filters = [line_step(state, cov, h, v[i], last["line_var"]) for state, cov in filters]
        level, z = level_step(level, spread, last)
        assert rows["z"][i] == pytest.approx(z, rel=1e-6, abs=1e-9)
        assert rows["spread"][i] == pytest.approx(spread * fit.residual_sd, rel=1e-6, abs=1e-12)
    weights = np.exp(found) / np.exp(found).sum()
    state = sum(weight * each for weight, (each, _) in zip(weights, filters, strict=True))
    variance = sum(
        weight * (cov[0, 0] + (each[0] - state[0]) ** 2) for weight, (each, cov) in zip(weights, filters, strict=True)
    )
    half_width = 1.959963984540054 * np.sqrt(variance) / in_units
    assert rows["beta"][-1] == pytest.approx(state[0] / in_units, rel=1e-9)
    assert rows["beta_high"][-1] - rows["beta"][-1] == pytest.approx(half_width, rel=1e-6)
    assert rows["alpha"][-1] + rows["beta"][-1] * x[-1] == pytest.approx(
        y[:50].mean() + fit.residual_sd * (h @ state), rel=1e-12
    )


def line_step(state: Vector, cov: Vector, h: Vector, y: float, obs_var: float) -> tuple[Vector, Vector]:
    """One bar of a line."""
    gain = cov @ h / (h @ cov @ h + obs_var)
    return state + gain * (y - h @ state), cov - np.outer(gain, h @ cov)


def level_step(level: tuple[float, float], spread: float, row: np.void) -> tuple[tuple[float, float], float]:
    """One bar of a level under noise, with its variance, and the standardised innovation."""
    keep = row["level_keep"]
    mean, variance = keep * level[0], keep * keep * level[1] + row["level_var"]
    total = variance + row["level_obs_var"]
    gain = variance / total
    return (mean + gain * (spread - mean), variance * (1.0 - gain)), (spread - mean) / np.sqrt(total)


def level_of_formation(residual: Vector, row: np.void) -> tuple[float, float]:
    # The first bar is met by the start as it is: no deviation of the residual's, and no step before.
    level = (0.0, float((1.0 - row["level_var"]) / row["level_keep"] ** 2))
    for spread in residual:
        level, _ = level_step(level, float(spread), row)
    return level


@pytest.mark.parametrize("phi", [0.0, 0.85])
def test_kalman_recovers_the_planted_ratio_within_its_interval_and_scores_like_a_score(phi: float) -> None:
    """The spread of `made_legs` has a half-life of four bars, or none, and its ratio is 0.8."""
    pair = pair_of(made_legs(3_000, gaps=False, phi=phi))
    late = batch(pair, PairParameters(Y, X, method=Method.KALMAN))[400:]
    inside = (late["beta_low"] <= 0.8) & (late["beta_high"] >= 0.8)
    assert inside.mean() > 0.9
    assert (late["beta_high"] - late["beta_low"]).mean() < 0.5
    assert 0.85 < late["z"].std() < 1.2
    assert abs(late["z"].mean()) < 0.1
    assert abs(np.corrcoef(late["z"][1:], late["z"][:-1])[0, 1]) < 0.15


def test_rolling_intervals_hold_the_planted_ratio_though_the_spread_remembers() -> None:
    inside, classical = [], []
    for seed in range(30):
        pair = pair_of(made_legs(600, gaps=False, phi=0.9, seed=seed))
        rows = batch(pair, PairParameters(Y, X, window=120))[119::120]
        inside += ((rows["beta_low"] <= 0.8) & (rows["beta_high"] >= 0.8)).tolist()
        for row in rows:
            end = int(row["open_time_ms"]) // 60_000 - pair.first + 1
            fit = ols_hedge(*(np.log(leg["close"][end - 120 : end]) for leg in (pair.y, pair.x)))
            classical.append(abs(fit.beta - 0.8) <= 1.98 * fit.beta_stderr)
    assert 0.9 < np.mean(inside) < 0.995
    assert np.mean(classical) < 0.6


def test_a_kalman_row_costs_no_other_row_a_byte() -> None:
    plain, ours = row_dtype(Method.ROLLING).names or (), KALMAN_DTYPE.names or ()
    assert "p_beta" not in plain
    assert ours[: len(plain)] == plain


def test_a_leg_that_does_not_trade_for_too_long_is_left_out_and_said() -> None:
    rows = batch(pair_of(made_legs(160)), CAUSAL[0])
    resting = rows[70:82]  # the last trade is in bar 69
    assert set(resting["note"][5:].tolist()) == {Note.STALE_LEG}
    assert np.isnan(resting["z"][5:]).all()
    assert np.isfinite(resting["y"]).all()
    assert Note.STALE_LEG not in resting["note"][:5]


def test_an_absent_bar_is_a_gap_row() -> None:
    pair = pair_of(made_legs(200))
    rows = batch(pair, CAUSAL[0])
    absent = np.isnan(pair.x["close"])
    assert absent.any()
    assert set(rows["note"][absent].tolist()) == {Note.GAP}
    assert np.isnan(rows["x"][absent]).all()
    assert np.isnan(rows["z"][absent]).all()


def test_without_a_regression_the_ratio_stands_in_and_says_so() -> None:
    legs = made_legs(120, gaps=False)
    still = [bar._replace(close=90_000.0) for bar in legs.x]
    p = PairParameters(Y, X, window=30, z_window=20)
    pair = pair_of(type(legs)(legs.y, still))
    logs, raw = batch(pair, p), batch(pair, PairParameters(Y, X, window=30, z_window=20, scale=Scale.RAW))
    assert set(logs["note"][47:].tolist()) == {Note.WARMING_UP, Note.RATIO_FALLBACK}
    assert logs["beta"][-1] == 1.0
    assert logs["alpha"][-1] == pytest.approx(np.log(pair.y["close"][-30:] / 90_000.0).mean())
    assert raw["beta"][-1] == pytest.approx(pair.y["close"][-30:].mean() / 90_000.0)
    assert raw["alpha"][-1] == 0.0
    assert np.isfinite(logs["z"][-1])


def test_legs_on_one_line_are_unusable_for_kalman_from_the_formation_on() -> None:
    legs = made_legs(100, gaps=False)
    twin = [bar._replace(close=bar.close * 2.0) for bar in legs.x]
    p = PairParameters(Y, X, window=30, method=Method.KALMAN, scale=Scale.RAW)
    pair = pair_of(type(legs)(twin, legs.x))
    rows = batch(pair, p)
    assert set(rows["note"][30:].tolist()) == {Note.UNUSABLE}
    assert np.isnan(rows["z"]).all()
    assert in_steps(pair, p, list(range(1, 100))).tobytes() == rows.tobytes()


def test_a_bar_is_judged_by_the_levels_of_its_own_time() -> None:
    pair = pair_of(made_legs(260, gaps=False))
    p = CAUSAL[0]
    change = int(batch(pair, p)["open_time_ms"][150])
    before = batch(pair, p, (DEFAULT_THRESHOLD,))
    after = batch(pair, p, (DEFAULT_THRESHOLD, Threshold(change, 0.3, 0.1)))
    assert before["signal"][:150].tolist() == after["signal"][:150].tolist()
    far = np.abs(after["z"][150:]) >= 0.3
    expected = np.where(after["z"][150:][far] > 0, Signal.SHORT_SPREAD, Signal.LONG_SPREAD)
    assert after["signal"][150:][far].tolist() == expected.tolist()


@pytest.mark.parametrize("method", [Method.OLS, Method.TLS])
def test_a_fit_in_hindsight_is_drawn_over_its_window_and_signals_last_only(method: Method) -> None:
    pair = pair_of(made_legs(200, gaps=False))
    p = PairParameters(Y, X, window=60, z_window=40, method=method)
    rows = compute_hindsight(pair, p, (Threshold(0, 1e-9, 0.0),))
    y, x = np.log(pair.y["close"][-60:]), np.log(pair.x["close"][-60:])
    assert len(rows) == 60
    assert len(set(rows["beta"].tolist())) == 1
    fit = ols_hedge(y, x) if method is Method.OLS else tls_hedge(y, x)
    for name in ("beta", "beta_low", "beta_high"):
        assert rows[name] == pytest.approx(getattr(fit, name), rel=1e-12)
    assert rows["effective_n"][0] == pytest.approx(fit.effective_n, rel=1e-6)
    spreads = y - rows["alpha"] - rows["beta"] * x
    assert rows["z"] == pytest.approx((spreads - spreads[-40:].mean()) / spreads[-40:].std(ddof=1), rel=1e-6)
    assert set(rows["signal"][:-1].tolist()) == {Signal.FLAT}
    assert rows["signal"][-1] != Signal.FLAT


def test_a_line_that_may_be_upright_has_no_interval() -> None:
    legs = made_legs(80, gaps=False)
    steps = np.random.default_rng(2).normal(0.0, 1e-4, 80)
    still = [bar._replace(close=90_000.0 * float(np.exp(step))) for bar, step in zip(legs.x, steps, strict=True)]
    rows = compute_hindsight(pair_of(type(legs)(legs.y, still)), PairParameters(Y, X, window=60, method=Method.TLS), ())
    assert np.isfinite(rows["beta"]).all()
    assert np.isnan(rows["beta_low"]).all()
    assert np.isnan(rows["beta_high"]).all()


def test_hindsight_needs_its_bars_and_says_so() -> None:
    p = PairParameters(Y, X, window=60, z_window=40, method=Method.OLS)
    rows = compute_hindsight(pair_of(made_legs(59, gaps=False)), p, ())
    assert len(rows) == 59
    assert set(rows["note"].tolist()) == {Note.WARMING_UP}


def test_seconds_tolerate_a_minute_without_trades() -> None:
    legs = made_legs(300, timeframe=Timeframe.S1, gaps=False)
    resting = [bar._replace(trades=0) if 100 <= i < 190 else bar for i, bar in enumerate(legs.y)]
    p = PairParameters(Y, X, timeframe=Timeframe.S1, window=30, z_window=20)
    rows = batch(pair_of(type(legs)(resting, legs.x), Timeframe.S1), p)
    assert np.isfinite(rows["z"][100:160]).all()
    assert set(rows["note"][160:190].tolist()) == {Note.STALE_LEG}
