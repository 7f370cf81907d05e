"""The diagnostics tab: every test with its direction, statistic, p, lags and n, and what each asks."""

from __future__ import annotations

from typing import Any

from dash import html

from dash_app import ids
from dash_app.figures.view import PairView
from dash_app.words import clock, duration, number, p_value, signed
from engine.diagnosis import Cointegration, Diagnosis, Reversion, UnitRoot

Props = dict[str, dict[str, Any]]


def diagnostics_props(view: PairView, diagnosis: Diagnosis | None) -> Props:
    if diagnosis is None:
        text = "Not tested yet. The tests run at their own pace for pairs watched or looked at; they need 120 bars."
        return {ids.DIAGNOSTICS: {"children": html.P(text, className="sb-empty")}}
    p = view.parameters
    scale = "log prices" if view.log else "prices"
    intro = (
        f"Tested at the bar closed {clock(diagnosis.as_of_ms)} UTC, "
        f"on {diagnosis.bars} closed {p.timeframe} bars of {scale}. "
        "A p-value that dips once is no proof: the tests run again and again."
    )
    y, x = view.y.symbol, view.x.symbol
    tests = [
        _row(f"Engle–Granger, {y} on {x}", "no cointegration", diagnosis.y_on_x),
        _row(f"Engle–Granger, {x} on {y}", "no cointegration", diagnosis.x_on_y),
        _row(f"ADF, {y}", "a unit root", diagnosis.unit_root_y),
        _row(f"ADF, {x}", "a unit root", diagnosis.unit_root_x),
    ]
    heads = ("test", "null hypothesis", "statistic", "p", "lags", "n", "beta")
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(name, scope="col") for name in heads])),
            html.Tbody(tests),
        ]
    )
    notes = [
        html.P(
            "Constant included; lags by AIC over one common sample; Engle–Granger p by MacKinnon's response surface."
        ),
        html.P("Legs are to have a unit root each (a high p in their ADF), and their combination none (a low p)."),
    ]
    content = [html.P(intro), html.Div(table, className="sb-tests"), *notes, _half_life(view, diagnosis.reversion)]
    return {ids.DIAGNOSTICS: {"children": content}}


def _row(name: str, null: str, test: UnitRoot | Cointegration) -> html.Tr:
    head = html.Th(name, scope="row")
    if test.stat is None:
        return html.Tr([head, html.Td(null), html.Td(f"no result: {test.reason}", colSpan=5)])
    beta = number(test.beta, 4) if isinstance(test, Cointegration) else ""
    p = p_value(test.p_value).removeprefix("p ")
    cells = (signed(test.stat, 2), p, str(test.lags), str(test.n), beta)
    return html.Tr([head, html.Td(null), *(html.Td(cell, className="sb-num") for cell in cells)])


def _half_life(view: PairView, found: Reversion) -> html.P:
    bar_s = view.bar_ms / 1000
    if found.bars is None:
        return html.P(f"Half-life of the spread: none. {found.reason}")
    low = duration(None if found.low is None else found.low * bar_s)
    high = "unbounded" if found.high is None else duration(found.high * bar_s)
    length = duration(found.bars * bar_s)
    return html.P(f"Half-life of the spread: {length} ({number(found.bars, 1)} bars), 95 % interval {low} – {high}.")
