"""Words and ranges of the market figure: panel titles, last values at the right edge, gaps, reach of each axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import Run, runs
from dash_app.figures.incomplete import MARK, NAMED, band_words, gap_bands, incomplete, wide_gaps, within_run
from dash_app.figures.market_view import MarketView, candle_columns
from dash_app.figures.panels import Frame, even_ticks, lacking, margin_value, swatch, time_band, title, zone
from dash_app.words import listed, number, quantity
from engine.market.compute import anchor_ms
from engine.market.parameters import MarketParameters
from engine.parameters import Timeframe
from engine.views import GapRecord

CANDLES, VOLUME, RATE = (0.40, 1.0), (0.20, 0.335), (0.0, 0.14)  # domains of the panels
MIN_LABELLED_GAP = {False: 0.04, True: 0.13}  # of the width: what "10 bars" needs
ROOM = 0.06  # of the prices' span, above and below them
NEAR = 0.35  # of it: an average further off leaves the panel, rather than flatten the candles
NAMES = {"sma": "SMA", "ema": "EMA", "vwap": "VWAP"}
GLYPHS = {"sma": "━", "ema": "╍", "vwap": "┈"}


def market_words(view: MarketView, frame: Frame) -> dict[str, Any]:
    """What differs after every bar, apart from the lines: words, gaps and ranges."""
    words = [*_titles(view, frame), *_margin(view, frame), *_gap_words(view, frame), zone(frame)]
    if not np.isfinite(view.rows["close"]).any():
        words += [lacking(frame, CANDLES, "No bar among those shown")]
    return {"annotations": words, "shapes": _gap_bands(view, frame), "axes": _ranges(view)}


def since_words(timeframe: Timeframe) -> str:
    """Where a session begins."""
    return "since the hour" if timeframe is Timeframe.S1 else "since 00:00 UTC"


def spans(p: MarketParameters) -> dict[str, str]:
    """Each average that is on, with its span in words."""
    out = {} if p.sma is None else {"sma": f"SMA {p.sma}"}
    out |= {} if p.ema is None else {"ema": f"EMA {p.ema}"}
    return out | ({"vwap": "VWAP"} if p.vwap else {})


def indicator_names(p: MarketParameters) -> list[list[str]]:
    """Of each indicator that is on, with its glyph: its traces' uids, parted by a blank, and its name."""
    names = [[uid, f"{GLYPHS[uid]} {name}"] for uid, name in spans(p).items()]
    return names + ([] if p.bollinger is None else [["lower upper", f"▒ Bollinger {p.bollinger}"]])


def _titles(view: MarketView, frame: Frame) -> list[dict[str, Any]]:
    p, colour = view.parameters, frame.colour
    dim = f'<span style="color:{colour["text-3"]}">'
    entries = [f"{GLYPHS[uid]} {_named(view, uid, name)}" for uid, name in spans(p).items()]
    entries += [] if p.bollinger is None else [f"▒ Bollinger {p.bollinger}, ±2 sd"]
    grouped = f", {view.group} bars a candle" if view.group > 1 else ""
    name = listed(view.leg.short if frame.narrow else view.leg.symbol, view.leg.quote)
    name = swatch(colour["leg-y"], f"{name}{grouped}")
    lacks = f"  {MARK if frame.narrow else NAMED}" if incomplete(view.rows["completeness"]).any() else ""
    candles = f"   {dim}▯ up  ▮ down{lacks}</span>"
    # On a narrow screen the indicators stand with their values above the figure.
    words = f"{name}{candles}" if frame.narrow else f"{name}{candles}   {'  '.join(entries)}"
    rate = "Trades a second" + (f", mean of {view.group} bars" if view.group > 1 else "")
    return [
        title(frame, CANDLES[1], words),
        title(frame, VOLUME[1], f"Volume, {view.base}" if view.base else "Volume"),
        title(frame, RATE[1], rate),
    ]


def _named(view: MarketView, uid: str, name: str) -> str:
    """An average with what it lacks, if it has no value at all in the bars shown."""
    full = name if uid != "vwap" else f"VWAP {since_words(view.parameters.timeframe)}"
    if np.isfinite(view.rows[uid]).any():
        return full
    p = view.parameters
    if uid == "vwap":
        start = "the hour's" if anchor_ms(p.timeframe) < 86_400_000 else "the day's"
        return f"{name} (needs {start} first bar)"
    return f"{name} ({len(view.snapshot.rows)} of {getattr(p, uid)} bars)"


