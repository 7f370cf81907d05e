"""The synchrony panel: how much of the correlation is there at each length of bar, and how often a leg is stale."""

from __future__ import annotations

from dash import html

from dash_app.components.icon import icon
from dash_app.figures.view import PairView
from dash_app.words import bar_time, duration, number
from engine.findings.finding import Finding
from engine.spans import span_text
from engine.synchrony_wait import SynchronyWait


def wait_line(wait: SynchronyWait, bar_ms: int) -> html.Div:
    """Before there are trades enough: what it takes, what is there since when, and when it comes."""
    looks = f"The next look is at the bar closed {bar_time(wait.next_ms, bar_ms)} UTC"
    if wait.since_ms is None or wait.ready_ms is None:
        return _waiting(f"Needs {span_text(wait.need_ms)} of trades of both legs; has none yet. {looks}.")
    has = f"has {span_text(wait.have_ms)}, since {bar_time(wait.since_ms, bar_ms)} UTC"
    enough = (
        "" if wait.ready_ms == wait.next_ms else f", the first with enough at {bar_time(wait.ready_ms, bar_ms)} UTC"
    )
    return _waiting(f"Needs {span_text(wait.need_ms)} of trades of both legs; {has}. {looks}{enough}.")


def _waiting(words: str) -> html.Div:
    return html.Div([icon("warming", tone="dim"), html.Span(words)], className="sb-stat-row")


def synchrony_table(finding: Finding, view: PairView) -> list[html.Div]:
    """One row a length of bar, with the correlation as a bar beside Hayashi–Yoshida's; nothing without a curve."""
    curve = finding.numbers.get("curve") or []
    if not curve:
        return []
    truth = finding.numbers.get("hayashi_yoshida")
    heads = ("bar", "correlation of returns", "bars", f"stale {view.y.short}", f"stale {view.x.short}")
    rows = [_row(point, finding.numbers.get("bar_ms")) for point in curve]
    last = html.Tr([html.Th("any, Hayashi–Yoshida", scope="row"), _correlation(truth), *[html.Td() for _ in range(3)]])
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(name, scope="col") for name in heads])),
            html.Tbody([*rows, last]),
        ]
    )
    return [html.Div(table, className="sb-synchrony")]


def _row(point: dict[str, float | None], advised_ms: int | None) -> html.Tr:
    length_ms = point["length_ms"]
    shares = [point[leg] if point["bars"] else None for leg in ("stale_a", "stale_b")]
    stale = [html.Td("–" if share is None else f"{100 * share:.0f} %", className="sb-num") for share in shares]
    name = duration((length_ms or 0) / 1000).replace(".0", "")
    return html.Tr(
        [
            html.Th(name + (", advised" if length_ms == advised_ms else ""), scope="row"),
            _correlation(point["correlation"]),
            html.Td(f"{point['bars']:,}", className="sb-num"),
            *stale,
        ]
    )


def _correlation(value: float | None) -> html.Td:
    if value is None:
        return html.Td("–")
    width = f"{100 * min(abs(value), 1.0):.0f}%"
    return html.Td([html.Span(className="sb-share", style={"width": f"calc({width} * .7)"}), number(value, 2)])
