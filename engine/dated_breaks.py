"""The breaks of a pair's relation that the slow tests put a date on. A test's estimates: none of them is certain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnosis import Diagnosis
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import CUSUM, GREGORY_HANSEN
from engine.findings.legs import LEVEL


@dataclass(frozen=True, slots=True)
class DatedBreak:
    """`at_ms` is the close of the bar named, UTC. `test` names who says so, `means` what, `doubt` whether it is one."""

    at_ms: int
    test: str
    means: str
    doubt: bool


def dated_breaks(diagnosis: Diagnosis | None) -> tuple[DatedBreak, ...]:
    """Those that the findings' words have, oldest first; none of what was not tested."""
    found = () if diagnosis is None else (*_crossing(diagnosis), *_shift(diagnosis))
    return tuple(sorted(found, key=lambda each: each.at_ms))


def _crossing(diagnosis: Diagnosis) -> Iterator[DatedBreak]:
    finding = diagnosis.finding(CUSUM, Subject.PAIR)
    at_ms = _time(finding, "crossed_ms")
    if finding is None or at_ms is None:
        return
    doubt = finding.outcome is Outcome.DOUBTFUL
    means = "residuals left their boundary here: the relation changed before" if doubt else "may be chance"
    yield DatedBreak(at_ms, "CUSUM", means, doubt)


def _shift(diagnosis: Diagnosis) -> Iterator[DatedBreak]:
    """The best date of a shift says something where the relation holds with one, and most where not without."""
    finding = diagnosis.finding(GREGORY_HANSEN, Subject.PAIR)
    at_ms = _time(finding, "break_ms")
    if finding is None or at_ms is None or not finding.numbers["p_high"] <= LEVEL:
        return
    without = diagnosis.p_value is not None and diagnosis.p_value < LEVEL
    means = "the relation holds without a shift too" if without else "the relation holds only with a shift"
    yield DatedBreak(at_ms, "Gregory–Hansen", means, not without)


def _time(finding: Finding | None, name: str) -> int | None:
    return finding.numbers.get(name) if finding is not None else None
