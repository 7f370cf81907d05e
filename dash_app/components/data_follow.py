"""Which symbols an ingestor follows: one more, and those that do not come yet with the reason."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button
from dash_app.components.table import Column, data_table

COLUMNS = (
    Column("instrument", "instrument", rich=True),
    Column("state", "state", rich=True),
    Column("action", "action", rich=True),
)


def follow_box() -> html.Section:
    symbol = dbc.Input(
        id=ids.FOLLOW_SYMBOL, value="", type="text", autocomplete="off", maxlength=64, placeholder="XYZUSDT",
        list=ids.FOLLOW_SYMBOLS,
    )  # fmt: skip
    return html.Section(
        [
            html.Div([html.H2("Followed"), html.Span(id=ids.FOLLOW_COUNT, className="sb-dim")], className="sb-toolbar"),
            html.Div(
                [
                    html.Label([html.Span("venue"), dbc.Select(id=ids.FOLLOW_VENUE, options=[])], className="sb-field"),
                    html.Label([html.Span("symbol"), symbol], className="sb-field sb-symbol-field"),
                    html.Datalist(id=ids.FOLLOW_SYMBOLS),
                    button(ids.FOLLOW_ADD, "Follow"),
                ],
                className="sb-form",
            ),
            html.Div(data_table(ids.FOLLOW_LIST, COLUMNS), className="sb-table sb-list sb-follow-list"),
        ],
        **attributes(label="Followed"),
    )
