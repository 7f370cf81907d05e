"""Alerts and rules as rows of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash_app.components.cells import text
from dash_app.components.icon import icon_html
from dash_app.views.pair_head import leg_of
from dash_app.views.pair_rail import alert_words
from dash_app.words import clock, duration, moment, number, signed
from engine.desk.types import Alert, AlertEvent, Rule, Settings
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS

_MARKS = {
    AlertEvent.ABOVE: ("short", "short-text"),
    AlertEvent.BELOW: ("long", "long-text"),
    AlertEvent.CLEAR: ("ring", "dim"),
}


def unacknowledged_rows(alerts: Sequence[Alert], infos: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "id": str(alert.id),
            "time": clock(alert.at_ms),
            "pair": _pair(alert.parameters, infos),
            "what": _what(alert),
            "logged": f'<span class="sb-dim">logged {_logged(alert)} after close</span>' if _logged(alert) else "",
            "action": _button(alert),
        }
        for alert in alerts
    ]


def log_rows(alerts: Sequence[Alert], infos: Mapping[str, Any], now_ms: int) -> list[dict[str, str]]:
    return [
        {
            "id": str(alert.id),
            "time": moment(alert.at_ms, now_ms),
            "pair": f'{_pair(alert.parameters, infos)} <span class="sb-pair-how">{text(_how(alert.parameters))}</span>',
            "what": _what(alert),
            "z": signed(alert.z, 2),
            "levels": f"{alert.fire:g} / {alert.clear:g}",
            "beta": number(alert.beta, 3),
            "logged": _logged(alert),
            "action": _acknowledged(alert, now_ms),
        }
        for alert in alerts
    ]


def rule_rows(rules: Sequence[Rule], infos: Mapping[str, Any], now_ms: int, settings: Settings) -> list[dict[str, str]]:
    return [
        {
            "id": str(rule.id),
            "pair": f'{_pair(rule.parameters, infos)} <span class="sb-pair-how">{text(_how(rule.parameters))}</span>',
            "kind": f"{text(rule.kind)}: {text(KINDS[rule.kind].judges)}",
            "fire": _level(rule, "fire", settings.entry),
            "clear": _level(rule, "clear", settings.exit),
            "since": moment(since, now_ms) if (since := _levels_since(rule, settings)) else "the first bar",
            "state": "on" if rule.words.enabled else '<span class="sb-dim">off</span>',
        }
        for rule in rules
    ]


def _what(alert: Alert) -> str:
    mark, tone = _MARKS[alert.event]
    return f"{icon_html(mark, tone=tone)} {text(alert_words(alert))}"


def _level(rule: Rule, name: str, of_settings: float) -> str:
    kind, own = KINDS[rule.kind], getattr(rule.words, name)
    if own is not None:
        return f"{own:g}"
    return f"{of_settings:g}, as set" if kind.of_settings else f"{getattr(kind, name):g}"


def _levels_since(rule: Rule, settings: Settings) -> int:
    """When the levels that judge now began: the rule's own, or the settings' where it follows them."""
    follows = KINDS[rule.kind].of_settings and None in (rule.words.fire, rule.words.clear)
    return max(rule.effective_ms, settings.effective_ms) if follows else rule.effective_ms


def _pair(p: PairParameters, infos: Mapping[str, Any]) -> str:
    y, x = (leg_of(name, dict(infos)).short for name in (p.y, p.x))
    return f'<a class="sb-pair" href="{text(p.path)}"><b>{text(y)}</b> <i>/</i> <b>{text(x)}</b></a>'


def _how(p: PairParameters) -> str:
    return f"{p.timeframe} · {p.window}/{p.z_window} · {p.method}"


def _logged(alert: Alert) -> str:
    """How long after the bar's close it was written; blank where that is history, as in a replay."""
    late_s = max(alert.written_ms - alert.at_ms, 0) / 1000
    return duration(late_s) if late_s < 86_400 else ""


def _button(alert: Alert) -> str:
    return f'<button type="button" class="sb-link" data-acknowledge="{alert.id}">Acknowledge</button>'


def _acknowledged(alert: Alert, now_ms: int) -> str:
    if alert.waits:
        return _button(alert)
    if alert.acknowledged_ms is None:
        return ""
    by = f" by {text(alert.acknowledged_by)}" if alert.acknowledged_by else ""
    return f'<span class="sb-dim">{moment(alert.acknowledged_ms, now_ms)}{by}</span>'
