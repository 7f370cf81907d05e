"""Is each leg a wandering series by itself? Cointegration is asked of such legs only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from analytics.unit_root import AdfResult, adf
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import UNIT_ROOT
from engine.findings.sample import Sample

LEVEL = 0.05
SURELY_STATIONARY = 0.01


def legs_of(sample: Sample) -> Iterator[tuple[Subject, str]]:
    p = sample.parameters
    yield Subject.Y, p.y
    yield Subject.X, p.x


def _unit_roots(sample: Sample) -> Iterator[Finding]:
    for (subject, name), leg in zip(legs_of(sample), (sample.y, sample.x), strict=True):
        yield found(UNIT_ROOT, subject, f"ADF, {name}", partial(adf, leg), partial(_judged, name))


def _judged(leg: str, test: AdfResult) -> Judged:
    p = p_text(test.p_value)
    if test.p_value < SURELY_STATIONARY:
        return Judged(Outcome.BAD, f"ADF, {leg}: stationary by itself, cointegration does not apply", p)
    if test.p_value < LEVEL:
        return Judged(Outcome.DOUBTFUL, f"ADF, {leg}: may be stationary by itself", p)
    return Judged(Outcome.GOOD, f"ADF, {leg}: unit root not rejected", p)


STATISTICS = (
    Statistic(
        key=UNIT_ROOT,
        name="Augmented Dickey–Fuller, each leg",
        null="a unit root: the leg wanders",
        watch="whether each leg keeps wandering by itself: of a stationary leg the test says nothing",
        card=MethodCard(
            formula="Δv = c + ρ·v₋₁ + Σ cᵢ·Δv₋ᵢ + e; t statistic of ρ; lags by AIC over one common sample",
            reference="Dickey & Fuller 1979; Said & Dickey 1984; p by MacKinnon 1994, 2010",
            assumes="errors without autocorrelation once the lags are in; no break of level or trend",
        ),
        find=_unit_roots,
    ),
)
