"""The rules of the alerts page without their data: a table of fields, one more rule, silences."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, named_select
from dash_app.components.table import Column, data_table
from dash_app.rule_fields import ENABLED, FIELDS
from engine.rules.kinds import KINDS

RULE_COLUMNS = (
    Column("pair", "pair y / x", rich=True),
    Column("kind", "judges", rich=True),
    *(Column(name, words, numeric=True, rich=True) for name, words in FIELDS.items()),
    Column("targets", "tells", rich=True),
    Column("since", "these since, UTC", numeric=True),
    Column(ENABLED, "on", rich=True),
    Column("action", "", rich=True),
)
SILENCE_COLUMNS = (
    Column("of", "silenced", rich=True),
    Column("from", "from, UTC", numeric=True),
    Column("until", "until, UTC", numeric=True),
    Column("by", "by", rich=True),
    Column("note", "note", rich=True),
    Column("action", "", rich=True),
)


def rules_box() -> html.Section:
    heading = [
        html.H2("Rules"),
        html.Span(id=ids.RULES_NOTE, className="sb-dim"),
        html.Div(
            button(ids.RULE_OPEN, "Add rule", **attributes(controls=ids.RULE_BOX, expanded="false")),
            className="sb-tools",
        ),
    ]
    table = html.Div(data_table(ids.RULES, RULE_COLUMNS), className="sb-table sb-rules")
    return html.Section(
        [html.Div(heading, className="sb-toolbar"), _add_box(), _sure(), table, _silences()],
        **attributes(label="Rules"),
    )


def _add_box() -> html.Div:
    def level(identity: str, name: str) -> html.Label:
        field = dbc.Input(id=identity, type="text", value="", maxlength=12, autocomplete="off")
        return html.Label([html.Span(name), field], className="sb-field sb-level")

    return html.Div(
        [
            html.Label([html.Span("pair"), dbc.Select(id=ids.RULE_PAIR, options=[])], className="sb-field"),
            named_select(ids.RULE_KIND, "judges", [(key.value, key.value) for key in KINDS], "z"),
            level(ids.RULE_FIRE, FIELDS["fire"]),
            level(ids.RULE_CLEAR, FIELDS["clear"]),
            html.Span(id=ids.RULE_UNIT, className="sb-dim"),
            button(ids.RULE_ADD, "Add"),
            html.Span(id=ids.RULE_ADD_NOTE, className="sb-note", role="status"),
        ],
        id=ids.RULE_BOX,
        className="sb-add",
        hidden=True,
    )


def _sure() -> html.Div:
    """Asked before something is deleted."""
    return html.Div(
        [
            html.Span(id="sure-words"),
            button("sure-delete", "Delete"),
            button("sure-keep", "Keep it"),
        ],
        id=ids.SURE,
        className="sb-form",
        hidden=True,
        role="alertdialog",
        **attributes(labelledby="sure-words"),
    )


def _silences() -> html.Div:
    table = html.Div(data_table(ids.SILENCES, SILENCE_COLUMNS), className="sb-table sb-silences")
    return html.Div([html.H3("Silences"), table], id=ids.SILENCES_BOX, className="sb-silences-box sb-none")
