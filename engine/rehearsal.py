"""When a rule would have fired over the bars kept, and what followed each time: before it is saved.

The rule is judged by the monitor's own judge, as if it had stood from the first bar kept on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from analytics.exact_interval import poisson_interval
from analytics.outcomes import Ending, HitRate, Outcome, hit_rate, outcome
from engine.desk.records import pair_record
from engine.desk.types import AlertEvent, RuleWords, Settings
from engine.errors import ParameterError
from engine.monitor.judge import Judge
from engine.parameters import Scale
from engine.rules.kinds import KINDS, REVERTING, RuleKind, Source
from engine.rules.readings import bar_values
from engine.snapshot import Snapshot
from store.sql.alerts import AlertRecord
from store.sql.rules import LevelRecord, RuleRecord

DAY_MS = 86_400_000
_BP = 1e4
_SIDES: dict[AlertEvent, Literal[-1, 1]] = {AlertEvent.ABOVE: 1, AlertEvent.BELOW: -1}


@dataclass(frozen=True, slots=True)
class PastAlert:
    """What the rule would have said at a bar's close, and what followed where that has a meaning for its kind."""

    event: AlertEvent
    at_ms: int
    value: float | None
    z: float | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`bars` could be judged, for their value is known, of those that closed from `from_ms` to `to_ms` (UTC, None where
    none is kept).

    `fired` alerts make `per_day`, with its exact 95 % interval; `hits` counts those that came back within `horizon`
    bars among those of which that is known. Moves of outcomes are in `unit`, by the hedge of the alert's own bar.
    """

    kind: RuleKind
    bars: int
    from_ms: int | None
    to_ms: int | None
    fired: int
    per_day: float | None
    per_day_low: float | None
    per_day_high: float | None
    horizon: int
    unit: str
    hits: HitRate
    alerts: tuple[PastAlert, ...]


def rehearse(snapshot: Snapshot, kind: RuleKind, words: RuleWords, settings: Settings) -> Rehearsal:
    """Judge the rows of a snapshot by a rule that is not there yet.

    `words` are to be possible for the kind (`engine.desk.rule_words.check_words`). Raises `ParameterError` for a kind
    whose values are not kept: those of the slow tests and of the clock, and for a method in hindsight, which signals by
    its last bar alone.
    """
    its, p = KINDS[kind], snapshot.parameters
    if its.source is not Source.BARS:
        raise ParameterError("kind", kind.value, f"what {kind} judges is not kept: only rules on bars can be rehearsed")
    if not p.method.causal:
        raise ParameterError("method", p.method.value, "a hindsight signals by its last bar: take rolling or kalman")
    level = LevelRecord(effective_ms=0, **asdict(replace(words, enabled=True)))
    rule = RuleRecord(0, pair_record(p), kind.value, "rehearsal", 0, (level,))
    always = (replace(settings, effective_ms=0),)
    judgement = Judge(rule, p, None, always, epoch="", written_ms=0).bars(snapshot)
    records: Sequence[AlertRecord] = () if judgement is None else judgement.alerts
    alerts = tuple(_past(record, snapshot, horizon=p.window) for record in records)
    known = int(np.isfinite(bar_values(kind, snapshot, 0)).sum()) if len(snapshot.rows) else 0
    return _counted(snapshot, kind, alerts, known)


def outcome_at(
    snapshot: Snapshot, open_time_ms: int, event: AlertEvent, clear: float, *, horizon: int
) -> Outcome | None:
    """What followed an alert at a bar among the rows, as far as they go; None where the bar is not among them.

    Moves are those of the spread by the hedge of that bar: in basis points on the log scale, else in price.
    """
    rows = snapshot.rows
    place = int(rows["open_time_ms"].searchsorted(open_time_ms))
    if event not in _SIDES or place >= len(rows) or int(rows["open_time_ms"][place]) != open_time_ms:
        return None
    part = rows[place : place + horizon + 1]
    log = snapshot.parameters.scale is Scale.LOG
    with np.errstate(invalid="ignore", divide="ignore"):
        y, x = (np.log(part[leg]) if log else part[leg] for leg in ("y", "x"))
    spread = (y - part["alpha"][0] - part["beta"][0] * x) * (_BP if log else 1.0)
    return outcome(part["z"], spread, side=_SIDES[event], clear=clear, horizon=horizon)


def cleared_at(alert: AlertRecord) -> float:
    """How far z may be out, on the alert's side, for it to have come back."""
    return -alert.clear if alert.kind == RuleKind.Z_BELOW else alert.clear


def hits_of(outcomes: Sequence[Outcome]) -> HitRate:
    """How many came back, of those of which it is known."""
    known = [each for each in outcomes if each.ending is not Ending.UNDER_WAY]
    return hit_rate(sum(each.ending is Ending.REVERTED for each in known), len(known))


def _past(record: AlertRecord, snapshot: Snapshot, *, horizon: int) -> PastAlert:
    event = AlertEvent(record.event)
    reverting = record.kind in REVERTING and event is not AlertEvent.CLEAR
    followed = outcome_at(snapshot, record.bar_ms, event, cleared_at(record), horizon=horizon) if reverting else None
    return PastAlert(event, record.at_ms, record.value, record.z, followed)


def _counted(snapshot: Snapshot, kind: RuleKind, alerts: tuple[PastAlert, ...], bars: int) -> Rehearsal:
    """`bars` of which the value is known: the others are no evidence that nothing would have fired."""
    p, times = snapshot.parameters, snapshot.rows["open_time_ms"]
    fired = sum(alert.event is not AlertEvent.CLEAR for alert in alerts)
    days = bars * p.timeframe.ms / DAY_MS
    low, high = poisson_interval(fired) if bars else (0.0, 0.0)
    return Rehearsal(
        kind=kind,
        bars=bars,
        from_ms=int(times[0]) + p.timeframe.ms if len(times) else None,
        to_ms=int(times[-1]) + p.timeframe.ms if len(times) else None,
        fired=fired,
        per_day=fired / days if days else None,
        per_day_low=low / days if days else None,
        per_day_high=high / days if days else None,
        horizon=p.window,
        unit="bp" if p.scale is Scale.LOG else "price",
        hits=hits_of([alert.outcome for alert in alerts if alert.outcome is not None]),
        alerts=alerts,
    )
