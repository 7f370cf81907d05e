"""Head of the pair page: legs and every parameter of the view."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, named_input, named_select, segments
from dash_app.components.icon import icon
from dash_app.words import symbol

TIMEFRAMES = ("1s", "1m", "5m", "15m", "1h")
METHODS = (
    ("rolling", "rolling OLS"),
    ("kalman", "Kalman"),
    ("ols", "OLS, hindsight"),
    ("tls", "TLS, hindsight"),
    ("fixed", "own ratio"),
)
SHOWN = (("short", "short"), ("normal", "normal"), ("long", "long"), ("all", "all kept"))
DEFAULTS = {
    "timeframe": "1m",
    "method": "rolling",
    "window": "120",
    "z_window": "60",
    "beta": "",
    "scale": "log",
    "field": "close",
}


def pair_header(y: str, x: str, query: Mapping[str, str]) -> html.Div:
    """Controls showing what the address says, valid or not: the server's refusal then stands beside them."""
    value = DEFAULTS | {k: v for k, v in query.items() if k in DEFAULTS}
    return html.Div(
        [
            html.Div(
                [
                    _leg(ids.LEG_Y, "y", y),
                    button(ids.SWAP, icon("swap"), title="Swap y and x", **attributes(label="Swap y and x")),
                    _leg(ids.LEG_X, "x", x),
                    html.Span(y.partition(":")[0], id=ids.VENUE, className="sb-venue"),
                ],
                className="sb-legs",
            ),
            html.Div(
                [
                    html.Button(
                        [
                            html.Span(controls_line(value), id=ids.CONTROLS_LINE),
                            html.Span("Change", className="sb-dim"),
                        ],
                        id=ids.CHANGE,
                        className="sb-control sb-fold",
                        type="button",
                        **attributes(expanded="false", controls="pair-controls"),
                    ),
                    html.Div(_controls(value), className="sb-controls", id="pair-controls"),
                    button(
                        ids.WATCH,
                        [icon("star"), html.Span("Watch")],
                        title="Watch this pair with these parameters: on the Monitor, and for alerts on its z",
                    ),
                    button(ids.COPY, "Copy link", title="Copy the address of exactly this view"),
                ],
                className="sb-how",
            ),
        ],
        className="sb-head",
    )


def controls_line(value: Mapping[str, str]) -> str:
    """The controls in a line, as a narrow screen folds them: whatever they say, possible or not."""
    method = dict(METHODS).get(value["method"], value["method"]).partition(",")[0]
    bars = value["window"] if value["method"] == "kalman" else f"{value['window']} / {value['z_window']}"
    return f"{value['timeframe']} · {method} · {bars} bars · {value['scale']}"


def _leg(identity: str, name: str, instrument: str) -> html.Label:
    options = [{"value": instrument, "label": symbol(instrument)}] if instrument else []
    select = dbc.Select(id=identity, options=options, value=instrument, className=f"sb-leg sb-leg-{name}")
    return html.Label([html.Span(name), select], className=f"sb-leg-field sb-leg-field-{name}")


def _controls(value: Mapping[str, str]) -> list[html.Div | html.Label]:
    return [
        segments(ids.TIMEFRAME, {t: t for t in TIMEFRAMES}, value["timeframe"], "Bar length"),
        named_select(ids.METHOD, "method", METHODS, value["method"]),
        named_input(ids.BETA, "beta", value["beta"], hidden=value["method"] != "fixed", inputmode="decimal", size="6"),
        named_input(ids.WINDOW, "window", value["window"], unit="bars", inputmode="numeric", size="4"),
        named_input(
            ids.Z_WINDOW,
            "z-window",
            value["z_window"],
            unit="bars",
            hidden=value["method"] == "kalman",
            inputmode="numeric",
            size="4",
        ),
        segments(ids.SCALE, {"log": "log", "raw": "raw"}, value["scale"], "Scale of prices"),
        segments(
            ids.FIELD, {"close": "close", "mid": "mid"}, value["field"], "Price: last trade, or mid of bid and ask"
        ),
    ]
