"""Judges a pair by one rule: pure, so that a restart or a replay comes to the same alerts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from analytics.alerts import AlertEvent, AlertState, EventKind, Level, Side, ThresholdRule
from engine.bar_state import JudgedBar, judged_bar
from engine.desk.records import pair_record
from engine.desk.types import AlertEvent as LoggedEvent
from engine.desk.types import Settings
from engine.diagnosis import Diagnosis, last_due_ms, period_ms
from engine.monitor.alert_states import read_state, write_state
from engine.monitor.journal import Judgement
from engine.monitor.levels import Levels, levels_at
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS, Kind, RuleKind
from engine.rules.readings import bar_values, value_of_tests
from engine.snapshot import Snapshot
from store.sql.alerts import AlertRecord
from store.sql.rules import RuleRecord
from store.sql.states import StateRecord

_LOGGED = {Level.ABOVE: LoggedEvent.ABOVE, Level.BELOW: LoggedEvent.BELOW}


class _Reading(NamedTuple):
    """What is judged at one bar, and the row of it, if there is one, as it goes into the log."""

    open_time_ms: int
    value: float
    correlation: float
    row: int | None


@dataclass(frozen=True, slots=True)
class Judge:
    """One rule as it stands, with all that it needs to judge. `written_ms` stamps its alerts."""

    rule: RuleRecord
    parameters: PairParameters
    state: StateRecord | None
    settings: Sequence[Settings]
    epoch: str
    written_ms: int

    @property
    def kind(self) -> Kind:
        return _kind(self.rule.kind)

    def bars(self, snapshot: Snapshot) -> Judgement | None:
        """Every closed bar later than the state's; None where none is.

        A method in hindsight signals by its last bar only. A recording that plays again (another `epoch`) is judged
        from its start.
        """
        times = snapshot.rows["open_time_ms"]
        if not len(times):
            return None
        after_ms = self._first_ms - 1 if self._anew else self._judged_ms
        first = max(0, (after_ms - int(times[0])) // self.parameters.timeframe.ms + 1)  # rows are on a grid
        if not snapshot.parameters.method.causal:
            first = max(first, len(times) - 1)
        if first >= len(times):
            return None
        values = bar_values(self.kind.key, snapshot, first)
        if first == len(times) - 1:
            last = snapshot.rows[first]
            only = _Reading(int(last["open_time_ms"]), float(values[0]), float(last["correlation"]), first)
            return self._judged([only], snapshot)
        columns = (times[first:], values, snapshot.rows["correlation"][first:])
        readings = (
            _Reading(open_time_ms, value, correlation, row)
            for row, (open_time_ms, value, correlation) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True), start=first
            )
        )
        return self._judged(readings, snapshot)

    def tests(self, diagnosis: Diagnosis, snapshot: Snapshot) -> Judgement | None:
        """The bar at which the slow tests ran; None where that was judged."""
        open_time_ms = diagnosis.as_of_ms - self.parameters.timeframe.ms
        if not self._anew and open_time_ms <= self._judged_ms:
            return None
        place = int(snapshot.rows["open_time_ms"].searchsorted(open_time_ms))
        there = place < len(snapshot.rows) and int(snapshot.rows["open_time_ms"][place]) == open_time_ms
        value = value_of_tests(self.kind.key, diagnosis)
        return self._judged([_Reading(open_time_ms, value, math.nan, place if there else None)], snapshot)

    def next_test_ms(self, snapshot: Snapshot) -> int | None:
        """The first bar among the rows at which the tests run and that is to be judged; None where there is none."""
        times, p = snapshot.rows["open_time_ms"], self.parameters
        first_ms = max(self._first_ms, int(times[0]), -1 if self._anew else self._judged_ms + 1)
        last_ms = last_due_ms(p, int(times[-1]))
        due_ms = last_due_ms(p, first_ms)
        due_ms += period_ms(p) if due_ms < first_ms else 0
        return due_ms if due_ms <= last_ms else None

    def clock(self, last_open_ms: int, now_ms: int) -> Judgement | None:
        """How long no bar closed, by whole bars of the clock since the last one that opened at `last_open_ms`.

        Every bar's length that passed is judged, as if somebody had looked at each.
        """
        bar_ms = self.parameters.timeframe.ms
        passed = (now_ms - last_open_ms) // bar_ms - 1
        first = last_open_ms if self._anew else max(last_open_ms, self._judged_ms + bar_ms)
        if self._anew and self.state is None and passed > 0:
            first = last_open_ms + passed * bar_ms  # a rule that is new judges the present, not the past
        readings = [
            _Reading(open_ms, float((open_ms - last_open_ms) // bar_ms), math.nan, None)
            for open_ms in range(first, last_open_ms + (passed + 1) * bar_ms, bar_ms)
        ]
        return self._judged(readings, None) if readings else None

    @property
    def _first_ms(self) -> int:
        """No level holds for bars that open before."""
        return min(word.effective_ms for word in self.rule.levels) - self.parameters.timeframe.ms

    @property
    def _anew(self) -> bool:
        replayed = self.parameters.y.startswith("replay:")
        return self.state is None or (replayed and self.state.epoch != self.epoch)

    @property
    def _judged_ms(self) -> int:
        return -1 if self.state is None else self.state.bar_ms

    def _judged(self, readings: Iterable[_Reading], snapshot: Snapshot | None) -> Judgement:
        now = AlertState() if self._anew or self.state is None else read_state(self.state.state)
        if now.as_of_ms is not None:
            now = now._replace(as_of_ms=None)  # which bars are new was decided by the record
        alerts: list[AlertRecord] = []
        kind, bar_ms, last_ms = self.kind, self.parameters.timeframe.ms, self._judged_ms
        for reading in readings:
            last_ms = reading.open_time_ms
            levels = levels_at(kind, self.rule.levels, self.settings, last_ms + bar_ms, bar_ms)
            if levels is None:
                continue
            now, events = levels.rule.step(now, _gated(reading, levels), last_ms)
            alerts += (self._alert(event, reading, levels.rule, snapshot) for event in events)
        after = write_state(now._replace(as_of_ms=None))
        return Judgement(self.rule.id, StateRecord(after, last_ms, self.epoch), tuple(alerts))

    def _alert(
        self, event: AlertEvent, reading: _Reading, levels: ThresholdRule, snapshot: Snapshot | None
    ) -> AlertRecord:
        numbers, bar = _numbers(reading, snapshot), _bar(reading, snapshot)
        return AlertRecord(
            rule_id=self.rule.id,
            pair=pair_record(self.parameters),
            kind=self.rule.kind,
            event=LoggedEvent.CLEAR if event.kind is EventKind.CLEARED else _LOGGED[event.level],
            bar_ms=event.time_ms,
            at_ms=event.time_ms + self.parameters.timeframe.ms,
            value=reading.value,
            z=numbers.z,
            spread=numbers.spread,
            beta=numbers.beta,
            correlation=numbers.correlation,
            fire=levels.fire,
            clear=levels.clear,
            written_ms=self.written_ms,
            bar_state=None if bar is None else bar.state.value,
            bar_missing=None if bar is None else bar.missing,
        )


@cache
def _kind(name: str) -> Kind:
    return KINDS[RuleKind(name)]


class _Numbers(NamedTuple):
    """What a row says of its pair, None where there is no row."""

    z: float | None = None
    spread: float | None = None
    beta: float | None = None
    correlation: float | None = None


def _numbers(reading: _Reading, snapshot: Snapshot | None) -> _Numbers:
    if reading.row is None or snapshot is None:
        return _Numbers()
    return _Numbers(*(float(snapshot.rows[name][reading.row]) for name in _Numbers._fields))


def _bar(reading: _Reading, snapshot: Snapshot | None) -> JudgedBar | None:
    if reading.row is None or snapshot is None:
        return None
    return judged_bar(snapshot.rows[reading.row : reading.row + 1])


def _gated(reading: _Reading, levels: Levels) -> float:
    """The value, or where the legs do not move together, one just short of firing: that may clear but not fire."""
    value, rule = reading.value, levels.rule
    if levels.min_correlation == 0 or abs(reading.correlation) >= levels.min_correlation or math.isnan(value):
        return value
    if rule.side is Side.BELOW:
        return max(value, math.nextafter(rule.fire, math.inf))
    edge = math.nextafter(rule.fire, -math.inf)
    return max(-edge, min(edge, value)) if rule.side is Side.EITHER else min(edge, value)
