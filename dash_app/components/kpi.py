"""A number with its name above and what qualifies it below."""

from __future__ import annotations

from dash import html

from dash_app.components.method_card import made_name


def kpi(
    label: str,
    value_id: str,
    note_id: str = "",
    *,
    label_id: str = "",
    mark_id: str = "",
    swatch: str = "",
    card: str = "",
    class_name: str = "",
) -> html.Div:
    """`mark_id` is for a word behind the number that is a doubt about it, `card` names the number whose method card
    its name opens."""
    name = html.Span(label, id=label_id) if label_id else html.Span(label)
    mark = [html.Span(className=f"sb-swatch sb-swatch-{swatch}")] if swatch else []
    value = html.Div(id=value_id, className="sb-kpi-value")
    if mark_id:
        doubt = html.Span(id=mark_id, className="sb-kpi-mark sb-doubtful-text")
        value = html.Div([html.Span(id=value_id), doubt], className="sb-kpi-value")
    named = made_name(card, [*mark, name]) if card else html.Div([*mark, name], className="sb-kpi-name")
    parts = [named, value]
    if note_id:
        parts.append(html.Div(id=note_id, className="sb-kpi-note"))
    return html.Div(parts, className=f"sb-kpi {class_name}".strip())
