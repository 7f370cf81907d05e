"""The market page without its data: instrument, indicators, strip, figure and table."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, export_menu, named_select, segments
from dash_app.components.kpi import kpi
from dash_app.components.method_card import made_name
from dash_app.components.pair_header import SHOWN, TIMEFRAMES
from dash_app.components.table import Column, data_table
from dash_app.words import symbol
from engine.market.parameters import OFF, MarketParameters

DEFAULTS = MarketParameters("").query
BAR_COLUMNS = (
    Column("close_time", "bar close, UTC"),
    Column("open", "open", numeric=True),
    Column("high", "high", numeric=True),
    Column("low", "low", numeric=True),
    Column("close", "close", numeric=True),
    Column("volume", "volume", numeric=True),
    Column("trades", "trades", numeric=True),
    Column("flow", "bought less sold, %", numeric=True),
    Column("sma", "SMA", numeric=True),
    Column("ema", "EMA", numeric=True),
    Column("vwap", "VWAP", numeric=True),
    Column("bands", "Bollinger", numeric=True),
    Column("volatility", "volatility, bp a bar", numeric=True),
    Column("complete", "complete, %", numeric=True),
)


GAP_COLUMNS = (
    Column("between", "between, UTC"),
    Column("missing", "trades"),
    Column("fate", "what becomes of them", rich=True),
    Column("ids", "trade ids", numeric=True),
    Column("changed", "as of, UTC", numeric=True),
)


def market_header(instrument: str, query: Mapping[str, str]) -> html.Div:
    """Controls showing what the address says, valid or not: the server's refusal then stands beside them."""
    value = DEFAULTS | {k: v for k, v in query.items() if k in DEFAULTS}
    options = [{"value": instrument, "label": symbol(instrument)}] if instrument else []
    select = dbc.Select(id=ids.INSTRUMENT, options=options, value=instrument, className="sb-leg")
    return html.Div(
        [
            html.Div(
                [
                    html.Label([html.Span("instrument"), select], className="sb-leg-field sb-leg-field-y"),
                    html.Span(instrument.partition(":")[0], id=ids.VENUE, className="sb-venue"),
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
                        id=ids.CHANGE, className="sb-control sb-fold", type="button",
                        **attributes(expanded="false", controls="pair-controls"),
                    ),
                    html.Div(_controls(value), className="sb-controls", id="pair-controls"),
                    button(ids.COPY, "Copy link", title="Copy the address of exactly this view"),
                ],
                className="sb-how",
            ),
        ],
        className="sb-head",
    )  # fmt: skip


def controls_line(value: Mapping[str, str]) -> str:
    """The controls in a line, as a narrow screen folds them: whatever they say, possible or not."""
    names = (("sma", "SMA"), ("ema", "EMA"), ("bollinger", "Bollinger"))
    spans = [f"{name} {value[key]}" for key, name in names if value[key] != OFF]
    return " · ".join([value["timeframe"], *spans, *(["VWAP"] if value["vwap"] != OFF else [])])


def _controls(value: Mapping[str, str]) -> list[html.Div | html.Label]:
    def on(name: str, on_id: str, span_id: str, key: str, title: str) -> html.Div:
        return _indicator(name, on_id, span_id, value=value[key], default=DEFAULTS[key], title=title)

    bands = "Bollinger's bands, two population deviations around the mean"
    return [
        segments(ids.MARKET_TIMEFRAME, {t: t for t in TIMEFRAMES}, value["timeframe"], "Bar length"),
        on("SMA", ids.SMA_ON, ids.SMA, "sma", "Simple moving average"),
        on("EMA", ids.EMA_ON, ids.EMA, "ema", "Exponential moving average"),
        on("Bollinger", ids.BOLLINGER_ON, ids.BOLLINGER, "bollinger", bands),
        on("VWAP", ids.VWAP_ON, "", "vwap", "Volume-weighted average price since the UTC day began; on 1s the hour"),
    ]


def _indicator(name: str, on_id: str, span_id: str, *, value: str, default: str, title: str) -> html.Div:
    """On or off, and its span in bars where it has one."""
    on = value != OFF
    switch = dbc.Checkbox(id=on_id, value=on, label=name, className="sb-switch")
    parts = [switch]
    if span_id:
        span = value if on else default
        entry = dbc.Input(
            id=span_id, value=span, type="text", inputmode="numeric", debounce=True, autocomplete="off", maxlength=20,
            size="3",
        )  # fmt: skip
        parts.append(html.Label([html.Span(f"{name}, ", className="visually-hidden"), entry, html.Span("bars")]))
    return html.Div(parts, className="sb-field", title=title)


