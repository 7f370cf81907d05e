"""What surrounds every page: top bar, the clock of the refresh, stores, and the browser's own callbacks."""

from __future__ import annotations

import dash
from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from dash_app import ids
from dash_app.components.ask_dialog import ask_dialog
from dash_app.components.top_bar import NavEntry, top_bar

PAGES = (
    NavEntry("monitor", "Monitor", "/"),
    NavEntry("pair", "Pair", "/pair"),
    NavEntry("market", "Market", "/market"),
    NavEntry("alerts", "Alerts", "/alerts"),
    NavEntry("data", "Data", "/data"),
    NavEntry("system", "System", "/system"),
)
FIRST_PERIOD_MS = 1_000

# The theme is chosen before anything is painted, by a script of its own in the head.
INDEX = """<!DOCTYPE html>
<html lang="en" data-bs-theme="dark">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{%title%}</title>
<script src="/assets/early/theme.js"></script>
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


def shell() -> html.Div:
    return html.Div(
        [
            top_bar(PAGES),
            html.Main(dash.page_container),
            html.Div(id=ids.NOTICE, className="sb-notice", role="status"),
            ask_dialog(),
            dcc.Interval(id=ids.INTERVAL, interval=FIRST_PERIOD_MS),
            *(
                dcc.Store(id=store)
                for store in (ids.REQUEST, ids.TICK, ids.ANSWER, ids.APPLIED, ids.SETTLED, ids.ACT, ids.ACTED)
            ),
            dcc.Store(id=ids.BUSY, data=False),
        ]
    )


def register_shell_callbacks(app: Dash) -> None:
    """The path of a refresh in the browser: view → request → gate → (server) → answer applied."""

    def function(name: str) -> ClientsideFunction:
        return ClientsideFunction("spreadboard", name)

    app.clientside_callback(
        function("request"),
        Output(ids.REQUEST, "data"),
        Input(ids.PAGE_CONTENT, "children"),  # a view that comes with its page fires nothing by itself
        Input(ids.VIEW, "data"),
    )
    app.clientside_callback(
        function("gate"),
        Output(ids.TICK, "data"),
        Input(ids.INTERVAL, "n_intervals"),
        Input(ids.REQUEST, "data"),
    )
    app.clientside_callback(
        function("settled"), Output(ids.SETTLED, "data"), Input(ids.BUSY, "data"), prevent_initial_call=True
    )
    app.clientside_callback(
        function("apply"), Output(ids.APPLIED, "data"), Input(ids.ANSWER, "data"), prevent_initial_call=True
    )
    app.clientside_callback(
        function("acted"), Output(ids.NOTICE, "children"), Input(ids.ACTED, "data"), prevent_initial_call=True
    )
