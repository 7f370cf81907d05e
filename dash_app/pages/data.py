"""The data page: what there is of each instrument, what analysts bring, and taking data along."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from dash_app import ids
from dash_app.components.address_note import address_note
from dash_app.components.data_body import instruments_box, read_choices

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
        ],
        className="sb-page sb-page-data",
    )


clientside_callback(
    ClientsideFunction("spreadboard", "dataView"),
    Output(ids.DATA_NOTE, "title"),  # unused: the view is set by the function, as its store is the pair page's output
    Input(ids.DATA_TIMEFRAME, "value"),
    Input(ids.DATA_SPAN, "value"),
)
