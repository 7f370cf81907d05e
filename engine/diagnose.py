"""Runs the slow tests of a pair and judges them. The rules of the judgement are in `_checks` and `_verdict`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.cointegration import engle_granger
from analytics.errors import AnalyticsError
from analytics.ols import ols_hedge
from analytics.reversion import half_life
from analytics.spreads import spread
from analytics.unit_root import adf
from engine.diagnosis import Check, Cointegration, Diagnosis, Outcome, Reversion, UnitRoot, Verdict
from engine.parameters import PairParameters, Scale
from engine.rows import Note
from engine.snapshot import Snapshot
from engine.snapshots.pair_bars import Vector
from engine.snapshots.plain_rows import Rows
from engine.spans import span_text

MAX_BARS = 720
MIN_BARS = 120
MIN_SHARE = 0.8  # of the bars tested must have both prices: what is left out is not seen by the tests
LEVEL = 0.05
SURELY_STATIONARY = 0.01
SHORT_SAMPLE = 5.0  # half-lives that a sample should hold at least


@dataclass(frozen=True, slots=True)
class _Sample:
    """Prices of both legs at the bars that are tested, in the scale of the view."""

    y: Vector
    x: Vector
    slots: int


def diagnose(snapshot: Snapshot) -> Diagnosis:
    """Test the last `MAX_BARS` rows, of which `MIN_BARS` must have prices; what cannot be tested says why.

    The same rows always give the same diagnosis. Takes some tens of milliseconds. The snapshot must have rows.
    """
    p, sample = snapshot.parameters, _sample(snapshot.rows, snapshot.parameters.scale)
    reason = _unfit(sample)
    unit_root_y, unit_root_x = (_unit_root(leg, reason) for leg in (sample.y, sample.x))
    y_on_x, x_on_y = _cointegration(sample.y, sample.x, reason), _cointegration(sample.x, sample.y, reason)
    reversion = _reversion(sample, p, reason)
    checks = tuple(_checks(p, sample, (unit_root_y, unit_root_x), (y_on_x, x_on_y), reversion))
    return Diagnosis(
        as_of_ms=int(snapshot.rows["open_time_ms"][-1]) + p.timeframe.ms,
        bars=len(sample.y),
        verdict=_verdict(checks, (y_on_x, x_on_y)),
        checks=(Check(Outcome.NONE, reason),) if reason else checks,
        unit_root_y=unit_root_y,
        unit_root_x=unit_root_x,
        y_on_x=y_on_x,
        x_on_y=x_on_y,
        reversion=reversion,
    )


def _sample(rows: Rows, scale: Scale) -> _Sample:
    last = rows[-MAX_BARS:]
    usable = np.isfinite(last["y"]) & np.isfinite(last["x"]) & (last["note"] != Note.STALE_LEG)
    y, x = last["y"][usable], last["x"][usable]
    return _Sample(*((np.log(y), np.log(x)) if scale is Scale.LOG else (y, x)), slots=len(last))


def _unfit(sample: _Sample) -> str:
    have = len(sample.y)
    if have < MIN_BARS:
        return f"needs {MIN_BARS} bars with prices of both legs, has {have}"
    if have < MIN_SHARE * sample.slots:
        return f"too many gaps: {have} of {sample.slots} bars have prices of both legs"
    return ""


def _unit_root(leg: Vector, reason: str) -> UnitRoot:
    if reason:
        return UnitRoot(reason=reason)
    try:
        test = adf(leg)
    except AnalyticsError as error:
        return UnitRoot(reason=str(error))
    return UnitRoot(test.stat, test.p_value, test.lags, test.n)


def _cointegration(explained: Vector, by: Vector, reason: str) -> Cointegration:
    if reason:
        return Cointegration(reason=reason)
    try:
        test = engle_granger(explained, by)
    except AnalyticsError as error:
        return Cointegration(reason=str(error))
    return Cointegration(test.stat, test.p_value, test.lags, test.n, float(test.hedge.beta))


def _reversion(sample: _Sample, p: PairParameters, reason: str) -> Reversion:
    """Of the spread around one line through all bars tested, or around the user's own ratio."""
    if reason:
        return Reversion(reason=reason)
    try:
        if p.beta is not None:
            alpha, beta = 0.0, p.beta
        else:
            fit = ols_hedge(sample.y, sample.x)
            alpha, beta = fit.alpha, fit.beta
        found = half_life(spread(sample.y, sample.x, alpha=alpha, beta=beta))
    except AnalyticsError as error:
        return Reversion(reason=str(error))
    return Reversion(found.bars, found.low, found.high if math.isfinite(found.high) else None)


