"""The alerts page: the live log, the rules that write it, and where messages go."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from dash_app import ids
from dash_app.address import read_address
from dash_app.components.address_note import address_note
from dash_app.components.alerts_body import log_box
from dash_app.components.alerts_rules_body import rules_box
from dash_app.components.alerts_targets_body import deliveries_box, targets_box
from dash_app.components.attributes import attributes
from dash_app.log_filter import left_out, read_filter

dash.register_page(__name__, path="/alerts", title="Alerts · Spreadboard")
FILTERS = ("pair", "kind", "show")


def layout(**query: Any) -> html.Div:
    """The page for an address, without data: those come with the first answer."""
    address = read_address(query, FILTERS)
    chosen = read_filter(address.texts)
    return html.Div(
        [
            dcc.Store(id=ids.VIEW),
            *address_note((*address.left_out, *left_out(address.texts))),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            log_box(chosen.show, chosen.kind),
            rules_box(),
            html.Div([targets_box(), deliveries_box()], className="sb-lists sb-alerts-lists"),
        ],
        className="sb-page sb-page-alerts",
        **attributes(data={"pair": " ".join(chosen.legs or ())}),
    )


clientside_callback(
    ClientsideFunction("spreadboard", "alertsView"),
    Output(ids.LOG_NOTE, "title"),  # unused: the view is set by the function, as its store is the pair page's output
    Input(ids.LOG_SHOW, "value"),
    Input(ids.LOG_PAIR, "value"),
    Input(ids.LOG_KIND, "value"),
)
clientside_callback(
    ClientsideFunction("spreadboard", "kindChosen"),
    Output(ids.RULE_UNIT, "title"),  # unused: the fields are set by the function
    Input(ids.RULE_KIND, "value"),
)
