"""The alerts page: the live log, and the rules that write it."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html

from dash_app import ids
from dash_app.components.alerts_body import log_box, rules_box

dash.register_page(__name__, path="/alerts", title="Alerts · Spreadboard")


def layout(**_query: Any) -> html.Div:
    """The page without data: those come with the first answer."""
    return html.Div(
        [
            dcc.Store(id=ids.VIEW, data={"page": "alerts"}),
            html.Div(id=ids.STATE, className="sb-state", role="status"),
            log_box(),
            rules_box(),
        ],
        className="sb-page sb-page-alerts",
    )
