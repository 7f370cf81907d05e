"""The pair page: all parameters in its address, both ways."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, State, clientside_callback, dcc, html

from dash_app import ids
from dash_app.address import read_address, without_idle_ratio
from dash_app.components.address_note import address_note
from dash_app.components.attributes import attributes
from dash_app.components.features_box import features_box
from dash_app.components.pair_body import (
    TABS,
    bars_box,
    figure_box,
    kpi_strip,
    rail,
    tab_strip,
    verdict_card,
)
from dash_app.components.pair_header import DEFAULTS, SHOWN, pair_header
from dash_app.components.pair_timeline import timeline_box

dash.register_page(__name__, path_template="/pair/<y>/<x>", path="/pair", title="Pair · Spreadboard")


def layout(y: str = "", x: str = "", **query: Any) -> html.Div:
    """The page for an address, without data and without judging the address: that is done at the first tick."""
    address = without_idle_ratio(read_address({"y": y, "x": x, **query}, (*DEFAULTS, "y", "x", "show", "tab")))
    texts = address.texts
    y, x = texts["y"][:100], texts["x"][:100]
    tab = texts.get("tab") if texts.get("tab") in TABS else "overview"
    show = texts.get("show") if texts.get("show") in dict(SHOWN) else "normal"
    return html.Div(
        [
            dcc.Store(id=ids.VIEW),
            pair_header(y, x, texts),
            *address_note(address.left_out),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            html.Div(id=ids.WARMING, className="sb-warming"),
            kpi_strip(),
            html.Div(
                [
                    html.Div(
                        [
                            tab_strip(str(tab), str(show)),
                            html.Div(
                                [
                                    html.Div(id=ids.DIAGNOSTICS, className="sb-diagnostics"),
                                    html.P(id=ids.NOTHING, className="sb-empty sb-nothing"),
                                    figure_box(),
                                    bars_box(),
                                    features_box(),
                                ],
                                id="tab-panel",
                                role="tabpanel",
                            ),
                            timeline_box(),
                        ],
                        className="sb-main",
                    ),
                    html.Aside([verdict_card(), rail()], className="sb-rail"),
                ],
                className="sb-columns",
            ),
        ],
        className="sb-page sb-page-pair",
        id=ids.PAIR,
        **attributes(data={"tab": str(tab)}),
    )


clientside_callback(
    ClientsideFunction("spreadboard", "pairView"),
    Output(ids.VIEW, "data"),
    Input(ids.LEG_Y, "value"),
    Input(ids.LEG_X, "value"),
    Input(ids.TIMEFRAME, "value"),
    Input(ids.METHOD, "value"),
    Input(ids.BETA, "value"),
    Input(ids.WINDOW, "value"),
    Input(ids.Z_WINDOW, "value"),
    Input(ids.SCALE, "value"),
    Input(ids.FIELD, "value"),
    Input(ids.SHOW, "value"),
)
clientside_callback(
    ClientsideFunction("spreadboard", "swapLegs"),
    Output(ids.LEG_Y, "value"),
    Output(ids.LEG_X, "value"),
    Input(ids.SWAP, "n_clicks"),
    State(ids.LEG_Y, "value"),
    State(ids.LEG_X, "value"),
    prevent_initial_call=True,
)
