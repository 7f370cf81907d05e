"""Does the relation hold in a part of the sample, if not in all of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.both_ways import engle_granger_both
from analytics.errors import AnalyticsError, NumericalTrouble
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import PARTS
from engine.findings.legs import LEVEL
from engine.findings.sample import Sample
from engine.spans import utc_text

PART_BARS, STEP_BARS = 240, 60


@dataclass(frozen=True, slots=True)
class BestPart:
    """The part with the lowest p, which is multiplied by the number of `parts` that were tried (Bonferroni)."""

    p_value: float
    parts: int
    begins: str
    ends: str


def _parts(sample: Sample) -> Iterator[Finding]:
    if sample.n >= PART_BARS + STEP_BARS:
        yield found(PARTS, Subject.PAIR, "Parts of the sample", lambda: _best(sample), _words)


def _best(sample: Sample) -> BestPart:
    starts = range(sample.n % STEP_BARS, sample.n - PART_BARS + 1, STEP_BARS)
    tried = [(p, start) for start in starts if (p := _p_of_part(sample, start)) is not None]
    if not tried:
        raise NumericalTrouble("no part of the sample could be tested")
    p, start = min(tried)
    begins = int(sample.close_ms[start]) - sample.bar_ms
    ends = int(sample.close_ms[start + PART_BARS - 1])
    return BestPart(min(p * len(tried), 1.0), len(tried), utc_text(begins), utc_text(ends))


def _p_of_part(sample: Sample, start: int) -> float | None:
    part = slice(start, start + PART_BARS)
    try:
        return engle_granger_both(sample.y[part], sample.x[part]).p_value
    except AnalyticsError:
        return None


def _words(best: BestPart) -> Judged:
    p = p_text(best.p_value)
    if best.p_value >= LEVEL:
        return Judged(Outcome.PLAIN, f"In no part of {PART_BARS} bars does the relation hold by itself", p)
    return Judged(Outcome.PLAIN, f"The relation holds best from {best.begins} to {best.ends}", p)


STATISTICS = (
    Statistic(
        key=PARTS,
        name="Cointegration in parts of the sample",
        null="no cointegration in any part",
        card=MethodCard(
            formula="Engle–Granger both ways on every 240 bars at steps of 60; least p times the number of parts",
            reference="Engle & Granger 1987; Bonferroni's bound",
            assumes="as Engle–Granger, within the part; a relation shorter than that is not seen",
        ),
        find=_parts,
    ),
)
