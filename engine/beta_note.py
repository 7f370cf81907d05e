"""What the synchrony of the legs' trades says of the hedge ratio, to stand beside it."""

from __future__ import annotations

from engine.diagnosis import Diagnosis
from engine.findings.finding import Outcome, Subject
from engine.findings.keys import SYNCHRONY
from engine.findings.synchrony import LENGTHS_MS
from engine.parameters import Method, PairParameters
from engine.spans import span_text

_EFFECT = {
    Method.ROLLING: "drawn towards zero",
    Method.OLS: "drawn towards zero",
    Method.KALMAN: "drawn towards zero",
    Method.TLS: "drawn off, either way",  # out of step both legs have errors, of whatever sizes
}


def beta_note(p: PairParameters, diagnosis: Diagnosis | None) -> str:
    """A sentence where the last tests advise longer bars than these; blank where they do not, and before the first.

    Blank for one's own ratio too, which nothing draws anywhere.
    """
    found = None if diagnosis is None else diagnosis.finding(SYNCHRONY, Subject.PAIR)
    if found is None or found.outcome is not Outcome.DOUBTFUL or p.method is Method.FIXED:
        return ""
    advised = found.numbers.get("bar_ms")
    if not advised and p.timeframe.ms > LENGTHS_MS[-1]:
        return ""  # shorter bars do not serve; of these nothing is known
    remedy = f"advised bar {_span(advised)}" if advised else f"no bar up to {_span(LENGTHS_MS[-1])} serves"
    return f"{_EFFECT[p.method]}: legs out of step at {_span(p.timeframe.ms)}; {remedy}"


def _span(length_ms: int) -> str:
    return span_text(length_ms).replace(".0 s", " s")
