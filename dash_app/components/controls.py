"""Controls with their name inside, as the pages use them; native elements, so that a keyboard reaches all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from dash_app.components.attributes import attributes


def segments(identity: str, choices: Mapping[str, str], value: str, label: str) -> html.Div:
    """One of a few, side by side."""
    return html.Div(
        dbc.RadioItems(
            id=identity,
            options=[{"value": key, "label": text} for key, text in choices.items()],
            value=value,
            className="sb-segments",
            inputClassName="btn-check",
            labelClassName="sb-segment",
            labelCheckedClassName="sb-on",
        ),
        role="group",
        **attributes(label=label),
    )


def named_select(identity: str, label: str, choices: Sequence[tuple[str, str]], value: str) -> html.Label:
    options = [{"value": key, "label": text} for key, text in choices]
    return html.Label([html.Span(label), dbc.Select(id=identity, options=options, value=value)], className="sb-field")


def named_input(
    identity: str, label: str, value: str, *, unit: str = "", hidden: bool = False, **props: Any
) -> html.Label:
    """A short text for a number. The server judges it: what is impossible is refused in words, not ignored."""
    parts = [
        html.Span(label),
        dbc.Input(id=identity, value=value, type="text", debounce=True, autocomplete="off", maxlength=20, **props),
        html.Span(unit) if unit else None,
    ]
    style = {"display": "none"} if hidden else {}
    return html.Label(
        [part for part in parts if part is not None], className="sb-field", id=f"{identity}-field", style=style
    )


def button(identity: str, label: Any, **props: Any) -> html.Button:
    return html.Button(label, **{"id": identity, "className": "sb-control", "type": "button", **props})


def export_menu(csv_id: str, xlsx_id: str, csv_href: str = "", xlsx_href: str = "") -> html.Details:
    """Export of the whole table, at full precision: links, so that a browser saves them itself."""
    links = [
        html.A(name, id=identity, href=href or None, download="")
        for name, identity, href in (("CSV", csv_id, csv_href), ("Excel (XLSX)", xlsx_id, xlsx_href))
    ]
    return html.Details([html.Summary("Export ▾", className="sb-control"), html.Div(links)], className="sb-export")
