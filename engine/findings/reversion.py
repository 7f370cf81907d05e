"""How fast the spread returns, if it does."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analytics.hurst_exponent import Hurst, hurst
from analytics.reversion import HalfLife, half_life
from analytics.unit_root import AdfResult, adf
from analytics.variance import VarianceRatios, variance_ratios
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import HALF_LIFE
from engine.findings.legs import LEVEL
from engine.findings.sample import Sample
from engine.parameters import PriceField
from engine.spans import span_text

SHORT_SAMPLE = 5.0  # half-lives that a sample should hold at least
SURPRISE = 3.0  # standard errors


def _half_life(sample: Sample) -> Iterator[Finding]:
    yield found(
        HALF_LIFE,
        Subject.SPREAD,
        "Half-life",
        lambda: half_life(sample.spread, fitted_on=sample.fitted_on),
        lambda life: _judged(life, sample),
    )


def _judged(life: HalfLife, sample: Sample) -> Judged:
    text, broken = f"Half-life {span_text(life.bars * sample.bar_ms)}", _broken(life, sample)
    if not math.isfinite(life.high):
        return Judged(Outcome.DOUBTFUL, f"{text}, but no reversion at all is not ruled out", broken=broken)
    if sample.n < SHORT_SAMPLE * life.bars:
        length = span_text(sample.n * sample.bar_ms)
        return Judged(Outcome.DOUBTFUL, f"{text} is long for a sample of {length}", broken=broken)
    if broken:
        return Judged(Outcome.DOUBTFUL, f"{text}, or longer: single bars bounce", broken=broken)
    return Judged(Outcome.GOOD, f"{text}, at most {span_text(life.high * sample.bar_ms)}", broken=broken)


def _broken(life: HalfLife, sample: Sample) -> str:
    """Noise of single bars makes a spread return faster than it does: seen when two bars forget less than one did."""
    surprise = SURPRISE * math.sqrt(max(1.0 - life.phi**2, 0.0) / life.n)
    if not life.phi < life.phi_lagged - surprise < 1.0:
        return ""
    slower = (
        f"{span_text(-math.log(2) / math.log(life.phi_lagged) * sample.bar_ms)}" if life.phi_lagged < 1 else "longer"
    )
    advice = "" if sample.parameters.field is PriceField.MID else "; mid prices bounce less than last trades"
    return f"single bars bounce and hide a slower return: autocorrelations of one and two bars say {slower}{advice}"


def _variance_ratio(sample: Sample) -> Iterator[Finding]:
    yield found(
        "variance_ratio", Subject.SPREAD, "Variance ratio", lambda: variance_ratios(sample.spread),
        lambda test: _ratios(test, fitted=sample.fitted_on is not None),
    )  # fmt: skip


def _ratios(test: VarianceRatios, *, fitted: bool) -> Judged:
    last = test.each[-1]
    broken = "the hedge was fitted to this sample, so p is too low" if fitted else ""
    return Judged(
        Outcome.PLAIN, f"Variance ratio over {last.q} bars {last.ratio:.2f}; a walk has 1", p_text(test.p_value), broken
    )


def _hurst(sample: Sample) -> Iterator[Finding]:
    yield found("hurst", Subject.SPREAD, "Hurst exponent", lambda: hurst(sample.spread), _exponent)


def _exponent(found: Hurst) -> Judged:
    return Judged(Outcome.PLAIN, f"Hurst exponent {found.h:.2f}, 95 % from {found.low:.2f} to {found.high:.2f}")


def _own_ratio(sample: Sample) -> Iterator[Finding]:
    """Plain ADF is for a spread whose ratio was fixed beforehand, and for no other."""
    if sample.parameters.beta is not None:
        yield found("adf_spread", Subject.SPREAD, "ADF of the spread", lambda: adf(sample.spread), _spread_root)


def _spread_root(test: AdfResult) -> Judged:
    p = p_text(test.p_value)
    if test.p_value < LEVEL:
        return Judged(Outcome.GOOD, "ADF: the spread with your own ratio returns", p)
    return Judged(Outcome.DOUBTFUL, "ADF: the spread with your own ratio may be a walk", p)


STATISTICS = (
    Statistic(
        key="adf_spread",
        name="Augmented Dickey–Fuller, the spread with your own ratio",
        null="a unit root: the spread wanders",
        watch="whether the spread with your own ratio returns: the relation may have another",
        card=MethodCard(
            formula="Δs = c + ρ·s₋₁ + Σ cᵢ·Δs₋ᵢ + e; t statistic of ρ; lags by AIC over one common sample",
            reference="Dickey & Fuller 1979; p by MacKinnon 1994, 2010",
            assumes="a ratio that was fixed before these bars, not chosen on them",
        ),
        find=_own_ratio,
    ),
    Statistic(
        key=HALF_LIFE,
        name="Half-life of the spread",
        watch="whether the upper end of the half-life comes down as bars are added",
        card=MethodCard(
            formula="−ln 2 / ln φ of s = c + φ·s₋₁ + e; 95 % interval by the grid bootstrap, which fits the line again",
            reference="Kendall 1954; Andrews 1993; Hansen 1999",
            assumes="one φ over the sample, errors without autocorrelation; many half-lives in the sample",
        ),
        find=_half_life,
    ),
    Statistic(
        key="variance_ratio",
        name="Variance ratios of the spread",
        null="a walk, for a hedge that was fixed beforehand",
        card=MethodCard(
            formula="Var(s − s₋q) / (q · Var(s − s₋₁)), overlapping, robust to volatility; one p for all q",
            reference="Lo & MacKinlay 1988; Chow & Denning 1993",
            assumes="a hedge that was not estimated on this sample: on such a spread p is too low",
        ),
        find=_variance_ratio,
    ),
    Statistic(
        key="hurst",
        name="Hurst exponent of the spread",
        card=MethodCard(
            formula="half the log-log slope of the mean square of second differences by scale; 0.5 is a walk",
            reference="Istas & Lang 1997; Kent & Wood 1997; its traps: Lo 1991",
            assumes="scaling by one exponent; a description and no test: of short walks half read below 0.5, and a "
            "hedge that was fitted to them lowers that by less than 0.01",
        ),
        find=_hurst,
    ),
)
