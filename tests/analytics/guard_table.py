"""Every public function of the package, and what it is to answer where the numbers it is given cannot be used.

One that judges refuses them by name; one that describes leaves gaps, or passes them over, as its docstring says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import analytics as a
from analytics import errors as e

Array = NDArray[np.float64]
Answer = Literal["a number"] | type[e.AnalyticsError]
Answers = Mapping[str, Answer | tuple[Answer, Answer]]
NUMBER: Answer = "a number"
LOST: tuple[Answer, Answer] = (NUMBER, e.NumericalTrouble)  # in one place of two

JUDGES: Answers = {
    "nothing there": e.NotFinite,
    "a hole": e.NotFinite,
    "an infinity": e.NotFinite,
    "flat": e.ConstantSeries,
    "exploding": e.Exploding,
    "exploding far": e.Exploding,
    "overflowing": e.NotFinite,
    "swinging ever wider": e.Exploding,
    "twins": e.Collinear,
}
DESCRIBES: Answers = dict.fromkeys(JUDGES, NUMBER)
FITS: Answers = {
    **JUDGES,
    "exploding": NUMBER,
    "exploding far": e.NumericalTrouble,
    "swinging ever wider": NUMBER,
    "twins": NUMBER,
}
PASSES_OVER: Answers = {
    **FITS,
    "nothing there": e.TooShort,
    "a hole": NUMBER,
    "an infinity": NUMBER,
    "overflowing": e.NumericalTrouble,
}
TRADES: Answers = {
    **JUDGES,
    "exploding": NUMBER,
    "exploding far": NUMBER,
    "swinging ever wider": e.NotPositive,
    "twins": NUMBER,
}
FILTERS: Answers = {**DESCRIBES, "exploding far": LOST, "overflowing": LOST}


@dataclass(frozen=True)
class Guarded:
    """`ask` is asked with one series (n,), or with two; `least` bars are what it needs.

    Of two `answers` either will do. `alike` picks what does not depend on the unit of a series. `gaps` are fields that
    may be missing or infinite.
    """

    ask: Callable[..., Any]
    least: int
    answers: Answers
    alike: Callable[[Any], Any] | None = None
    legs: Literal[1, 2] = 1
    gaps: tuple[str, ...] = ()


def _tested(found: Any) -> list[float]:
    return [found.stat, found.p_value]


def _at_seconds(function: Callable[..., Any], **options: Any) -> Callable[[Array, Array], Any]:
    """The function of trades, one a second."""
    return lambda y, x: function(1000.0 * np.arange(len(y)), y, 1000.0 * np.arange(len(x)), x, **options)


def _evidence(y: Array, x: Array) -> float:
    return -a.engle_granger(y, x).p_value


def _columns(y: Array, x: Array) -> Array:
    return np.column_stack([y, x])


_NOISES = {"state_var": (1e-5, 1e-5), "obs_var": 1.0, "initial_state": (0.0, 0.0), "initial_cov": np.eye(2)}
_MIXTURE = {"state_vars": [(0.0, 0.0), (1e-3, 0.0)], "obs_var": 1.0, "resume": a.mixture_start(a.kalman_start(), 2)}

OF_ONE: Mapping[str, Guarded] = {
    "adf": Guarded(a.adf, 30, JUDGES, _tested),
    "kpss": Guarded(a.kpss, 30, JUDGES, _tested),
    "integration_order": Guarded(a.integration_order, 31, JUDGES, lambda found: _tested(found.change_adf)),
    "variance_ratio": Guarded(lambda v: a.variance_ratio(v, q=4), 30, JUDGES, _tested),
    "variance_ratios": Guarded(lambda v: a.variance_ratios(v, qs=[2, 8]), 30, JUDGES, _tested),
    "hurst": Guarded(a.hurst, 50, JUDGES, lambda found: found.h),
    "half_life": Guarded(
        a.half_life, 20, {**JUDGES, "exploding": e.NotStationary, "exploding far": e.NotStationary},
        lambda found: [found.bars, found.low, found.phi], gaps=("high", "phi_lagged"),
    ),
    "sharpe": Guarded(a.sharpe, 30, {**JUDGES, "exploding far": e.NumericalTrouble}, lambda found: found.daily),
    "kalman_health": Guarded(a.kalman_health, 20, PASSES_OVER, lambda found: found.ljung_box),
    "percentile_of_z": Guarded(
        a.percentile_of_z, 21, {**DESCRIBES, "nothing there": e.NotFinite, "overflowing": e.NotFinite},
        lambda found: found.percentile,
    ),
    "beyond_share": Guarded(lambda z: a.beyond_share(z, 2.0), 1, {**DESCRIBES, "nothing there": e.TooShort}),
    "alert_frequency": Guarded(
        lambda z: a.alert_frequency(z, entry=2.0, exit=0.5, bar_s=60.0), 1, {**DESCRIBES, "nothing there": e.TooShort}
    ),
    "rolling_zscore": Guarded(lambda v: a.rolling_zscore(v, window=10), 10, DESCRIBES, lambda found: found.z),
    "rolling_half_life": Guarded(lambda v: a.rolling_half_life(v, window=10), 10, DESCRIBES, np.asarray),
    "rolling_volatility": Guarded(
        lambda v: a.rolling_volatility(v, window=10, bar_ms=1000), 11, DESCRIBES, lambda found: found.per_bar
    ),
    "sma": Guarded(lambda v: a.sma(v, window=10), 10, DESCRIBES, lambda found: found / found[-1]),
    "bollinger_bands": Guarded(
        lambda v: a.bollinger_bands(v, window=10), 10, DESCRIBES, lambda found: found.upper / found.middle
    ),
    "ema": Guarded(lambda v: a.ema(v, span=10), 10, DESCRIBES, lambda found: found / found[-1]),
    "return_moments": Guarded(
        a.return_moments, 5, {**DESCRIBES, "nothing there": e.TooShort, "swinging ever wider": e.TooShort},
        lambda found: [found.sd, found.skew],
    ),
    "signal_path": Guarded(lambda z: a.signal_path(z, 2.0, 0.5), 0, DESCRIBES),
}  # fmt: skip

OF_TWO: Mapping[str, Guarded] = {
    "engle_granger": Guarded(a.engle_granger, 30, JUDGES, _tested, legs=2),
    "engle_granger_both": Guarded(a.engle_granger_both, 30, JUDGES, lambda found: found.p_value, legs=2),
    "johansen": Guarded(
        lambda y, x: a.johansen(_columns(y, x), trend="rc"), 30, JUDGES, lambda found: found.trace, legs=2
    ),
    "cusum": Guarded(a.cusum, 60, JUDGES, _tested, legs=2, gaps=("path", "boundary")),
    "gregory_hansen": Guarded(a.gregory_hansen, 60, JUDGES, lambda found: found.stat, legs=2, gaps=("stats",)),
    "noise_check": Guarded(
        lambda y, x: a.noise_check(y, x, _evidence, draws=2), 30, JUDGES, lambda found: found.observed, legs=2
    ),
    "surrogate_walks": Guarded(
        lambda y, x: a.surrogate_walks(y, x, draws=2), 20, {**JUDGES, "twins": NUMBER},
        lambda found: found.y[0] / found.y[0, 0], legs=2,
    ),
    "distance_correlation": Guarded(
        a.distance_correlation, 20, {**JUDGES, "twins": NUMBER}, lambda found: found.value, legs=2
    ),
    "hayashi_yoshida": Guarded(
        _at_seconds(a.hayashi_yoshida), 31,
        {**TRADES, "exploding": e.ConstantSeries, "exploding far": e.ConstantSeries},
        lambda found: found.correlation, legs=2,
    ),
    "correlation_by_bar_length": Guarded(
        _at_seconds(a.correlation_by_bar_length, lengths_ms=[1000]), 1, {**TRADES, "flat": NUMBER},
        lambda found: found[0].correlation, legs=2,
    ),
    "advised_bar_ms": Guarded(
        _at_seconds(a.advised_bar_ms, lengths_ms=[1000, 5000]), 1, {**TRADES, "flat": NUMBER},
        lambda found: found.hayashi_yoshida, legs=2,
    ),
    "ols_hedge": Guarded(a.ols_hedge, 3, FITS, lambda found: found.r_squared, legs=2),
    "tls_hedge": Guarded(
        a.tls_hedge, 3, {**FITS, "exploding": LOST, "swinging ever wider": LOST}, legs=2, gaps=("beta_low", "beta_high")
    ),
    "newey_west": Guarded(a.newey_west, 3, FITS, lambda found: found.lags, legs=2),
    "kalman_noise": Guarded(
        a.kalman_noise, 10, {**PASSES_OVER, "twins": e.Collinear}, lambda found: found.alpha_var / found.obs_var, legs=2
    ),
    "kalman_hedge": Guarded(lambda y, x: a.kalman_hedge(y, x, delta=1e-5, obs_var=1.0), 1, FILTERS, legs=2,
                            gaps=("innovation", "innovation_var")),
    "kalman_mixture": Guarded(lambda y, x: a.kalman_mixture(y, x, **_MIXTURE), 1, FILTERS, legs=2,
                              gaps=("innovation", "innovation_var")),
    "kalman_log_likelihood": Guarded(
        lambda y, x: a.kalman_log_likelihood(y, x, **_NOISES), 1, {**FILTERS, "nothing there": e.TooShort}, legs=2
    ),
    "rolling_correlation": Guarded(
        lambda y, x: a.rolling_correlation(y, x, window=10), 10, DESCRIBES, np.asarray, legs=2
    ),
    "rolling_ols_hedge": Guarded(
        lambda y, x: a.rolling_ols_hedge(y, x, window=10), 10, DESCRIBES, lambda found: found.r_squared, legs=2
    ),
    "vwap": Guarded(
        lambda price, volume: a.vwap(price, volume, bar_ms=60_000), 0, DESCRIBES, lambda found: found / found[-1],
        legs=2,
    ),
    "spread": Guarded(lambda y, x: a.spread(y, x, alpha=0.0, beta=0.9), 0, DESCRIBES, legs=2, gaps=("",)),
    "marked_pnl": Guarded(
        lambda y, x: a.marked_pnl(y, x, np.ones(len(y)), np.ones(len(x)), cost_bps=1.0), 2,
        {**FITS, "flat": NUMBER, "exploding far": e.InvalidOption}, legs=2,
    ),
}  # fmt: skip

_SHARPE = a.sharpe(np.random.default_rng(1).normal(0.001, 0.01, 100))
_STATE = a.kalman_start()

OF_NUMBERS: Mapping[str, tuple[Callable[[float], Any], ...]] = {
    "deflated": (
        lambda v: a.deflated(_SHARPE, trials=5, spread=v),
        lambda v: a.deflated(_SHARPE, trials=v, spread=0.5),  # type: ignore[arg-type]
    ),
    "expected_max": (
        lambda v: a.expected_max(5, spread=v),
        lambda v: a.expected_max(v, spread=1.0),  # type: ignore[arg-type]
    ),
    "hit_rate": (
        lambda v: a.hit_rate(v, 10),  # type: ignore[arg-type]
        lambda v: a.hit_rate(1, v),  # type: ignore[arg-type]
    ),
    "kalman_start": (lambda v: a.kalman_start((v, 0.0)), lambda v: a.kalman_start((0.0, 0.0), ((v, 0.0), (0.0, 1.0)))),
    "kalman_step": (
        lambda v: a.kalman_step(_STATE, v, 1.0, obs_var=1.0, delta=1e-5).state,
        lambda v: a.kalman_step(_STATE, 1.0, 1.0, obs_var=v, delta=1e-5),
        lambda v: a.kalman_step(_STATE, 1.0, 1.0, obs_var=1.0, state_var=(v, v)),
    ),
    "mixture_start": (lambda v: a.mixture_start(_STATE, round(v) if abs(v) < 9 else 0),),
    "outcome": (
        lambda v: a.outcome([2.5, 1.0, 0.1], [0.03, 0.02, 0.0], side=1, clear=v, horizon=2),
        lambda v: a.outcome([2.5, v, 0.1], [0.03, 0.02, 0.0], side=1, clear=0.5, horizon=2),
        lambda v: a.outcome([2.5, 1.0, 0.1], [0.03, v, 0.0], side=1, clear=0.5, horizon=2),
    ),
    "q_values": (
        lambda v: a.q_values([0.01, v, 0.5])[[0, 2]],
        lambda v: a.q_values([0.01, 0.5], tried=v),  # type: ignore[arg-type]
    ),
    "round_trip": tuple(
        lambda v, name=name: a.round_trip(  # type: ignore[misc]
            a.LegTrade(**{"units": 1.0, "entry": 100.0, "exit": 101.0, name: v}), a.LegTrade(-1.0, 50.0, 51.0),
            entry_ms=0, exit_ms=1,
        )
        for name in ("units", "entry", "exit", "fee_bps", "half_spread_bps")
    ),
    "signal_step": (lambda v: a.signal_step(0, v, entry=2.0, exit=0.5),),
}  # fmt: skip
