"""The rules of the alerts page without their data: a table of fields, one more rule, silences."""

from __future__ import annotations

from dash import html

from dash_app import ids
from dash_app.components.alerts_rule_form import rule_form
from dash_app.components.attributes import attributes
from dash_app.components.controls import button
from dash_app.components.explained import explained
from dash_app.components.table import Column, data_table
from dash_app.outcome_words import OF_HITS
from dash_app.rule_fields import ENABLED, FIELDS

RULE_COLUMNS = (
    Column("pair", "pair y / x", rich=True),
    Column("kind", "judges", rich=True),
    *(Column(name, words, numeric=True, rich=True) for name, words in FIELDS.items()),
    Column("targets", "tells", rich=True),
    Column("hits", "z came back", rich=True),
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
        [html.Div(heading, className="sb-toolbar"), rule_form(), _sure(), table, explained(OF_HITS), _silences()],
        **attributes(label="Rules"),
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
