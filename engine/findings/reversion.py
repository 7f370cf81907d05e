"""How fast the spread returns, if it does."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analytics.reversion import HalfLife, half_life
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found
from engine.findings.keys import HALF_LIFE
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


STATISTICS = (
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
)
