"""The rail's card on the data of the bars shown: gaps, trades missing, and how complete the window of the fit is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from dash import html
from numpy.typing import NDArray

from dash_app import ids
from dash_app.components.icon import icon
from dash_app.figures.geometry import Run, gap_runs
from dash_app.figures.incomplete import within_run
from dash_app.figures.view import PairView, close_times
from dash_app.gap_words import gap_times, gap_words, share_words, unfilled
from dash_app.views.pair_rail import rail_as_of, rail_line
from dash_app.views.readings import complete_share
from dash_app.words import bar_time
from engine.completeness import missing_trades
from engine.rows import Note
from engine.views import GapRecord

Props = dict[str, dict[str, Any]]
MAX_GAPS = 3


def data_props(view: PairView) -> Props:
    """What is there of the bars shown, and of those that the last bar's hedge was fitted on."""
    rows = view.rows
    lines = [*_gap_lines(view), *_trade_lines(rows)]
    lines.append(rail_line([html.Span("Bars complete, where known")], share_words(complete_share(rows))))
    lines += _window_lines(view)
    lines.append(rail_line([html.Span(f"{len(rows):,} bars, as of, UTC", className="sb-dim")], rail_as_of(view)))
    return {ids.DATA_IN_VIEW: {"children": lines}}


def _gap_lines(view: PairView) -> list[html.Div]:
    """The newest gaps: absent bars, with the trades missing in them, and trades missing where the bars are there."""
    rows, known = view.rows, unfilled(view.gaps)
    opened = rows["open_time_ms"]
    found: list[tuple[float, list[html.Div]]] = []
    said: set[GapRecord] = set()
    for run in gap_runs(rows):
        inside = within_run(known, opened, run, view.bar_ms)
        said.update(inside)
        found.append((float(opened[run.stop - 1]), _absent_lines(view, run, inside)))
    for leg, ledger in zip((view.y, view.x), view.ledgers, strict=True):
        mine = [gap for gap in unfilled(ledger.since(view.since_ms)) if gap not in said]
        found += [(float(gap.before_ms), _missing_lines(view, leg.symbol, gap)) for gap in mine]
    found.sort(key=lambda each: each[0])
    lines = list(chain.from_iterable(each for _, each in found[-MAX_GAPS:]))
    if len(found) > MAX_GAPS:
        lines.append(rail_line([icon("gap", tone="dim"), html.Span("Earlier gaps")], f"{len(found) - MAX_GAPS:,}"))
    return lines or [rail_line([html.Span("Gaps")], "none")]


def _absent_lines(view: PairView, run: Run, inside: Sequence[GapRecord]) -> list[html.Div]:
    bars, t = run.stop - run.start, close_times(view.rows, view.bar_ms)
    ends = int(t[run.start]) - view.bar_ms, int(t[run.stop - 1])
    span = "–".join(bar_time(end, view.bar_ms) for end in ends)
    words = gap_words(inside)
    head = rail_line([icon("gap", tone="dim"), html.Span(f"Gap, {bars} bar{'s' * (bars > 1)}")], span)
    return [head, _beneath(words)] if words else [head]


def _missing_lines(view: PairView, symbol: str, gap: GapRecord) -> list[html.Div]:
    times = gap_times(gap, view.snapshot.as_of_ms)
    return [rail_line([icon("gap", tone="dim"), html.Span(f"Gap, {symbol}")], times), _beneath(gap_words([gap]))]


def _beneath(words: str) -> html.Div:
    return html.Div(words, className="sb-line sb-dim sb-line-under")


def _trade_lines(rows: NDArray[np.void]) -> list[html.Div]:
    present, lines = rows[rows["note"] != Note.GAP], []
    unquoted = int(np.count_nonzero(np.isnan(present["y"]) | np.isnan(present["x"])))
    if unquoted:
        lines.append(rail_line([html.Span("Bars without a quote")], f"{unquoted:,}"))
    if len(present):
        trades = f"{present['trades_y'].mean():,.0f} / {present['trades_x'].mean():,.0f}"
        empty = float(((present["trades_y"] == 0) | (present["trades_x"] == 0)).mean())
        lines.append(rail_line([html.Span("Trades per bar, y / x")], trades))
        lines.append(rail_line([html.Span("Bars where a leg did not trade")], f"{100 * empty:.1f} %"))
    missing = " / ".join(_count(missing_trades(rows, leg)) for leg in ("y", "x"))
    lines.append(rail_line([html.Span("Trades missing, y / x")], missing))
    return lines


def _window_lines(view: PairView) -> list[html.Div]:
    """Of the bars that the last hedge ratio comes from."""
    rows, bars = view.snapshot.rows, view.parameters.window
    if not len(rows) or np.isnan(rows["window_absent"][-1]):
        return []
    last = rows[-1]
    shares = " / ".join(share_words(float(last[f"window_completeness_{leg}"])) for leg in ("y", "x"))
    name = html.Span("Trades of the fit's window, y / x", title=f"Of the {bars} bars that beta was last fitted on")
    lines = [rail_line([name], shares)]
    absent, unknown = int(last["window_absent"]), int(last["window_unknown"])
    if absent:
        lines.append(rail_line([html.Span("Its bars absent")], f"{absent:,} of {bars:,}"))
    if unknown:
        words = "From the venue's history, or from a source without ids"
        name = html.Span("Its bars of unknown completeness", title=words)
        lines.append(rail_line([name], f"{unknown:,} of {bars:,}"))
    return lines


def _count(missing: int | None) -> str:
    return "unknown" if missing is None else f"{missing:,}"
