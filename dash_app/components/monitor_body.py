"""The monitor page without its data: feed strip, watchlist, what waits, the feed by instrument, legend."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, export_menu, named_select, segments
from dash_app.components.icon import icon
from dash_app.components.pair_header import DEFAULTS, TIMEFRAMES
from dash_app.components.table import Column, data_table, tint

# What the feed strip shows: name, label, unit. Its values come by the ids feed-<name> and feed-<name>-note.
STRIP = (
    ("trades", "trades", "/s"),
    ("lag", "lag, p95 of 10 s", "ms"),
    ("gaps", "gaps since start", ""),
    ("instruments", "instruments", ""),
    ("quotes", "quotes", "/s"),
    ("reconnects", "reconnects", ""),
    ("rejected", "frames rejected", ""),
    ("as-of", "as of, UTC", ""),
)

WATCHLIST_COLUMNS = (
    Column("pair", "pair y / x", rich=True),
    Column("price_y", "price y", numeric=True),
    Column("price_x", "price x", numeric=True),
    Column("beta", "beta", numeric=True),
    Column("z", "z", numeric=True, rich=True),
    Column("bar", "bar", width=102, rich=True),
    Column("spark", "z, last 60 bars", width=150, rich=True),
    Column("half_life", "half-life", numeric=True),
    Column("verdict", "verdict", rich=True),
    Column("signal", "signal", rich=True),
    Column("alert", "last alert, UTC", rich=True),
)
TINTS = [
    *(
        tint(f'{{tone}} = "{tone}"', column, backgroundColor=f"var(--sb-{tone}-soft)", color=f"var(--sb-{tone})")
        for tone in ("long", "short")
        for column in ("z", "bar", "signal")
    ),
    *(tint(f'{{tone}} = "{tone}"', "signal", fontWeight="600") for tone in ("long", "short")),
    *(tint(f'{{tone}} = "{tone}"', "pair", boxShadow=f"inset 3px 0 var(--sb-{tone})") for tone in ("long", "short")),
    {"if": {"filter_query": '{tone} = "stale"'}, "color": "var(--sb-stale)"},
]
UNACKNOWLEDGED_COLUMNS = (
    Column("time", "bar close, UTC"),
    Column("pair", "pair", rich=True),
    Column("what", "what", rich=True),
    Column("logged", "logged", rich=True),
    Column("action", "action", rich=True),
)
FEED_COLUMNS = (
    Column("instrument", "instrument", rich=True),
    Column("state", "state", rich=True),
    Column("rate", "trades/s", numeric=True),
    Column("age", "last trade", numeric=True),
)


def feed_strip() -> html.Section:
    return html.Section([_figure(*entry) for entry in STRIP], className="sb-feed", **attributes(label="Feed"))


def _figure(name: str, label: str, unit: str) -> html.Div:
    value = [html.Span("–", id=f"feed-{name}", className="sb-kpi-value"), html.Span(unit, id=f"feed-{name}-note")]
    return html.Div([html.Div(label, className="sb-kpi-name"), html.Div(value)], className=f"sb-feed-{name}")


def watchlist_box() -> html.Section:
    toolbar = html.Div(
        [
            html.H2("Watchlist"),
            segments(ids.FILTER, {"all": "All", "signal": "Signal", "look": "Needs a look"}, "all", "Rows shown"),
            html.Span(id=ids.WATCHLIST_NOTE, className="sb-dim"),
            html.Div(
                [
                    button(ids.ADD_OPEN, "Add pair", **attributes(controls=ids.ADD_BOX, expanded="false")),
                    export_menu(
                        ids.WATCHLIST_CSV, ids.WATCHLIST_XLSX, "/export/watchlist.csv", "/export/watchlist.xlsx"
                    ),
                ],
                className="sb-tools",
            ),
        ],
        className="sb-toolbar sb-toolbar-watch",
    )
    table = html.Div(data_table(ids.WATCHLIST, WATCHLIST_COLUMNS, TINTS), className="sb-table sb-watchlist")
    empty = html.Div(id=ids.WATCHLIST_EMPTY, className="sb-empty")
    return html.Section([toolbar, _add_box(), table, empty], **attributes(label="Watchlist"))


def _add_box() -> html.Div:
    def leg(identity: str, name: str) -> html.Label:
        return html.Label([html.Span(name), dbc.Select(id=identity, options=[])], className="sb-field")

    def bars(identity: str, name: str, value: str) -> html.Label:
        field = dbc.Input(id=identity, type="text", inputmode="numeric", value=value, maxlength=6, autocomplete="off")
        return html.Label([html.Span(name), field, html.Span("bars")], className="sb-field")

    return html.Div(
        [
            leg(ids.ADD_Y, "y"),
            leg(ids.ADD_X, "x"),
            named_select(ids.ADD_TIMEFRAME, "bars of", [(t, t) for t in TIMEFRAMES], DEFAULTS["timeframe"]),
            bars(ids.ADD_WINDOW, "window", DEFAULTS["window"]),
            bars(ids.ADD_Z_WINDOW, "z-window", DEFAULTS["z_window"]),
            button(ids.ADD, "Watch"),
            html.Span(id=ids.ADD_NOTE, className="sb-note", role="status"),
        ],
        id=ids.ADD_BOX,
        className="sb-add",
        hidden=True,
    )


def lower_lists() -> html.Div:
    waiting = html.Section(
        [
            html.Div(
                [
                    html.H3("Alerts not acknowledged"),
                    html.Span("by bar close, UTC", className="sb-dim"),
                    dcc.Link("All alerts", href="/alerts", className="sb-more"),
                ],
                className="sb-list-head",
            ),
            html.Div(data_table(ids.UNACKNOWLEDGED, UNACKNOWLEDGED_COLUMNS), className="sb-table sb-list"),
            html.Div(id=ids.LOG_NOTE, className="sb-empty"),
        ],
        **attributes(label="Alerts not acknowledged"),
    )
    feed = html.Section(
        [
            html.Div(
                [
                    html.H3("Feed"),
                    html.Span(id=ids.FEED_NOTE, className="sb-dim"),
                    html.Button("All instruments", id="feed-all", className="sb-more", type="button"),
                ],
                className="sb-list-head",
            ),
            html.Div(data_table(ids.FEED_LIST, FEED_COLUMNS), className="sb-table sb-list"),
        ],
        **attributes(label="Feed by instrument"),
    )
    return html.Div([waiting, feed], className="sb-lists")


def legend() -> html.Footer:
    def entry(name: str, tone: str, words: str) -> html.Span:
        return html.Span([icon(name, tone=tone), html.Span(words)])

    return html.Footer(
        [
            html.Span("Verdict:"),
            entry("good", "good", "cointegrated"),
            entry("doubtful", "doubtful-text", "doubtful, tests disagree"),
            entry("bad", "bad-text", "not cointegrated, or broken"),
            html.Span("Signal:"),
            entry("long", "long-text", "long spread"),
            entry("short", "short-text", "short spread"),
            html.Span("Windows in bars: fit / z"),
            html.Span("Prices: last trade; all else at the last closed bar"),
        ],
        className="sb-legend",
    )
