"""The pair page below its head: KPI strip, tabs, figure, table, rail. Data come with the first answer."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html

from dash_app import ids
from dash_app.components.attributes import attributes
from dash_app.components.controls import button, export_menu, named_select
from dash_app.components.kpi import kpi
from dash_app.components.method_card import made_name
from dash_app.components.pair_header import SHOWN
from dash_app.components.table import Column, data_table
from engine.findings.keys import HALF_LIFE

TABS = {
    "overview": "Overview",
    "hedge": "Hedge ratio",
    "correlation": "Correlation",
    "diagnostics": "Diagnostics",
    "data": "Data",
}
BAR_COLUMNS = (
    Column("close", "bar close, UTC"),
    Column("y", "y", numeric=True),
    Column("x", "x", numeric=True),
    Column("beta", "beta", numeric=True),
    Column("interval", "95 % interval", numeric=True),
    Column("spread", "spread", numeric=True),
    Column("z", "z", numeric=True),
    Column("signal", "signal", rich=True),
    Column("trades", "trades y / x", numeric=True),
    Column("complete", "complete, %", numeric=True),
)


def kpi_strip() -> html.Section:
    hero = html.Div(
        [
            html.Div([made_name("z", [html.Span("z")]), html.Div(id=ids.Z, className="sb-z")]),
            html.Div(
                [
                    html.Div(
                        [made_name("signal", [html.Span("signal")]), html.Span(id=ids.STAGE, className="sb-stage")],
                        className="sb-signal-name",
                    ),
                    html.Div(id=ids.SIGNAL, className="sb-signal"),
                    html.Div(id=ids.SIGNAL_SINCE, className="sb-kpi-note"),
                ]
            ),
        ],
        id=ids.HERO,
        className="sb-hero",
    )
    return html.Section(
        [
            hero,
            kpi("beta", ids.KPI_BETA, ids.KPI_BETA_NOTE, label_id=ids.KPI_BETA_LABEL, mark_id=ids.KPI_BETA_MARK,
                card="beta"),
            kpi("half-life", ids.KPI_HALF_LIFE, ids.KPI_HALF_LIFE_NOTE, label_id=ids.KPI_HALF_LIFE_LABEL,
                card=HALF_LIFE),
            kpi("correlation", ids.KPI_CORRELATION, ids.KPI_CORRELATION_NOTE, card="correlation"),
            kpi("spread", ids.KPI_SPREAD, ids.KPI_SPREAD_NOTE, label_id=ids.KPI_SPREAD_LABEL, card="spread"),
            kpi("y", ids.KPI_Y, ids.KPI_Y_NOTE, label_id=ids.KPI_Y_LABEL, swatch="y"),
            kpi("x", ids.KPI_X, ids.KPI_X_NOTE, label_id=ids.KPI_X_LABEL, swatch="x"),
            kpi("as of, UTC", ids.AS_OF, ids.AS_OF_AGO, class_name="sb-kpi-as-of"),
        ],
        className="sb-kpis",
        **attributes(label="Now"),
    )  # fmt: skip


def tab_strip(tab: str, show: str) -> html.Div:
    names = [
        html.Button(
            label, id=f"tab-{key}", className="sb-tab" + (" sb-on" if key == tab else ""), type="button", role="tab",
            **attributes(selected=str(key == tab).lower(), controls="tab-panel", data={"tab": key}),
        )
        for key, label in TABS.items()
    ]  # fmt: skip
    note = html.Div([html.Span(id=ids.SHOWN), named_select(ids.SHOW, "show", SHOWN, show)], className="sb-shown")
    return html.Div([html.Div(names, className="sb-tabs", role="tablist", id=ids.TABS), note], className="sb-tab-row")


def figure_box() -> html.Div:
    graph = dcc.Graph(
        id=ids.FIGURE,
        figure={"data": [], "layout": {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
                                       "xaxis": {"visible": False}, "yaxis": {"visible": False}}},
        config={"displayModeBar": False, "responsive": True, "doubleClick": "reset"},
        className="sb-graph",
    )  # fmt: skip
    return html.Div([graph, html.Div(id=ids.READOUT, className="sb-readout")], id=ids.FIGURE_BOX, className="sb-figure")


def bars_box() -> html.Section:
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
            html.Div(data_table(ids.BARS, BAR_COLUMNS), className="sb-table sb-bars"),
        ],
        id=ids.BARS_BOX,
        **attributes(label="Bars"),
    )


def verdict_card() -> html.Section:
    children = [html.Div(id=ids.VERDICT), html.P(id=ids.READING, className="sb-reading")]
    checks = html.Details(
        [html.Summary(id="checks-summary"), html.Div(id="checks")], id="checks-fold", className="sb-checks", open=True
    )
    return html.Section([*children, checks], className="sb-card sb-verdict", **attributes(label="Verdict"))


def rail() -> html.Div:
    return html.Div(
        [
            _card("Signals and alerts", html.Div(id=ids.SIGNALS)),
            _card("Thresholds of |z|, for all pages and alerts", _thresholds()),
            _card("Beta by method, same window", html.Div(id=ids.BETAS)),
            _card("How often z is far out", html.Div(id=ids.HONEST_Z)),
            _card("Data in view", html.Div(id=ids.DATA_IN_VIEW)),
        ],
        className="sb-rail-rest",
    )


def _card(name: str, content: html.Div) -> html.Section:
    return html.Section([html.H3(name), content], className="sb-card")


def _thresholds() -> html.Div:
    def level(identity: str, name: str) -> html.Label:
        entry = dbc.Input(id=identity, type="text", inputmode="decimal", maxlength=8, autocomplete="off")
        return html.Label([html.Span(name), entry], className="sb-field")

    return html.Div(
        [
            level(ids.THRESHOLD_ENTRY, "entry"),
            level(ids.THRESHOLD_EXIT, "exit"),
            button(ids.THRESHOLD_APPLY, "Apply"),
            html.Div(id=ids.THRESHOLD_NOTE, className="sb-note", role="status"),
        ],
        className="sb-thresholds",
    )
