"""The alerts page without its data: the live log."""

from __future__ import annotations

from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, export_menu, named_select, segments
from dash_app.components.explained import explained
from dash_app.components.table import Column, data_table
from dash_app.log_filter import SHOWS
from dash_app.outcome_words import OF_OUTCOMES
from engine.rules.kinds import KINDS

ANY = "any"
SOUND_WORDS = (
    "Two short tones for a new alert, in this browser, once somebody has clicked on the page; at most once in 30 s"
)
LOG_COLUMNS = (
    Column("time", "bar close, UTC"),
    Column("pair", "pair y / x", rich=True),
    Column("what", "what", rich=True),
    Column("kind", "rule"),
    Column("value", "value", numeric=True),
    Column("levels", "fire / clear", numeric=True),
    Column("z", "z", numeric=True),
    Column("beta", "beta", numeric=True),
    Column("logged", "logged after close", numeric=True),
    Column("followed", "what followed"),
    Column("action", "acknowledged", rich=True),
)


def log_box(show: str, kind: str | None) -> html.Section:
    filters = html.Div(
        [
            segments(ids.LOG_SHOW, SHOWS, show, "Alerts shown"),
            named_select(ids.LOG_PAIR, "pair", [(ANY, ANY)], ANY),
            named_select(ids.LOG_KIND, "rule", [(ANY, ANY), *((key.value, key.value) for key in KINDS)], kind or ANY),
            button(ids.LOG_NEWEST, "Newest", disabled=True),
            button(ids.LOG_OLDER, "Older", disabled=True),
        ],
        className="sb-form sb-log-filters",
    )
    tools = html.Div(
        [
            button(ids.SOUND, "Sound off", title=SOUND_WORDS, **attributes(pressed="false")),
            button(ids.ACKNOWLEDGE_ALL, "Acknowledge all shown", disabled=True),
            export_menu("alerts-csv", "alerts-xlsx", "/export/alerts.csv", "/export/alerts.xlsx"),
        ],
        className="sb-tools",
    )
    heading = [html.H2("Alerts"), html.Span(id=ids.LOG_NOTE, className="sb-dim"), tools]
    table = html.Div(
        data_table(ids.LOG, LOG_COLUMNS), className="sb-table sb-log", tabIndex=0, role="region",
        **attributes(label="Log of alerts"),
    )  # fmt: skip
    return html.Section(
        [html.Div(heading, className="sb-toolbar sb-toolbar-alerts"), filters, table, explained(OF_OUTCOMES)],
        **attributes(label="Alerts"),
    )
