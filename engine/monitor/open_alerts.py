"""Alerts of one pair of which it is not known yet what follows."""

from __future__ import annotations

from typing import NamedTuple

from engine.parameters import PairParameters
from engine.rehearsal import cleared_at
from store.sql.alerts import AlertRecord


class OpenAlert(NamedTuple):
    """As little of an alert as tells when it is over; `clear` is how far z may be out for it to have come back."""

    id: int
    bar_ms: int
    event: str
    clear: float
    written_ms: int


class PairAlerts:
    """Those that wait, by id; `looked_ms` is when somebody last looked whether one is over."""

    def __init__(self, parameters: PairParameters, looked_ms: int) -> None:
        self.parameters = parameters
        self.looked_ms = looked_ms
        self.alerts: dict[int, OpenAlert] = {}

    def add(self, alert: AlertRecord) -> None:
        self.alerts[alert.id] = OpenAlert(alert.id, alert.bar_ms, alert.event, cleared_at(alert), alert.written_ms)

    def drop(self, alert_id: int) -> bool:
        """Whether none is left."""
        self.alerts.pop(alert_id, None)
        return not self.alerts
