"""The desk's log of alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.desk.base import DeskBase
from engine.desk.changes import MAX_NAME, MAX_NOTE, check_needed, check_text
from engine.desk.records import alert_of
from engine.desk.types import FIRING, Alert, RuleKind
from engine.errors import NotFound, ParameterError
from engine.parameters import PairParameters
from store.sql.alerts import (
    acknowledge_alert,
    count_unacknowledged,
    read_alert,
    read_alerts,
    read_last_alerts,
    read_newest_alerts,
)

MAX_ALERTS = 1_000


class AlertsDesk(DeskBase):
    """What rules said, for good, and who has seen it."""

    def alerts(
        self,
        *,
        limit: int = 100,
        before: int | None = None,
        after: int | None = None,
        pair: PairParameters | None = None,
        legs: tuple[str, str] | None = None,
        rule_id: int | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        kind: RuleKind | None = None,
        fired: bool = False,
        unacknowledged: bool = False,
    ) -> tuple[Alert, ...]:
        """The log, newest bar first.

        `before` is the id of the last alert of the page before, `after` asks for ids that came since,
        `pair` means exactly these parameters and `legs` (y, x) any, `since_ms` is the earliest bar close
        and `until_ms` the first too late.
        `fired` leaves out what cleared, `unacknowledged` keeps what waits for somebody.
        """
        if not 1 <= limit <= MAX_ALERTS:
            raise ParameterError("limit", limit, f"give a whole number from 1 to {MAX_ALERTS}")
        asked: dict[str, Any] = {
            "limit": limit,
            "before": before,
            "after": after,
            "pair_key": None if pair is None else pair.key,
            "legs": legs,
            "rule_id": rule_id,
            "since_ms": since_ms,
            "until_ms": until_ms,
            "events": FIRING if fired or unacknowledged else None,
            "kinds": None if kind is None else (kind,),
            "unacknowledged": unacknowledged,
        }
        return self._cached(
            ("alerts", *asked.values()),
            lambda connection: tuple(map(alert_of, read_alerts(connection, **asked))),
        )

    def newest_alerts(self, limit: int) -> tuple[Alert, ...]:
        """What fired last by the time it was written, the last one first."""
        return self._cached(
            ("newest alerts", limit),
            lambda connection: tuple(map(alert_of, read_newest_alerts(connection, limit, FIRING))),
        )

    def last_alerts(self) -> Mapping[str, Alert]:
        """The newest alert of every pair that ever had one, by `PairParameters.key`."""
        return self._cached(
            "last alerts",
            lambda connection: {record.pair.pair_key: alert_of(record) for record in read_last_alerts(connection)},
        )

    def alert(self, alert_id: int) -> Alert:
        """One alert; raise `NotFound`."""
        with self.database.read() as connection:
            record = read_alert(connection, alert_id)
        if record is None:
            raise NotFound(f"no alert {alert_id}")
        return alert_of(record)

    def unacknowledged(self) -> int:
        """How many alerts wait for somebody."""
        return self._cached("unacknowledged", lambda connection: count_unacknowledged(connection, FIRING))

    def acknowledge(self, alert_id: int, by: str, note: str = "") -> Alert:
        """Mark an alert as seen by somebody, who may not be blank; the first to do so stands.

        Raise `NotFound`, `ParameterError`.
        """
        by, note = check_needed("by", by, MAX_NAME), check_text("note", note, MAX_NOTE)
        with self.database.write() as connection:
            acknowledge_alert(connection, alert_id, at_ms=self._clock_ms(), by=by, note=note)
        self.changed()
        return self.alert(alert_id)
