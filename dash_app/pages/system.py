"""The system page: how the board itself is."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html

from dash_app import ids
from dash_app.components.system_body import (
    connections_box,
    feeds_box,
    latencies_box,
    processes_box,
    store_box,
    system_strip,
    versions_box,
)

dash.register_page(__name__, path="/system", title="System · Spreadboard")


def layout(**_query: Any) -> html.Div:
    """The page without data: those come with the first answer."""
    return html.Div(
        [
            dcc.Store(id=ids.VIEW, data={"page": "system"}),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            system_strip(),
            processes_box(),
            html.Div([latencies_box(), html.Div([store_box(), versions_box()])], className="sb-lists sb-system-lists"),
            connections_box(),
            feeds_box(),
        ],
        className="sb-page sb-page-system",
    )
