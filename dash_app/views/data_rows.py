"""Rows of the data page's table: how whole each instrument's bars are, and what its prices did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from dash_app.components.cells import text
from dash_app.components.data_body import COLUMNS
from dash_app.views.data_followed import followed_cell
from dash_app.words import bar_time, moment, number, price_digits, signed, symbol
from engine.data_stats import BarStatistics, Cell
from engine.data_table import DataView, InstrumentData
from engine.desk.types import FollowedInstrument
from engine.parameters import Timeframe

STRIP_HEIGHT = 14
_SOURCES = {"TRADES": "trades", "KLINES": "klines", "TICKER": "ticker", "UPLOAD": "upload"}
_MARKS = {Cell.WHOLE: ("whole", 5, 4), Cell.TRADES_MISSING: ("lacking", 3, 8), Cell.BAR_ABSENT: ("absent", 0, 14)}


def data_rows(view: DataView, followed: Sequence[FollowedInstrument], now_ms: int) -> list[dict[str, str]]:
    """One row for each instrument, in the order of the view; blank where nothing is known."""
    by_id, venues = {each.id: each for each in followed}, list(dict.fromkeys(each.venue for each in followed))
    return [
        {**_row(each, view.timeframe.ms, now_ms), "followed": followed_cell(each.id, by_id, venues)}
        for each in view.instruments
    ]


def _row(each: InstrumentData, bar_ms: int, now_ms: int) -> dict[str, str]:
    out = dict.fromkeys((column.id for column in COLUMNS), "") | {
        "id": each.id,
        "instrument": _name(each.id),
        "first": _when(each.first_ms, bar_ms, now_ms),
        "gaps": _gaps(each),
    }
    if Timeframe(each.info.finest).ms > bar_ms:
        return out | {"strip": f'<span class="sb-dim">bars of {each.info.finest} and up</span>'}
    return out if each.bars is None else out | _kept(each.bars, bar_ms, now_ms) | _prices(each, each.bars)


def _name(instrument: str) -> str:
    venue = instrument.partition(":")[0]
    link = f'<a class="sb-pair" href="/market/{text(instrument)}"><b>{text(symbol(instrument))}</b></a>'
    return f'{link} <span class="sb-venue">{text(venue)}</span>'


def _kept(bars: BarStatistics, bar_ms: int, now_ms: int) -> dict[str, str]:
    return {
        "strip": strip_svg(bars.strip, strip_words(bars)),
        "bars": number(bars.bars, 0),
        "absent": _count(bars.absent, "bad-text"),
        "complete": _complete(bars),
        "trades": number(bars.trades, 0),
        "source": ", ".join(_SOURCES[source.name] for source, _ in bars.sources),
        "last_bar": _when(bars.last_ms, bar_ms, now_ms),
    }


def _prices(each: InstrumentData, bars: BarStatistics) -> dict[str, str]:
    digits, returns = price_digits(each.info.tick_size), bars.returns
    out = {name: number(getattr(bars, name), digits) for name in ("last", "mean", "low", "high")}
    if returns is None:
        return out
    return out | {
        "return": signed(1e4 * returns.mean, 3),
        "sd": number(1e4 * returns.sd, 2),
        "skew": signed(returns.skew, 2),
        "kurtosis": signed(returns.kurtosis, 2),
    }


def _when(ms: int | None, bar_ms: int, now_ms: int) -> str:
    """A time of today's, or a day with its time."""
    words = moment(ms, now_ms)
    return bar_time(ms, bar_ms) if len(words) == len("00:00:00") else words


def _gaps(each: InstrumentData) -> str:
    states = ((each.gaps_open, "open", "doubtful-text"), (each.gaps_lost, "lost", "bad-text"))
    words = [f'<span class="sb-{tone}">{number(count, 0)} {name}</span>' for count, name, tone in states if count]
    return ", ".join(words) or '<span class="sb-dim">0</span>'


def _complete(bars: BarStatistics) -> str:
    """Never 100 where something lacks."""
    if bars.completeness is None:
        return '<span class="sb-dim">unknown</span>'
    share = 100 * bars.completeness
    return "100" if bars.completeness == 1 else number(min(share, 99.99), 2)


def _count(value: int, tone: str) -> str:
    return f'<span class="sb-{tone}">{number(value, 0)}</span>' if value else '<span class="sb-dim">0</span>'


def strip_words(bars: BarStatistics) -> str:
    words = f"{bars.bars:,} of {bars.slots:,} bars"
    absent = f", {bars.absent:,} absent" if bars.absent else ""
    return words + absent + (f", {bars.incomplete:,} with trades missing" if bars.incomplete else "")


def strip_svg(strip: NDArray[np.uint8], label: str) -> str:
    """A line where bars are, taller and in a colour where they lack something, nothing before the first."""
    marks = "".join(
        f'<rect x="{start}" y="{y}" width="{width}" height="{height}" class="sb-{name}"></rect>'
        for start, width, (name, y, height) in _runs(strip)
    )
    return (
        f'<svg class="sb-strip" viewBox="0 0 {len(strip)} {STRIP_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{marks}</svg>'
    )


def _runs(strip: NDArray[np.uint8]) -> Iterator[tuple[int, int, tuple[str, int, int]]]:
    start = 0
    for cell, run in groupby(strip.tolist()):
        width = len(list(run))
        if cell != Cell.BEFORE:
            yield start, width, _MARKS[Cell(cell)]
        start += width
