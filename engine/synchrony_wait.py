"""Synchrony of the legs' trades before there are trades enough: what it takes, what is there, and when it comes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.diagnosis import DEAR_EVERY, Diagnosis, dear_period_ms, last_due_ms
from engine.findings.finding import Outcome, Subject
from engine.findings.keys import SYNCHRONY
from engine.findings.synchrony import trades_needed_ms
from engine.findings.trades import SPAN_MS
from engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class SynchronyWait:
    """`need_ms` of trades of both legs are needed, `have_ms` are there since `since_ms`; times are closes, UTC ms.

    The next look is at `next_ms`, the first with trades enough at `ready_ms`; None where no trade was seen yet.
    """

    need_ms: int
    have_ms: int
    since_ms: int | None
    next_ms: int
    ready_ms: int | None


def synchrony_wait(snapshot: Snapshot, diagnosis: Diagnosis | None) -> SynchronyWait | None:
    """None once there is a judgement, and where the pair has no bar yet.

    Bars whose trade ids are known were made of trades that are kept; those of a history are not.
    """
    found = None if diagnosis is None else diagnosis.finding(SYNCHRONY, Subject.PAIR)
    rows, p = snapshot.rows, snapshot.parameters
    if not len(rows) or (found is not None and found.outcome in (Outcome.GOOD, Outcome.DOUBTFUL)):
        return None
    need, step, bar_ms = trades_needed_ms(p), dear_period_ms(p), p.timeframe.ms
    last_ms = int(rows["open_time_ms"][-1])
    next_ms = last_due_ms(p, last_ms, every=DEAR_EVERY.get(p.timeframe, 1)) + bar_ms + step
    recent = rows[rows["open_time_ms"] > last_ms - SPAN_MS]
    traded = np.flatnonzero(np.isfinite(recent["completeness_y"]) & np.isfinite(recent["completeness_x"]))
    if not len(traded):
        return SynchronyWait(need, 0, None, next_ms, None)
    since_ms = int(recent["open_time_ms"][traded[0]])
    late_steps = max(-(-(since_ms + need - next_ms) // step), 0)
    return SynchronyWait(need, last_ms + bar_ms - since_ms, since_ms, next_ms, next_ms + late_steps * step)
