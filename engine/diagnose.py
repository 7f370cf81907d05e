"""Runs the slow tests of a pair: those of `engine.findings`, judged by `engine.judgement`."""

from __future__ import annotations

from dataclasses import replace

from analytics.both_ways import engle_granger_both
from analytics.errors import AnalyticsError
from engine.completeness import completeness_of
from engine.diagnosis import DEAR_EVERY, Confidence, Diagnosis, Refit, Verdict, last_due_ms, period_ms
from engine.findings.finding import Finding, Outcome, Subject, pick
from engine.findings.keys import BOTH_WAYS
from engine.findings.legs import LEVEL
from engine.findings.registry import BY_KEY, STATISTICS, find_all
from engine.findings.sample import MIN_BARS, Sample, sample_of
from engine.findings.trades import TradesUntil
from engine.judgement import Tested, judged
from engine.parameters import PairParameters
from engine.snapshot import Snapshot
from engine.snapshots.plain_rows import Rows

REFITS = 12

_CHEAP = tuple(statistic for statistic in STATISTICS if not statistic.dear)
_DEAR = tuple(statistic for statistic in STATISTICS if statistic.dear)


def diagnose(snapshot: Snapshot, before: Diagnosis | None = None, trades_until: TradesUntil | None = None) -> Diagnosis:
    """Test the last `MAX_BARS` rows, of which `MIN_BARS` must have prices; what cannot be tested says why.

    The same rows always give the same diagnosis: `before`, an earlier one of the same pair, only spares work.
    `trades_until` gives the trades behind the bars to dear statistics. Takes about a tenth of a second, and half a
    second more where these are due. The snapshot must have rows. Raises what `trades_until` does.
    """
    p, rows = snapshot.parameters, snapshot.rows
    sample = sample_of(rows, p)
    now = Tested(int(rows["open_time_ms"][-1]) + p.timeframe.ms, snapshot.generation)
    if sample.unfit:
        return _untested(now, sample)
    if before is not None and before.generation != now.generation:
        before = None  # bars were revised since
    dear_as_of_ms, dear = _dear(rows, p, before, trades_until)
    place = {statistic.key: number for number, statistic in enumerate(STATISTICS)}
    findings = tuple(sorted(find_all(sample, _CHEAP) + dear, key=lambda finding: place[finding.statistic]))
    return judged(now, sample, findings, _refits(rows, p, findings, before), dear_as_of_ms)


def _untested(now: Tested, sample: Sample) -> Diagnosis:
    reason = sample.unfit
    return Diagnosis(
        as_of_ms=now.as_of_ms,
        generation=now.generation,
        bars=sample.n,
        verdict=Verdict.NO_RESULT,
        because=reason,
        p_value=None,
        confidence=Confidence.NONE,
        sure_because=(),
        watch=(),
        findings=(Finding(BOTH_WAYS, Subject.PAIR, Outcome.NONE, reason, reason=reason),),
        refits=(),
        completeness=completeness_of(sample.rows),
    )


def _dear(
    rows: Rows, p: PairParameters, before: Diagnosis | None, trades_until: TradesUntil | None
) -> tuple[int | None, tuple[Finding, ...]]:
    """The dear findings of the last bar at which they were due, if the rows reach back to it."""
    due_ms = last_due_ms(p, int(rows["open_time_ms"][-1]), every=DEAR_EVERY.get(p.timeframe, 1))
    as_of_ms = due_ms + p.timeframe.ms
    if before is not None and before.dear_as_of_ms == as_of_ms:
        return as_of_ms, tuple(
            each for each in before.findings if each.statistic in BY_KEY and BY_KEY[each.statistic].dear
        )
    sample = _sample_at(rows, p, due_ms)
    if sample is None:
        return None, ()
    if trades_until is not None:
        sample = replace(sample, trades=trades_until(p, as_of_ms))
    return as_of_ms, find_all(sample, _DEAR)


def _sample_at(rows: Rows, p: PairParameters, open_time_ms: int) -> Sample | None:
    """The sample that ends with that bar; None where there is none, or too little of one."""
    upto = rows[: int(rows["open_time_ms"].searchsorted(open_time_ms, side="right"))]
    if len(upto) < MIN_BARS:
        return None
    sample = sample_of(upto, p)
    return None if sample.unfit else sample


def _refits(
    rows: Rows, p: PairParameters, findings: tuple[Finding, ...], before: Diagnosis | None
) -> tuple[Refit, ...]:
    """Of the last `REFITS` runs, this one included, as far as the rows reach back."""
    known = {refit.as_of_ms: refit for refit in before.refits} if before is not None else {}
    last_ms = int(rows["open_time_ms"][-1])
    now = Refit(last_ms + p.timeframe.ms, _passed(findings))
    earlier_ms = last_due_ms(p, last_ms - p.timeframe.ms)
    times = [earlier_ms - back * period_ms(p) for back in range(REFITS - 1)]
    refits = []
    for due_ms in reversed([time_ms for time_ms in times if time_ms >= int(rows["open_time_ms"][0])]):
        as_of_ms = due_ms + p.timeframe.ms
        if as_of_ms in known:
            refits.append(known[as_of_ms])
        elif (sample := _sample_at(rows, p, due_ms)) is not None:
            refits.append(Refit(as_of_ms, _passes(sample)))
    return (*refits, now)


def _passes(sample: Sample) -> bool | None:
    try:
        return engle_granger_both(sample.y, sample.x).p_value < LEVEL
    except AnalyticsError:
        return None


def _passed(findings: tuple[Finding, ...]) -> bool | None:
    core = pick(findings, BOTH_WAYS, Subject.PAIR)
    return bool(core.numbers["p_value"] < LEVEL) if core is not None and core.numbers else None
