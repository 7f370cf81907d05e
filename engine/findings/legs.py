"""Is each leg a wandering series by itself? Cointegration is asked of such legs only."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from analytics.stationarity import IntegrationOrder, integration_order
from analytics.unit_root import AdfResult, adf
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import UNIT_ROOT
from engine.findings.sample import Sample

ORDER = "integration_order"
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


def _orders(sample: Sample) -> Iterator[Finding]:
    for (subject, name), leg in zip(legs_of(sample), (sample.y, sample.x), strict=True):
        yield found(
            ORDER, subject, f"Order of integration, {name}", partial(integration_order, leg), partial(_order, name)
        )


def _order(leg: str, test: IntegrationOrder) -> Judged:
    level = test.level_kpss
    bound = ("< " if level.p_value < LEVEL else "> ") if level.p_is_bound else ""
    p = f"KPSS {level.stat:.3f}, p {bound}{level.p_value:.2f}"
    if test.order == "I(2) or more":
        return Judged(Outcome.DOUBTFUL, f"Order of integration, {leg}: even its changes wander", p)
    return Judged(Outcome.PLAIN, f"Order of integration, {leg}: {test.order}", p)


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
    Statistic(
        key=ORDER,
        name="Order of integration, each leg",
        watch="whether a leg's changes settle: the tests are for legs that differ once",
        card=MethodCard(
            formula="ADF of the level, KPSS of the level (its null: stationary), ADF of the changes, each at 5 %",
            reference="Dickey & Fuller 1979; Kwiatkowski, Phillips, Schmidt & Shin 1992; Hobijn et al. 1998",
            assumes="as each of the three; in short samples neither may reject",
        ),
        find=_orders,
    ),
)
