"""The monitor page: every watched pair, the feed, and what waits for somebody."""

from __future__ import annotations

from typing import Any

import dash
from dash import ClientsideFunction, Input, Output, clientside_callback, dcc, html

from dash_app import ids
from dash_app.components.monitor_body import feed_strip, legend, lower_lists, watchlist_box

dash.register_page(__name__, path="/", title="Monitor · Spreadboard")


def layout(**_query: Any) -> html.Div:
    """The page without data: those come with the first answer."""
    return html.Div(
        [
            dcc.Store(id=ids.VIEW, data={"page": "monitor"}),
            feed_strip(),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            watchlist_box(),
            lower_lists(),
            legend(),
        ],
        className="sb-page sb-page-monitor",
    )


clientside_callback(
    ClientsideFunction("spreadboard", "filterRows"), Output(ids.WATCHLIST_NOTE, "title"), Input(ids.FILTER, "value")
)
