"""Every statistic of the slow tests, in the order in which they are shown. A new one is an entry here."""

from __future__ import annotations

from collections.abc import Iterable

from engine.findings import breaks, cointegration, descriptions, filter, legs, noise, parts, reversion, synchrony
from engine.findings.finding import Finding, Statistic
from engine.findings.sample import Sample

STATISTICS: tuple[Statistic, ...] = (
    *cointegration.STATISTICS,
    *legs.STATISTICS,
    *reversion.STATISTICS,
    *breaks.STATISTICS,
    *parts.STATISTICS,
    *filter.STATISTICS,
    *noise.STATISTICS,
    *synchrony.STATISTICS,
    *descriptions.STATISTICS,
)
BY_KEY = {statistic.key: statistic for statistic in STATISTICS}


def find_all(sample: Sample, statistics: Iterable[Statistic]) -> tuple[Finding, ...]:
    return tuple(finding for statistic in statistics for finding in statistic.find(sample))
