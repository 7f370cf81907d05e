"""Which assumption behind a number of every bar the last tests of the pair speak against, in their words."""

from __future__ import annotations

from engine.beta_note import beta_note
from engine.diagnosis import Diagnosis, Verdict
from engine.findings.finding import Outcome, Subject
from engine.findings.keys import CUSUM, KALMAN_HEALTH, SYNCHRONY
from engine.parameters import Method, PairParameters

NO_MEAN = (Verdict.NOT_COINTEGRATED, Verdict.BROKEN)


def broken_assumption(name: str, p: PairParameters, diagnosis: Diagnosis | None) -> str:
    """Of the number `name` of `engine.bar_methods`; blank where nothing was seen, and before the first tests."""
    if diagnosis is None:
        return ""
    if name == "correlation":
        return _doubt(diagnosis, SYNCHRONY)
    if name == "beta":
        one_line = p.method in (Method.ROLLING, Method.OLS)
        return beta_note(p, diagnosis) or (_doubt(diagnosis, CUSUM) if one_line else "")
    if p.method is Method.KALMAN:
        return _doubt(diagnosis, KALMAN_HEALTH)
    without_mean = name in ("z", "signal") and diagnosis.verdict in NO_MEAN
    return f"no mean that lasts was found: {diagnosis.because}" if without_mean else ""


def _doubt(diagnosis: Diagnosis, statistic: str) -> str:
    found = diagnosis.finding(statistic, Subject.PAIR)
    return found.text if found is not None and found.outcome is Outcome.DOUBTFUL else ""
