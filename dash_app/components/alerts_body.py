"""The alerts page without its data: log and rules."""

from __future__ import annotations

from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import export_menu
from dash_app.components.table import Column, data_table

LOG_COLUMNS = (
    Column("time", "bar close, UTC"),
    Column("pair", "pair y / x", rich=True),
    Column("what", "what", rich=True),
    Column("z", "z", numeric=True),
    Column("levels", "fire / clear", numeric=True),
    Column("beta", "beta", numeric=True),
    Column("logged", "logged after close", numeric=True),
    Column("action", "acknowledged", rich=True),
)
RULE_COLUMNS = (
    Column("pair", "pair y / x", rich=True),
    Column("kind", "judges"),
    Column("fire", "fires at |z|", numeric=True),
    Column("clear", "clears at |z|", numeric=True),
    Column("since", "these levels since, UTC", numeric=True),
    Column("state", "state", rich=True),
)


def log_box() -> html.Section:
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Alerts"),
                    html.Span(id=ids.LOG_NOTE, className="sb-dim"),
                    html.Div(
                        export_menu("alerts-csv", "alerts-xlsx", "/export/alerts.csv", "/export/alerts.xlsx"),
                        className="sb-tools",
                    ),
                ],
                className="sb-toolbar",
            ),
            html.Div(data_table(ids.LOG, LOG_COLUMNS), className="sb-table sb-log"),
        ],
        **attributes(label="Alerts"),
    )


def rules_box() -> html.Section:
    return html.Section(
        [
            html.Div([html.H2("Rules"), html.Span(id=ids.RULES_NOTE, className="sb-dim")], className="sb-toolbar"),
            html.Div(data_table(ids.RULES, RULE_COLUMNS), className="sb-table sb-rules"),
        ],
        **attributes(label="Rules"),
    )