def _checks(
    p: PairParameters,
    sample: _Sample,
    unit_roots: tuple[UnitRoot, UnitRoot],
    directions: tuple[Cointegration, Cointegration],
    reversion: Reversion,
) -> list[Check]:
    y, x = p.y, p.x
    checks = [_of_unit_root(leg, test) for leg, test in zip((y, x), unit_roots, strict=True)]
    checks += [
        _of_direction(f"{explained} on {by}", test)
        for (explained, by), test in zip(((y, x), (x, y)), directions, strict=True)
    ]
    slope = directions[0].beta
    if slope is not None:
        sign = "Beta is negative" if slope < 0 else "Beta is positive"
        checks.append(Check(Outcome.DOUBTFUL if slope < 0 else Outcome.GOOD, sign, f"{slope:.3f}"))
    checks.append(_of_reversion(reversion, len(sample.y), p))
    return checks


def _of_unit_root(leg: str, test: UnitRoot) -> Check:
    if test.p_value is None:
        return Check(Outcome.NONE, f"ADF, {leg}: {test.reason}")
    p = p_text(test.p_value)
    if test.p_value < SURELY_STATIONARY:
        return Check(Outcome.BAD, f"ADF, {leg}: stationary by itself, cointegration does not apply", p)
    if test.p_value < LEVEL:
        return Check(Outcome.DOUBTFUL, f"ADF, {leg}: may be stationary by itself", p)
    return Check(Outcome.GOOD, f"ADF, {leg}: unit root not rejected", p)


def _of_direction(name: str, test: Cointegration) -> Check:
    if test.p_value is None:
        return Check(Outcome.NONE, f"Engle–Granger, {name}: {test.reason}")
    if test.p_value < LEVEL:
        return Check(Outcome.GOOD, f"Engle–Granger, {name}", p_text(test.p_value))
    return Check(Outcome.BAD, f"Engle–Granger, {name}: not rejected", p_text(test.p_value))


def _of_reversion(reversion: Reversion, bars: int, p: PairParameters) -> Check:
    if reversion.bars is None:
        return Check(Outcome.BAD, f"Half-life: {reversion.reason}")
    life = f"Half-life {span_text(reversion.bars * p.timeframe.ms)}"
    if reversion.high is None:
        return Check(Outcome.DOUBTFUL, f"{life}, but no reversion at all is not ruled out")
    if bars < SHORT_SAMPLE * reversion.bars:
        return Check(Outcome.DOUBTFUL, f"{life} is long for a sample of {span_text(bars * p.timeframe.ms)}")
    return Check(Outcome.GOOD, f"{life}, at most {span_text(reversion.high * p.timeframe.ms)}")


def _verdict(checks: tuple[Check, ...], directions: tuple[Cointegration, Cointegration]) -> Verdict:
    """No result where a test has none or a leg is stationary; both directions for a pair, one alone is a doubt."""
    stationary = any(check.outcome is Outcome.BAD for check in checks[:2])
    values = [test.p_value for test in directions if test.p_value is not None]
    if len(values) < len(directions) or stationary or any(check.outcome is Outcome.NONE for check in checks):
        return Verdict.NO_RESULT
    passed = sum(value < LEVEL for value in values)
    if passed == 0:
        return Verdict.NOT_COINTEGRATED
    sound = all(check.outcome is Outcome.GOOD for check in checks)
    return Verdict.COINTEGRATED if passed == len(values) and sound else Verdict.DOUBTFUL


def p_text(p_value: float) -> str:
    """As people read it: three places, and no false zero."""
    return "p < 0.001" if p_value < 0.001 else f"p {p_value:.3f}"
