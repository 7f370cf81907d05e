"""The data page without its data: what there is of each instrument, and taking it along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dash_app import ids
from dash_app.address import Address, read_address
from dash_app.components.attributes import attributes
from dash_app.components.controls import segments
from dash_app.components.pair_header import TIMEFRAMES
from dash_app.components.table import Column, data_table
from engine.data_stats import Span

SPANS = tuple(span.value for span in Span)
DEFAULTS = {"timeframe": "1m", "span": "24h"}
_CHOICES = {"timeframe": TIMEFRAMES, "span": SPANS}
COLUMNS = (
    Column("instrument", "instrument", rich=True),
    Column("followed", "followed", rich=True),
    Column("strip", "bars of the span", width=112, rich=True),
    Column("bars", "bars", numeric=True),
    Column("absent", "absent", numeric=True, rich=True),
    Column("complete", "complete, %", numeric=True, rich=True),
    Column("trades", "trades", numeric=True),
    Column("gaps", "gaps", numeric=True, rich=True),
    Column("source", "made of"),
    Column("first", "first, UTC"),
    Column("last_bar", "last, UTC", rich=True),
    Column("last", "last price", numeric=True),
    Column("mean", "mean", numeric=True),
    Column("low", "low", numeric=True),
    Column("high", "high", numeric=True),
    Column("return", "return, bp", numeric=True),
    Column("sd", "sd, bp", numeric=True),
    Column("skew", "skew", numeric=True),
    Column("kurtosis", "kurtosis", numeric=True),
)


def read_choices(query: Mapping[str, Any]) -> Address:
    """Bar length and span of an address; what is none of those that there are is left out, and said."""
    address = read_address(query, tuple(DEFAULTS))
    value, left_out = dict(DEFAULTS), list(address.left_out)
    for name, choices in _CHOICES.items():
        given = address.texts.get(name, value[name])
        if given in choices:
            value[name] = given
        else:
            left_out.append(f"The address has {name} = {given}, which is none of {', '.join(choices)}: it is left out")
    return Address(value, tuple(left_out))


def instruments_box(value: Mapping[str, str]) -> html.Section:
    toolbar = html.Div(
        [
            html.H2("Instruments"),
            segments(ids.DATA_TIMEFRAME, {t: t for t in TIMEFRAMES}, value["timeframe"], "Bar length"),
            segments(ids.DATA_SPAN, {s: s for s in SPANS}, value["span"], "Time looked at, back from the last bar"),
            html.Span(id=ids.DATA_NOTE, className="sb-dim"),
        ],
        className="sb-toolbar sb-toolbar-watch sb-toolbar-data",
    )
    table = html.Div(
        data_table(ids.DATA_TABLE, COLUMNS), className="sb-table sb-data sb-scroll", tabIndex=0, role="region",
        **attributes(label="All columns of the instruments, scrolled sideways"),
    )  # fmt: skip
    return html.Section([toolbar, table, html.Div(id=ids.DATA_EMPTY, className="sb-empty"), _legend()])


def _legend() -> html.Footer:
    def entry(name: str, words: str) -> html.Span:
        return html.Span([html.Span(className=f"sb-strip-key sb-key-{name}"), html.Span(words)])

    return html.Footer(
        [
            entry("whole", "bars there"),
            entry("lacking", "some of their trades missing"),
            entry("absent", "bars absent"),
            html.Span("Completeness: share of the trade ids, where a source has ids"),
            html.Span("Return: mean log return of one bar, none across an absent bar; sd with n − 1"),
            html.Span("Skewness and excess kurtosis of the returns, adjusted for their number"),
        ],
        className="sb-legend",
    )
