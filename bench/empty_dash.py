"""The peer of the viewers' measurement: a Dash application whose one callback hands its tick back, and nothing else."""

from __future__ import annotations

from dash import Dash, Input, Output, dcc, html

_app = Dash("empty", enable_mcp=False, add_log_handler=False)
_app.layout = html.Div([dcc.Interval(id="interval"), dcc.Store(id="tick"), dcc.Store(id="answer")])


@_app.callback(Output("answer", "data"), Input("tick", "data"), prevent_initial_call=True)
def _hand_back(tick: dict[str, int]) -> int:
    return tick["n"]


server = _app.server
if server.test_client().get("/").status_code != 200:  # the first requests of fresh threads race otherwise
    raise RuntimeError("the empty application does not answer")
