"""The value that a rule judges, at each closed bar of a pair: pure, and the same however many bars are kept.

A value needs nothing but the bars of its own windows, so whoever joins later reads the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.diagnosis import Diagnosis
from engine.findings.finding import Subject
from engine.findings.keys import CUSUM
from engine.parameters import Scale
from engine.rows import Note
from engine.rules.kinds import SHORT_BARS, RuleKind
from engine.snapshot import Snapshot

Values = NDArray[np.float64]

_ENOUGH = 0.8  # of a window's changes have to be there
_BP = 1e4


def bar_values(kind: RuleKind, snapshot: Snapshot, first: int) -> Values:
    """Values at `snapshot.rows[first:]` of a kind whose source is bars; NaN where it cannot be known."""
    return _BY_BAR[kind](snapshot, first)


def value_of_tests(kind: RuleKind, diagnosis: Diagnosis) -> float:
    """The value that the slow tests give for a kind whose source they are; NaN where they gave none."""
    return _BY_TEST[kind](diagnosis)


def _column(name: str) -> Callable[[Snapshot, int], Values]:
    return lambda snapshot, first: snapshot.rows[name][first:].astype(np.float64)


def _spread(snapshot: Snapshot, first: int) -> Values:
    unit = _BP if snapshot.parameters.scale is Scale.LOG else 1.0
    return snapshot.rows["spread"][first:] * unit


def _volatility(snapshot: Snapshot, first: int) -> Values:
    """Deviation of the last changes over that of the window before them: no change is in both."""
    window = snapshot.parameters.window
    need = window + SHORT_BARS  # changes
    changes = np.diff(snapshot.rows["spread"][max(first - need, 0) :])
    found = np.full(len(snapshot.rows) - first, np.nan)
    if len(changes) >= need:
        spans = changes[np.newaxis] if len(changes) == need else sliding_window_view(changes, need)
        ratio = _deviations(spans[:, window:]) / _deviations(spans[:, :window])
        found[len(found) - min(len(ratio), len(found)) :] = ratio[-len(found) :]
    return found


def _deviations(spans: Values) -> Values:
    """Sample deviations of each row, of what is finite in it; NaN where too little is, or where nothing moves."""
    known = np.isfinite(spans)
    if len(spans) == 1 and known.all() and spans.shape[1] > 1:  # one more bar, as nearly always
        deviations = spans - spans.sum() / spans.shape[1]
        deviation = math.sqrt((deviations**2).sum() / (spans.shape[1] - 1))
        return np.array([deviation or np.nan])
    count = known.sum(axis=1)
    filled = np.where(known, spans, 0.0)
    few = count < np.maximum(2, _ENOUGH * spans.shape[1])
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(known, spans - mean[:, None], 0.0) ** 2).sum(axis=1)
    deviation = np.sqrt(squares / np.maximum(count - 1, 1))
    return np.where(few | (deviation == 0.0), np.nan, deviation)


def _beta_drift(snapshot: Snapshot, first: int) -> Values:
    """Against the beta a window ago, whose fit shares no bar with this one."""
    beta, window = snapshot.rows["beta"], snapshot.parameters.window
    found = np.full(len(beta) - first, np.nan)
    start = max(first, window)
    if start < len(beta):
        before = beta[start - window : len(beta) - window]
        with np.errstate(divide="ignore", invalid="ignore"):
            drift = 100.0 * np.abs((beta[start:] - before) / before)
        found[start - first :] = np.where(np.isfinite(drift), drift, np.nan)
    return found


def _gap(snapshot: Snapshot, first: int) -> Values:
    rows = snapshot.rows[first:]
    worse = np.fmin(rows["completeness_y"], rows["completeness_x"]).astype(np.float64)
    return np.where(rows["note"] == Note.GAP, 100.0, 100.0 * (1.0 - worse))


def _p_value(diagnosis: Diagnosis) -> float:
    return np.nan if diagnosis.p_value is None else diagnosis.p_value


def _half_life(diagnosis: Diagnosis) -> float:
    """Unbounded counts as endless: it is above every level."""
    reversion = diagnosis.reversion
    if reversion.bars is None:
        return np.nan if reversion.reason else np.inf
    return reversion.bars


def _break(diagnosis: Diagnosis) -> float:
    found = diagnosis.finding(CUSUM, Subject.PAIR)
    p = None if found is None else found.numbers.get("p_value")
    return np.nan if p is None else float(p)


_BY_BAR: Mapping[RuleKind, Callable[[Snapshot, int], Values]] = {
    RuleKind.Z: _column("z"),
    RuleKind.Z_ABOVE: _column("z"),
    RuleKind.Z_BELOW: _column("z"),
    RuleKind.SPREAD_ABOVE: _spread,
    RuleKind.SPREAD_BELOW: _spread,
    RuleKind.CORRELATION: _column("correlation"),
    RuleKind.VOLATILITY: _volatility,
    RuleKind.BETA_DRIFT: _beta_drift,
    RuleKind.GAP: _gap,
}
_BY_TEST: Mapping[RuleKind, Callable[[Diagnosis], float]] = {
    RuleKind.STATIONARITY: _p_value,
    RuleKind.HALF_LIFE_ABOVE: _half_life,
    RuleKind.HALF_LIFE_BELOW: _half_life,
    RuleKind.BREAK: _break,
}
