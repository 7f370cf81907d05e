"""Judges the new bars of a pair by one rule: pure, so that a restart or a replay comes to the same alerts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analytics.alerts import AlertEvent, AlertState, EventKind, Level, ThresholdRule
from engine.desk.records import pair_record
from engine.desk.types import AlertEvent as LoggedEvent
from engine.desk.types import Settings
from engine.monitor.journal import Judgement
from engine.monitor.levels import Levels, levels_at
from engine.snapshot import Snapshot
from store.sql.alerts import AlertRecord
from store.sql.rules import RuleRecord
from store.sql.states import StateRecord

_COLUMNS = ("open_time_ms", "z", "correlation")
_LOGGED = {Level.ABOVE: LoggedEvent.ABOVE, Level.BELOW: LoggedEvent.BELOW}


def judge(
    rule: RuleRecord,
    snapshot: Snapshot,
    state: StateRecord | None,
    settings: Sequence[Settings],
    *,
    epoch: str,
    written_ms: int,
) -> Judgement | None:
    """Where the rule stands after every closed bar later than `state`, and the alerts on the way.

    None where no bar is new. A method in hindsight signals by its last bar only. A recording that
    plays again (another `epoch`) is judged from its start. `written_ms` stamps the alerts.
    """
    first = _first_new(snapshot, state, epoch)
    if first is None:
        return None
    now = AlertState(_level_before(snapshot, state, epoch))
    alerts: list[AlertRecord] = []
    rows, bar_ms = snapshot.rows[first:], snapshot.parameters.timeframe.ms
    for place, (open_time_ms, z, correlation) in enumerate(
        zip(*(rows[name].tolist() for name in _COLUMNS), strict=True), start=first
    ):
        levels = levels_at(rule.levels, settings, open_time_ms + bar_ms)
        if levels is None:
            continue
        together = levels.min_correlation == 0 or abs(correlation) >= levels.min_correlation
        judged = z if together else _held_back(z, levels)
        now, event = ThresholdRule(levels.fire, levels.clear).step(now, judged, open_time_ms)
        if event is not None:
            alerts.append(_alert(rule, snapshot, place, event, levels=levels, written_ms=written_ms))
    after = StateRecord(now.level.value, int(snapshot.rows["open_time_ms"][-1]), epoch)
    return Judgement(rule.id, after, tuple(alerts))


def _starts_anew(snapshot: Snapshot, state: StateRecord | None, epoch: str) -> bool:
    replayed = snapshot.parameters.y.startswith("replay:")
    return state is None or (replayed and state.epoch != epoch)


def _first_new(snapshot: Snapshot, state: StateRecord | None, epoch: str) -> int | None:
    """Index of the first row not yet judged."""
    times = snapshot.rows["open_time_ms"]
    if not len(times):
        return None
    first = 0
    if state is not None and not _starts_anew(snapshot, state, epoch):
        first = int(times.searchsorted(state.bar_ms, side="right"))
    if not snapshot.parameters.method.causal:
        first = max(first, len(times) - 1)
    return first if first < len(times) else None


def _level_before(snapshot: Snapshot, state: StateRecord | None, epoch: str) -> Level:
    return Level.IDLE if state is None or _starts_anew(snapshot, state, epoch) else Level(state.state)


def _held_back(z: float, levels: Levels) -> float:
    """z kept just short of firing, so that legs that do not move together may clear but not fire."""
    edge = math.nextafter(levels.fire, 0.0)
    return z if math.isnan(z) else max(-edge, min(edge, z))


def _alert(
    rule: RuleRecord, snapshot: Snapshot, place: int, event: AlertEvent, *, levels: Levels, written_ms: int
) -> AlertRecord:
    row = snapshot.rows[place]
    return AlertRecord(
        rule_id=rule.id,
        pair=pair_record(snapshot.parameters),
        event=LoggedEvent.CLEAR if event.kind is EventKind.CLEARED else _LOGGED[event.level],
        bar_ms=event.time_ms,
        at_ms=event.time_ms + snapshot.parameters.timeframe.ms,
        z=float(row["z"]),
        spread=float(row["spread"]),
        beta=float(row["beta"]),
        correlation=float(row["correlation"]),
        fire=levels.fire,
        clear=levels.clear,
        written_ms=written_ms,
    )
