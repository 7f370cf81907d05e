"""How fast the spread returns, if it does."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analytics.reversion import HalfLife, half_life
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found
from engine.findings.keys import HALF_LIFE
from engine.findings.sample import Sample
from engine.spans import span_text

SHORT_SAMPLE = 5.0  # half-lives that a sample should hold at least


def _half_life(sample: Sample) -> Iterator[Finding]:
    yield found(
        HALF_LIFE, Subject.SPREAD, "Half-life", lambda: half_life(sample.spread), lambda life: _judged(life, sample)
    )


def _judged(life: HalfLife, sample: Sample) -> Judged:
    text = f"Half-life {span_text(life.bars * sample.bar_ms)}"
    if not math.isfinite(life.high):
        return Judged(Outcome.DOUBTFUL, f"{text}, but no reversion at all is not ruled out")
    if sample.n < SHORT_SAMPLE * life.bars:
        length = span_text(sample.n * sample.bar_ms)
        held = f"{sample.n / life.bars:.1f} half-lives in the sample"
        return Judged(Outcome.DOUBTFUL, f"{text} is long for a sample of {length}", broken=held)
    return Judged(Outcome.GOOD, f"{text}, at most {span_text(life.high * sample.bar_ms)}")


STATISTICS = (
    Statistic(
        key=HALF_LIFE,
        name="Half-life of the spread",
        watch="whether the upper end of the half-life comes down as bars are added",
        card=MethodCard(
            formula="−ln 2 / ln φ of s = c + φ·s₋₁ + e; 95 % interval by the grid bootstrap",
            reference="Kendall 1954; Andrews 1993; Hansen 1999",
            assumes="one φ over the sample, errors without autocorrelation; a sample of many half-lives",
        ),
        find=_half_life,
    ),
)
