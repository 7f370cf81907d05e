"""Does the Kalman filter do what it says? Where it does not, what rolling least squares says instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.innovations import KalmanHealth, kalman_health
from analytics.rolling import rolling_ols_hedge, rolling_zscore
from analytics.spreads import spread
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import KALMAN_HEALTH
from engine.findings.sample import Sample
from engine.parameters import Method

WINDOWS_JUDGED = 2


@dataclass(frozen=True, slots=True)
class FilterHealth:
    """The innovations of the last two windows, and what to fall back to: rolling OLS, its last beta and z."""

    mean: float
    variance: float
    autocorrelation: float
    ljung_box: float
    p_value: float
    n: int
    healthy: bool
    reasons: tuple[str, ...]
    fallback_beta: float
    fallback_z: float


def _health(sample: Sample) -> Iterator[Finding]:
    if sample.parameters.method is Method.KALMAN:
        yield found(KALMAN_HEALTH, Subject.PAIR, "Kalman filter", lambda: _judged_path(sample), _words)


def _judged_path(sample: Sample) -> FilterHealth:
    p = sample.parameters
    health: KalmanHealth = kalman_health(sample.rows["z"][-WINDOWS_JUDGED * p.window :])
    y, x = (leg[-(p.window + p.z_window) :] for leg in (sample.y, sample.x))
    fit = rolling_ols_hedge(y, x, window=p.window, last_intervals=1)
    score = rolling_zscore(spread(y, x, alpha=fit.alpha, beta=fit.beta)[p.window - 1 :], window=p.z_window)
    return FilterHealth(
        health.mean, health.variance, health.autocorrelation, health.ljung_box, health.p_value, health.n,
        health.healthy, health.reasons, float(fit.beta[-1]), float(score.z[-1]),
    )  # fmt: skip


def _words(health: FilterHealth) -> Judged:
    value = f"variance {health.variance:.2f}, lag 1 {health.autocorrelation:+.2f}, {p_text(health.p_value)}".replace(
        "-", "−"
    )
    if health.healthy:
        return Judged(Outcome.GOOD, "Kalman filter: innovations are what the filter expects", value)
    instead = f"rolling OLS has beta {health.fallback_beta:.3f}"
    instead += f", z {health.fallback_z:+.2f}" if np.isfinite(health.fallback_z) else ""
    text = f"Kalman filter: {'; '.join(health.reasons)}. Fall back to rolling OLS: it"
    return Judged(Outcome.DOUBTFUL, text + instead.removeprefix("rolling OLS"), value)


STATISTICS = (
    Statistic(
        key=KALMAN_HEALTH,
        name="Health of the Kalman filter",
        null="innovations without memory",
        watch="whether the innovations of the filter come back to variance 1 and no memory",
        card=MethodCard(
            formula="mean, variance, autocorrelation and Ljung–Box (10 lags) of z over the last two windows",
            reference="Durbin & Koopman 2012; Ljung & Box 1978",
            assumes="noises that stay what they were on the formation window",
        ),
        find=_health,
    ),
)
