"""The rail beside the figure: signals and alerts, betas, how often z is far out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.geometry import signal_marks
from dash_app.figures.view import PairView, close_times
from dash_app.words import UNBOUNDED, bar_time, clock, interval, moment, number, signed
from engine.bar_state import BarState, bar_words
from engine.betas import WindowBeta
from engine.desk.types import Alert, AlertEvent, RuleKind
from engine.honest_z import honest_z
from engine.rules.kinds import KINDS

Props = dict[str, dict[str, Any]]
_DAY_MS = 86_400_000
MAX_SIGNALS = 6
_OF_Z = (RuleKind.Z, RuleKind.Z_ABOVE, RuleKind.Z_BELOW)
HINDSIGHT = "Today's fit, drawn back in hindsight: only the last value may signal."


def signals_props(view: PairView, alerts: Sequence[Alert]) -> Props:
    """Changes of the signal in the kept bars, newest first, and what the log says of this pair.

    A fit drawn back over its window signals at its last bar only: that is said in the place of a history.
    """
    rows = view.snapshot.rows
    t = close_times(rows, view.bar_ms)
    entries = []
    for mark in reversed(signal_marks(rows["signal"], last=MAX_SIGNALS)):
        name, tone, word = {1: ("long", "long-text", "Long"), -1: ("short", "short-text", "Short")}.get(
            mark.signal, ("flat", "dim", "Exit")
        )
        z = signed(float(rows["z"][mark.row]), 2)
        words = html.Span([html.Span(word, className=f"sb-{tone}"), f" at z {z}" if z else ""])
        entries.append((float(t[mark.row]), [icon(name, tone=tone), words]))
    entries += [
        (alert.at_ms + 0.5, [icon("bell", tone="dim"), html.Span(alert_words(alert), className="sb-dim")])
        for alert in alerts[:MAX_SIGNALS]
    ]
    entries.sort(key=lambda entry: -entry[0])
    lines = [rail_line(content, _when(int(at), view)) for at, content in entries[:MAX_SIGNALS]]
    if not view.parameters.method.causal:
        lines.insert(0, html.Div(HINDSIGHT, className="sb-line"))
    return {ids.SIGNALS: {"children": lines or html.Div("None in the bars kept.", className="sb-line sb-dim")}}


def signals_source(view: PairView) -> str:
    """Equal where what `signals_props` says of the rows of a causal method is, the log left out."""
    rows = view.snapshot.rows
    marks = [str(rows["open_time_ms"][mark.row]) for mark in signal_marks(rows["signal"], last=MAX_SIGNALS)]
    return ".".join((str(view.snapshot.generation), str((view.snapshot.as_of_ms or 0) // _DAY_MS), *marks))


def alert_words(alert: Alert) -> str:
    """What was judged and which level it passed; where trades are known to have lacked then, that too."""
    told = alert.bar_state is not BarState.UNKNOWN or alert.bar_missing is not None
    about_bar = bar_words(alert.bar_state, alert.bar_missing) if told else ""
    return ", ".join(filter(None, (judged_words(alert), about_bar)))


def judged_words(alert: Alert) -> str:
    """What was judged and which level it passed, and no more."""
    if alert.kind is not RuleKind.Z:
        return _kind_words(alert)
    z = signed(alert.z, 2)
    if alert.event is AlertEvent.CLEAR:
        inside = alert.z is not None and abs(alert.z) <= alert.clear
        return f"z {z} back inside ±{alert.clear:g}" if inside else f"z {z}, past ±{alert.clear:g}"
    return f"z {z} crossed {'+' if alert.event is AlertEvent.ABOVE else '−'}{alert.fire:g}"


def _kind_words(alert: Alert) -> str:
    said = f"{alert.kind}: {value_words(alert)}"
    if alert.event is AlertEvent.CLEAR:
        return f"{said}, back at {_level(alert.clear)}"
    return f"{said}, {'at or above' if alert.event is AlertEvent.ABOVE else 'at or below'} {_level(alert.fire)}"


def value_words(alert: Alert) -> str:
    """What the rule judged, with its unit."""
    if alert.kind in _OF_Z:
        return signed(alert.value, 2)
    if alert.value is None:  # the log has no infinity
        return UNBOUNDED if alert.kind is RuleKind.HALF_LIFE_ABOVE else "unknown"
    unit = KINDS[alert.kind].unit
    return f"{_level(alert.value)}{f' {unit}' if unit else ''}"


def _level(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def betas_props(betas: Sequence[WindowBeta], as_of_ms: int | None) -> Props:
    """Last hedge ratios by method, all as units of x per y; a blank says why when pointed at."""
    lines = []
    for each in betas:
        band = interval(each.low, each.high, 3)
        name = html.Span([each.method, html.Span(f" {band}" if band else "", className="sb-dim")], title=each.reason)
        lines.append(rail_line([name], number(each.beta, 3) or "–"))
    lines.append(rail_line([html.Span("at the bar closed, UTC", className="sb-dim")], clock(as_of_ms)))
    return {ids.BETAS: {"children": lines}}


NORMAL_BEYOND = "a normal score is beyond ±2 on 4.6 % of bars, the z of a walk without a mean on 13 to 15 %"


def honest_z_props(view: PairView) -> Props:
    """What z is worth: its tails and the alerts to expect, over all bars kept."""
    found = honest_z(view.snapshot)
    if found.beyond is None or found.alerts is None:
        return {ids.HONEST_Z: {"children": html.Div(found.reason, className="sb-line sb-dim")}}
    beyond, alerts, levels = found.beyond, found.alerts, view.snapshot.threshold
    tails = html.Span(f"Bars beyond ±{levels.entry:g}", title=NORMAL_BEYOND)
    lines = [rail_line([tails], f"{100 * beyond.share:.1f} %")]
    level = f"Entries a day at ±{levels.entry:g} / ±{levels.exit:g}"
    lines.append(rail_line([html.Span(level)], f"{alerts.per_day:,.0f} ({alerts.low:,.0f} – {alerts.high:,.0f})"))
    fit = "" if view.parameters.method.causal else " of today's fit"
    counted = f"{beyond.n:,} bars with a z{fit}, as of, UTC"
    lines.append(rail_line([html.Span(counted, className="sb-dim")], rail_as_of(view)))
    return {ids.HONEST_Z: {"children": lines}}


def _when(ms: int, view: PairView) -> str:
    """The time of a bar, with its date where that is not the day of the last bar."""
    as_of_ms = view.snapshot.as_of_ms
    if as_of_ms is None or ms // _DAY_MS == as_of_ms // _DAY_MS:
        return bar_time(ms, view.bar_ms)
    return moment(ms, as_of_ms)


def rail_as_of(view: PairView) -> str:
    return clock(view.snapshot.as_of_ms)


def rail_line(content: list[Any], value: str) -> html.Div:
    return html.Div([*content, html.Span(value, className="sb-line-value")], className="sb-line")
