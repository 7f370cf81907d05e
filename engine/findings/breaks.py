"""Is it still the same relation? A monitor of breaks, and a test that lets the relation shift once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analytics.both_ways import engle_granger_both
from analytics.breaks import Cusum, cusum
from analytics.errors import AnalyticsError
from analytics.regime_shift import RegimeShift, gregory_hansen
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import CUSUM, GREGORY_HANSEN
from engine.findings.legs import LEVEL
from engine.findings.sample import MIN_BARS, Sample
from engine.spans import utc_text

SURELY = 0.01  # it is asked at every run: one sound pair in twenty is beyond the boundary of 5 %


@dataclass(frozen=True, slots=True)
class BreakWatch:
    """`crossed_ms` is the close of the bar at the crossing, UTC; `p_before` is that of cointegration, both directions
    tried, on the bars before it."""

    stat: float
    p_value: float
    height: float
    n: int
    crossed_at: str | None
    crossed_ms: int | None
    p_before: float | None


def _cusum(sample: Sample) -> Iterator[Finding]:
    yield found(CUSUM, Subject.PAIR, "CUSUM", lambda: _watched(sample), _crossing)


def _watched(sample: Sample) -> BreakWatch:
    test: Cusum = cusum(sample.y, sample.x)
    at = test.crossed_at
    if at is None:
        return BreakWatch(test.stat, test.p_value, test.height, test.n, None, None, None)
    ms = int(sample.close_ms[at])
    return BreakWatch(test.stat, test.p_value, test.height, test.n, utc_text(ms), ms, _p_before(sample, at))


def _p_before(sample: Sample, crossed_at: int) -> float | None:
    if crossed_at < MIN_BARS:
        return None
    try:
        return engle_granger_both(sample.y[:crossed_at], sample.x[:crossed_at]).p_value
    except AnalyticsError:
        return None


def _crossing(watch: BreakWatch) -> Judged:
    p = p_text(watch.p_value)
    if watch.crossed_at is None:
        return Judged(Outcome.GOOD, "CUSUM: no break of the relation seen", p)
    if watch.p_value >= SURELY:
        return Judged(Outcome.PLAIN, f"CUSUM: beyond its boundary at {watch.crossed_at}, which may be chance", p)
    return Judged(Outcome.DOUBTFUL, f"CUSUM: the relation has changed, seen at {watch.crossed_at}", p)


def _shift(sample: Sample) -> Iterator[Finding]:
    finding = found(
        GREGORY_HANSEN, Subject.PAIR, "Gregory–Hansen", lambda: gregory_hansen(sample.y, sample.x, model="cs"),
        lambda test: _shifted(test, sample),
    )  # fmt: skip
    if finding.numbers:
        numbers = {**finding.numbers, "break_ms": int(sample.close_ms[finding.numbers["break_at"]])}
        finding = replace(finding, numbers=numbers)
    yield finding


def _shifted(test: RegimeShift, sample: Sample) -> Judged:
    if test.p_high > LEVEL:
        return Judged(Outcome.PLAIN, "Gregory–Hansen: not cointegrated with one shift either", f"p > {test.p_low:g}")
    when = utc_text(int(sample.close_ms[test.break_at]))
    text = f"Gregory–Hansen: cointegrated if level and slope may shift once, best at {when}"
    return Judged(Outcome.PLAIN, text, f"p < {test.p_high:g}")


STATISTICS = (
    Statistic(
        key=CUSUM,
        name="Break monitor: cumulated recursive residuals",
        null="one relation holds over the sample",
        watch="whether the cumulated residuals come back within their boundary",
        card=MethodCard(
            formula="W = Σ recursive residuals / (long-run deviation · √m) against ±h·(1 + 2 r); h by simulation",
            reference="Brown, Durbin & Evans 1975; Xiao & Phillips 2002",
            assumes="half-lives far shorter than the sample, else hardly a break is seen; hindsight but at the end",
        ),
        find=_cusum,
    ),
    Statistic(
        key=GREGORY_HANSEN,
        name="Cointegration with one shift",
        null="no cointegration, not even with a shift of level and slope",
        card=MethodCard(
            formula="least Dickey–Fuller statistic of the residuals over all breaks in the middle 70 % of the sample",
            reference="Gregory & Hansen 1996, table 1",
            assumes="at most one break; a low p does not say that there is one",
        ),
        find=_shift,
        dear=True,
    ),
)