def _margin(view: MarketView, frame: Frame) -> list[dict[str, Any]]:
    """Last values at the right edge; on a wide screen the averages too, by name."""
    if not len(view.rows):
        return []
    last, out = view.rows[-1], []
    digits, reach = view.leg.digits, _reach(view)
    if not frame.narrow:
        for uid in spans(view.parameters):
            if np.isfinite(last[uid]) and reach:
                value = float(last[uid])
                away = "↑" if value > reach[1] else "↓" if value < reach[0] else ""
                at = min(max(value, reach[0]), reach[1])
                text = f"{NAMES[uid]} {number(value, digits)}{away}"
                out.append(margin_value(frame, "y", at, text, colour="text-2", bold=False))
    if np.isfinite(last["close"]):
        price = float(last["close"])
        out.append(margin_value(frame, "y", price, number(price, digits), colour="leg-y"))
    columns = candle_columns(view, view.rows[-view.group :])
    for axis, name, write in (("y2", "volume", quantity), ("y3", "rate", lambda rate: number(rate, 1))):
        shown = columns[name][-1]
        if shown is not None:
            out.append(margin_value(frame, axis, shown, write(shown)))
    return out


def gaps(rows: NDArray[np.void]) -> list[Run]:
    """Stretches of absent bars."""
    return [run for run in runs(np.isnan(rows["close"])) if run.value]


def _gap_bands(view: MarketView, frame: Frame) -> list[dict[str, Any]]:
    t = view.rows["open_time_ms"].astype(np.float64) + view.bar_ms / 2  # from the last candle's edge to the next one's
    half = view.bar_ms
    bands = [time_band(frame, t[gap.start], t[gap.stop - 1] + half, (0.0, 1.0), "gap") for gap in gaps(view.rows)]
    return bands + gap_bands(view.gaps, view.group * view.bar_ms, frame)


def _gap_words(view: MarketView, frame: Frame) -> list[dict[str, Any]]:
    """Of absent bars, and of trades missing where bars are there, each where its band has room."""
    rows, least = view.rows, MIN_LABELLED_GAP[frame.narrow] * len(view.rows)
    words: list[dict[str, Any]] = []
    said: set[GapRecord] = set()
    for run in gaps(rows):
        inside = within_run(view.gaps, rows["open_time_ms"], run, view.bar_ms)
        said.update(inside)
        bars = run.stop - run.start
        if bars >= least:
            middle = float(rows["open_time_ms"][run.start] + rows["open_time_ms"][run.stop - 1]) / 2 + view.bar_ms
            words.append(band_words(frame, middle, CANDLES[0], f"{bars} bars", inside))
    alone = [gap for gap in wide_gaps(view.gaps, view.bar_ms) if gap not in said]
    return words + [
        band_words(frame, (gap.after_ms + gap.before_ms) / 2 + view.bar_ms / 2, CANDLES[0], "", [gap])
        for gap in alone
        if gap.before_ms - gap.after_ms >= least * view.bar_ms
    ]


def _ranges(view: MarketView) -> dict[str, dict[str, Any]]:
    columns = candle_columns(view, view.rows)
    reach = _reach(view)
    return {
        "yaxis": even_ticks(np.array(reach)) | ({"autorange": False, "range": list(reach)} if reach else {}),
        "yaxis2": _from_zero(np.array(columns["volume"], dtype=np.float64)),
        "yaxis3": _from_zero(np.array(columns["rate"], dtype=np.float64)),
    }


def _reach(view: MarketView) -> tuple[float, float] | tuple[()]:
    """The price panel's range: the candles and bands, and of the averages what is not far off; empty without bars.

    The browser is told it, so that it can place words by it.
    """
    rows = view.rows
    prices = np.concatenate([rows[name] for name in ("low", "high", "lower", "upper")])
    known = prices[np.isfinite(prices)]
    if not len(known):
        return ()
    low, high = float(known.min()), float(known.max())
    near = NEAR * (high - low)
    lines = np.concatenate([known, *(rows[name] for name in spans(view.parameters))])
    lines = lines[(lines >= low - near) & (lines <= high + near)]
    low, high = float(lines.min()), float(lines.max())
    room = ROOM * (high - low) or abs(high) / 4 or 1.0
    return low - room, high + room


def _from_zero(values: NDArray[np.float64]) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    top = float(known.max()) if len(known) else 0.0
    ticks = even_ticks(np.array([0.0, top]) if top > 0 else np.array([]))
    return ticks | {"autorange": False, "range": [0.0, top * 1.08 or 1.0]}
