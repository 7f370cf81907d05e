"""The market page: one instrument's bars and indicators, all of it in its address."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from dash_app import ids
from dash_app.address import read_address
from dash_app.components.address_note import address_note
from dash_app.components.market_body import (
    DEFAULTS,
    market_bars_box,
    market_figure_box,
    market_gaps_box,
    market_header,
    market_strip,
    shown_line,
)
from dash_app.components.pair_header import SHOWN

dash.register_page(__name__, path_template="/market/<instrument>", path="/market", title="Market · Spreadboard")


def layout(instrument: str = "", **query: Any) -> html.Div:
    """The page for an address, without data and without judging the address: that is done at the first tick."""
    address = read_address({"instrument": instrument, **query}, (*DEFAULTS, "instrument", "show"))
    texts = address.texts
    show = texts.get("show") if texts.get("show") in dict(SHOWN) else "normal"
    return html.Div(
        [
            dcc.Store(id=ids.VIEW),
            market_header(texts["instrument"][:100], texts),
            *address_note(address.left_out),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            market_strip(),
            shown_line(str(show)),
            html.P(id=ids.NOTHING, className="sb-empty sb-nothing"),
            market_figure_box(),
            market_bars_box(),
            market_gaps_box(),
        ],
        className="sb-page sb-page-market",
    )


clientside_callback(
    ClientsideFunction("spreadboard", "marketView"),
    Output(ids.SHOWN, "title"),  # unused: the view is set by the function, as its store is the pair page's output
    Input(ids.INSTRUMENT, "value"),
    Input(ids.MARKET_TIMEFRAME, "value"),
    Input(ids.SMA_ON, "value"),
    Input(ids.SMA, "value"),
    Input(ids.EMA_ON, "value"),
    Input(ids.EMA, "value"),
    Input(ids.BOLLINGER_ON, "value"),
    Input(ids.BOLLINGER, "value"),
    Input(ids.VWAP_ON, "value"),
    Input(ids.MARKET_SHOW, "value"),
)
