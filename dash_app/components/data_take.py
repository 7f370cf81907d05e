"""Taking data along: which, of what, over which time, as what kind of file."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import named_select, segments
from dash_app.components.pair_header import TIMEFRAMES

KINDS = (("bars", "bars"), ("ticks", "trades"), ("spread", "spread of a pair"), ("features", "features of a pair"))
TIMES = (
    ("1h", "last hour"), ("6h", "last 6 hours"), ("24h", "last 24 hours"), ("7d", "last 7 days"),
    ("all", "all that is kept"), ("own", "from … to"),
)  # fmt: skip
FORMATS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}


def take_box() -> html.Section:
    def leg(identity: str, name: str) -> html.Label:
        return html.Label([html.Span(name), dbc.Select(id=identity, options=[])], className="sb-field")

    def time(identity: str, name: str) -> html.Label:
        entry = dbc.Input(
            id=identity, value="", type="text", debounce=True, autocomplete="off", maxlength=20,
            placeholder="2026-11-21 08:00",
        )  # fmt: skip
        return html.Label([html.Span(name), entry], className="sb-field sb-take-time")

    return html.Section(
        [
            html.Div([html.H2("Exports"), html.Span("times are UTC", className="sb-dim")], className="sb-toolbar"),
            html.Div(
                [
                    named_select(ids.TAKE_KIND, "what", KINDS, "bars"),
                    leg(ids.TAKE_Y, "of"),
                    leg(ids.TAKE_X, "against"),
                    named_select(ids.TAKE_TIMEFRAME, "bars of", [(t, t) for t in TIMEFRAMES], "1m"),
                    named_select(ids.TAKE_SPAN, "time", TIMES, "24h"),
                    time(ids.TAKE_FROM, "from"),
                    time(ids.TAKE_TO, "to"),
                    segments(ids.TAKE_FORMAT, FORMATS, "csv", "Kind of file"),
                    html.A("Save", id=ids.TAKE_LINK, className="sb-control sb-primary", download=""),
                    html.A(
                        "Provenance",
                        id=ids.TAKE_ABOUT,
                        className="sb-control",
                        download="",
                        title="Where these rows come from and their checksum, beside a CSV; the other kinds carry it",
                    ),
                ],
                className="sb-form",
                id="take-form",
                **attributes(data={"kind": "bars", "time": "24h"}),
            ),
            html.P(id=ids.TAKE_NOTE, className="sb-note sb-form-note", role="status"),
        ],
        **attributes(label="Exports"),
    )