def market_strip() -> html.Section:
    def hero(name: Component, value_id: str, note_id: str, class_name: str) -> html.Div:
        return html.Div(
            [
                name,
                html.Div(id=value_id, className=class_name),
                html.Div(id=note_id, className="sb-kpi-note"),
            ]
        )

    price = html.Div("last price", className="sb-kpi-name")
    change = made_name("change", [html.Span("change")])
    return html.Section(
        [
            html.Div(
                [
                    hero(price, ids.PRICE, ids.PRICE_NOTE, "sb-signal sb-price"),
                    hero(change, ids.CHANGE_SINCE, ids.CHANGE_SINCE_NOTE, "sb-signal"),
                ],
                className="sb-hero sb-hero-none",
            ),
            kpi("mark price, funding", ids.KPI_FUNDING, ids.KPI_FUNDING_NOTE, class_name="sb-kpi-perpetual"),
            kpi("VWAP", ids.KPI_VWAP, ids.KPI_VWAP_NOTE, label_id=ids.KPI_VWAP_LABEL, card="vwap"),
            kpi("volatility, a year", ids.KPI_VOLATILITY, ids.KPI_VOLATILITY_NOTE, card="volatility"),
            kpi("trades a second", ids.KPI_RATE, ids.KPI_RATE_NOTE, card="rate"),
            kpi("volume", ids.KPI_VOLUME, ids.KPI_VOLUME_NOTE, label_id=ids.KPI_VOLUME_LABEL, card="volume"),
            kpi("bought less sold", ids.KPI_FLOW, ids.KPI_FLOW_NOTE, card="flow"),
            kpi("complete", ids.KPI_COMPLETE, ids.KPI_COMPLETE_NOTE, card="complete"),
            kpi("as of, UTC", ids.AS_OF, ids.AS_OF_AGO, class_name="sb-kpi-as-of"),
        ],
        className="sb-kpis",
        **attributes(label="Now"),
    )


def shown_line(show: str) -> html.Div:
    note = html.Div([html.Span(id=ids.SHOWN), named_select(ids.MARKET_SHOW, "show", SHOWN, show)], className="sb-shown")
    return html.Div([html.Div(), note], className="sb-tab-row")


def market_figure_box() -> html.Div:
    nothing = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
    hidden = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    graph = dcc.Graph(
        id=ids.MARKET_FIGURE,
        figure={"data": [], "layout": nothing | hidden},
        config={"displayModeBar": False, "responsive": True, "doubleClick": "reset"},
        className="sb-graph",
    )
    figure = html.Div(
        [graph, html.Div(id=ids.READOUT, className="sb-readout")], id=ids.FIGURE_BOX, className="sb-figure"
    )
    # On a narrow screen the figure has no room for its indicators' values: the browser writes them here.
    return html.Div([html.Dl(id=ids.INDICATORS, className="sb-indicators"), figure])


def market_bars_box() -> html.Section:
    pager = [
        html.Button("‹", id="bars-newer", className="sb-step", type="button", **attributes(label="Newer bars")),
        html.Button("›", id="bars-older", className="sb-step", type="button", **attributes(label="Older bars")),
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Bars"),
                    html.Span(id=ids.BARS_RANGE, className="sb-dim"),
                    html.Span(pager, className="sb-pager"),
                    export_menu(ids.EXPORT_CSV, ids.EXPORT_XLSX),
                ],
                className="sb-toolbar",
            ),
            html.Div(
                data_table(ids.BARS, BAR_COLUMNS), className="sb-table sb-market-bars sb-scroll", tabIndex=0,
                role="region", **attributes(label="All columns of the bars, scrolled sideways"),
            ),
        ],
        id=ids.BARS_BOX,
        **attributes(label="Bars"),
    )  # fmt: skip


def market_gaps_box() -> html.Section:
    head = html.Div([html.H2("Gaps"), html.Span(id=ids.GAPS_NOTE, className="sb-dim")], className="sb-toolbar")
    table = html.Div(
        data_table(ids.GAPS, GAP_COLUMNS), className="sb-table sb-market-gaps sb-scroll", tabIndex=0,
        role="region", id=ids.GAPS_BOX, hidden=True, **attributes(label="All columns of the gaps, scrolled sideways"),
    )  # fmt: skip
    return html.Section([head, table], **attributes(label="Gaps"))
