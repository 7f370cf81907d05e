"""The data page: what there is of each instrument, what analysts bring, and taking data along."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

from dash_app import ids
from dash_app.components.address_note import address_note
from dash_app.components.data_body import instruments_box, read_choices
from dash_app.components.data_bring import bring_box, uploads_box
from dash_app.components.data_follow import follow_box
from dash_app.components.data_take import take_box

dash.register_page(__name__, path="/data", title="Data · Spreadboard")


def layout(**query: Any) -> html.Div:
    """The page for an address, without data: what the address says and cannot be is left out, and said."""
    chosen = read_choices(query)
    return html.Div(
        [
            dcc.Store(id=ids.VIEW),
            *address_note(chosen.left_out),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            instruments_box(chosen.texts),
            html.Div(
                [html.Div([follow_box(), take_box()]), html.Div([bring_box()])],
                className="sb-lists sb-data-boxes",
            ),
            uploads_box(),
        ],
        className="sb-page sb-page-data",
    )


clientside_callback(
    ClientsideFunction("spreadboard", "dataView"),
    Output(ids.DATA_NOTE, "title"),  # unused: the view is set by the function, as its store is the pair page's output
    Input(ids.DATA_TIMEFRAME, "value"),
    Input(ids.DATA_SPAN, "value"),
)
clientside_callback(
    ClientsideFunction("spreadboard", "takeLink"),
    Output(ids.TAKE_LINK, "href"),
    Output(ids.TAKE_ABOUT, "href"),
    Output(ids.TAKE_NOTE, "children"),
    Input(ids.TAKE_KIND, "value"),
    Input(ids.TAKE_Y, "value"),
    Input(ids.TAKE_X, "value"),
    Input(ids.TAKE_TIMEFRAME, "value"),
    Input(ids.TAKE_SPAN, "value"),
    Input(ids.TAKE_FROM, "value"),
    Input(ids.TAKE_TO, "value"),
    Input(ids.TAKE_FORMAT, "value"),
)
clientside_callback(
    ClientsideFunction("spreadboard", "bringFile"),
    Output(ids.BRING_STATE, "title"),  # unused: what comes of it is set by the function, when the server has read it
    Input(ids.BRING_FILE, "contents"),
    State(ids.BRING_FILE, "filename"),
    prevent_initial_call=True,
)
