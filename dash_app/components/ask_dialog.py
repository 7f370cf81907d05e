"""The one dialog of all pages: who acknowledges or silences, with what note; which targets a rule has."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, named_select
from engine.desk.changes import MAX_NAME, MAX_NOTE

SCOPES = (("rule", "this rule"), ("pair", "all rules of the pair"))
TIMES = (
    ("15", "15 min"), ("60", "1 h"), ("240", "4 h"), ("480", "8 h"), ("1440", "1 d"), ("10080", "7 d"),
)  # fmt: skip


def ask_dialog() -> html.Dialog:
    def field(identity: str, name: str, longest: int) -> html.Label:
        entry = dbc.Input(id=identity, type="text", value="", maxlength=longest, autocomplete="off")
        return html.Label([html.Span(name), entry], className="sb-field sb-wide-field")

    return html.Dialog(
        [
            html.H2(id="ask-title"),
            html.P(id="ask-words", className="sb-note"),
            html.Div(
                [
                    named_select("ask-scope", "silence", SCOPES, "rule"),
                    named_select("ask-minutes", "for", TIMES, "60"),
                ],
                className="sb-ask-silence",
            ),
            html.Div(id="ask-targets", className="sb-ask-targets", role="group", **attributes(label="Targets")),
            html.Div([field("ask-by", "name", MAX_NAME), field("ask-note", "note", MAX_NOTE)], className="sb-ask-who"),
            html.P(id="ask-refused", className="sb-note sb-refused", role="alert"),
            html.Div(
                [button("ask-do", "", className="sb-control sb-primary"), button("ask-leave", "Cancel")],
                className="sb-ask-buttons",
            ),
        ],
        id=ids.ASK,
        className="sb-ask",
        **attributes(labelledby="ask-title"),
    )
