"""The log of alerts as rows of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash_app.components.cells import joined, text
from dash_app.components.icon import icon_html
from dash_app.outcome_words import UNDER_WAY, outcome_words
from dash_app.views.pair_names import pair_cell, pair_link, pair_name
from dash_app.views.pair_rail import alert_words, value_words
from dash_app.words import clock, duration, moment, number, signed
from engine.desk.outcomes import AlertOutcome, followed_by_something
from engine.desk.types import Alert, AlertEvent
from engine.rules.kinds import OF_SPREAD

_MARKS = {
    AlertEvent.ABOVE: ("short", "short-text"),
    AlertEvent.BELOW: ("long", "long-text"),
    AlertEvent.CLEAR: ("ring", "dim"),
}
_NO_SIDE = ("bell", "dim")  # what tells of a pair, not of a side of its spread
_DAY_S = 86_400


def unacknowledged_rows(alerts: Sequence[Alert], infos: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "id": str(alert.id),
            "time": clock(alert.at_ms),
            "pair": pair_link(alert.parameters, infos),
            "what": _what(alert),
            "logged": f'<span class="sb-dim">logged {_logged(alert)} after close</span>' if _logged(alert) else "",
            "action": _button(alert, infos),
        }
        for alert in alerts
    ]


def log_rows(
    alerts: Sequence[Alert], outcomes: Mapping[int, AlertOutcome], infos: Mapping[str, Any], now_ms: int
) -> list[dict[str, str]]:
    """`outcomes` are those that are known, by the alert's id."""
    followed = {alert.id: _followed(alert, outcomes.get(alert.id)) for alert in alerts}
    return [
        {
            "id": str(alert.id),
            "time": moment(alert.at_ms, now_ms),
            "pair": pair_cell(alert.parameters, infos),
            "kind": alert.kind.value,
            "what": joined(
                [
                    _what(alert),
                    '<span class="sb-dim">silenced</span>' if alert.silenced else "",
                    _under(followed[alert.id]),
                ]
            ),
            "value": value_words(alert),
            "levels": f"{alert.fire:g} / {alert.clear:g}".replace("-", "−"),
            "z": signed(alert.z, 2),
            "beta": number(alert.beta, 3),
            "logged": _logged(alert),
            "followed": followed[alert.id],
            "action": _acknowledged(alert, now_ms, infos),
        }
        for alert in alerts
    ]


def _what(alert: Alert) -> str:
    sided = alert.kind in OF_SPREAD or alert.event is AlertEvent.CLEAR
    mark, tone = _MARKS[alert.event] if sided else _NO_SIDE
    return f"{icon_html(mark, tone=tone)} {text(alert_words(alert))}"


def _logged(alert: Alert) -> str:
    """How long after the bar's close it was written; blank where that is history, as in a replay."""
    late_s = max(alert.written_ms - alert.at_ms, 0) / 1000
    return duration(late_s) if late_s < _DAY_S else ""


def _followed(alert: Alert, outcome: AlertOutcome | None) -> str:
    if outcome is not None:
        return outcome_words(outcome)
    return UNDER_WAY if followed_by_something(alert) else ""


def _under(words: str) -> str:
    """Shown on a phone, where there is no room for a column."""
    return f'<span class="sb-what-under">{text(words)}</span>' if words else ""


def _button(alert: Alert, infos: Mapping[str, Any]) -> str:
    said = text(f"{pair_name(alert.parameters, infos)} {alert.parameters.timeframe}: {alert_words(alert)}")
    return (
        f'<button type="button" class="sb-link" data-acknowledge="{alert.id}" data-words="{said}">Acknowledge</button>'
    )


def _acknowledged(alert: Alert, now_ms: int, infos: Mapping[str, Any]) -> str:
    if alert.waits:
        return _button(alert, infos)
    if alert.acknowledged_ms is None:
        return ""
    by = f" by {text(alert.acknowledged_by)}" if alert.acknowledged_by else ""
    note = f" {text(' '.join(alert.note.split()))}" if alert.note else ""
    return f'<span class="sb-dim">{moment(alert.acknowledged_ms, now_ms)}{by}</span>{note}'
