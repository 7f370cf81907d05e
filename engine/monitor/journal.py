"""Where rules stand and what they said: state, alert and its deliveries in one transaction, each bar judged once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.desk.desk import Desk
from engine.monitor.stages import record_alerts
from store.sql.alerts import AlertRecord, append_alert
from store.sql.deliveries import append_deliveries
from store.sql.silences import SilenceRecord, read_silences_until
from store.sql.states import StateRecord, read_states, replace_state


@dataclass(frozen=True, slots=True)
class Judgement:
    """A rule after some bars: where it now stands, and the alerts on the way, in time order."""

    rule_id: int
    after: StateRecord
    alerts: tuple[AlertRecord, ...]


class Journal:
    """Keeps where each rule stands; written at once with an alert, else at `checkpoint`.

    What is not written is judged again after a crash, by the same rows to the same end, and the
    unique constraint of the log makes even a repeated alert harmless. `told` is called when there are
    new alerts. Writes raise
    `StoreUnavailable` and leave everything as it was, so that the same bars are judged again.
    """

    def __init__(self, desk: Desk, clock_ms: Callable[[], int], told: Callable[[], None] = lambda: None) -> None:
        self._desk = desk
        self._told = told
        self._clock_ms = clock_ms
        self._written: dict[int, StateRecord] = {}
        self._standing: dict[int, StateRecord] = {}

    def load(self) -> None:
        """Take up what the database says: at the start, and after somebody else wrote."""
        with self._desk.database.read() as connection:
            self._written = read_states(connection)
        self._standing = dict(self._written)

    def state(self, rule_id: int) -> StateRecord | None:
        """Where a rule stands, None before its first bar."""
        return self._standing.get(rule_id)

    def take(self, judgements: Iterable[Judgement]) -> int:
        """Write those that alert, remember the others; how many alerts the log did not have yet."""
        judged = tuple(judgements)
        loud = [judgement for judgement in judged if judgement.alerts]
        new = self._write(loud) if loud else 0
        for judgement in judged:
            if not judgement.alerts:
                self._standing[judgement.rule_id] = judgement.after
        return new

    def checkpoint(self) -> None:
        """Write where rules stand, so that a restart judges few bars again."""
        moved = [
            Judgement(rule_id, state, ())
            for rule_id, state in self._standing.items()
            if state != self._written.get(rule_id)
        ]
        if moved:
            self._write(moved)

    def _write(self, judgements: list[Judgement]) -> int:
        with self._desk.database.write() as connection:
            won = [judgement for judgement in judgements if self._replace(connection, judgement)]
            alerts = sorted(
                (alert for judgement in won for alert in judgement.alerts),
                key=lambda alert: (alert.at_ms, alert.rule_id),
            )
            new = self._log(connection, alerts)
        for judgement in won:
            self._written[judgement.rule_id] = self._standing[judgement.rule_id] = judgement.after
        if len(won) < len(judgements):
            self.load()
        if new:
            self._desk.changed()
            self._told()
        return new

    def _log(self, connection: Connection, alerts: list[AlertRecord]) -> int:
        """Write alerts, what they mean to their pairs, and that they are to be delivered unless silenced; how many are
        new."""
        silences: tuple[SilenceRecord, ...] = ()
        if alerts:
            silences = read_silences_until(connection, alerts[0].at_ms)
        new: list[AlertRecord] = []
        for alert in alerts:
            silenced = any(silence.covers(alert) for silence in silences)
            if append_alert(connection, alert._replace(silenced=silenced)):
                new.append(alert)
                if not silenced:
                    append_deliveries(connection, alert, self._clock_ms())
        record_alerts(connection, new, self._clock_ms())
        return len(new)

    def _replace(self, connection: Connection, judgement: Judgement) -> bool:
        before = self._written.get(judgement.rule_id)
        return replace_state(connection, judgement.rule_id, before, judgement.after, self._clock_ms())
