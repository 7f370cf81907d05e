"""An address where nothing is."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html

from dash_app import ids

dash.register_page(__name__, path="/404", title="Not found · Spreadboard")


def layout(**_query: Any) -> html.Div:
    return html.Div(
        [
            dcc.Store(id=ids.VIEW, data={"page": "none"}),
            html.H1("No such page"),
            html.P(["The pages are listed above; the ", dcc.Link("monitor", href="/"), " shows every watched pair."]),
        ],
        className="sb-page sb-empty",
    )
