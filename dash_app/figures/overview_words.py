"""Words and ranges of the overview: panel titles, last values at the right edge, levels, reach of each axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dash_app.figures.geometry import gap_runs
from dash_app.figures.incomplete import MARK, NAMED, band_words, incomplete, wide_gaps, within_run
from dash_app.figures.panels import (
    Frame,
    even_ticks,
    lacking,
    margin_text,
    margin_value,
    signed_ticks,
    swatch,
    title,
    zone,
)
from dash_app.figures.view import PairView, close_times
from dash_app.words import listed, number, signed
from engine.parameters import Method
from engine.views import GapRecord

PRICES, SPREAD, Z, BETA = (0.675, 1.0), (0.49, 0.635), (0.20, 0.45), (0.0, 0.16)  # domains of the panels
Z_REACH = 4.3
FAR = 2.0  # spans of the spread: what is further from zero is drawn without it
MIN_LABELLED_GAP = {False: 0.045, True: 0.13}  # of the width, wide and narrow: what "10 bars" needs


def words_and_ranges(view: PairView, frame: Frame) -> dict[str, Any]:
    """What differs after every bar, apart from the lines: last values beside the panels, and ranges."""
    words = [*_titles(view, frame), *_margin(view, frame), *_gap_words(view, frame), *_lacks(view, frame), zone(frame)]
    return {"annotations": words, "axes": _ranges(view)}


def _lacks(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    """What a panel without a line says in its place."""
    panels = ((("y", "x"), PRICES), (("spread",), SPREAD), (("z",), Z), (("beta",), BETA))
    return [
        lacking(frame, domain, view.lack or "None in the bars shown")
        for columns, domain in panels
        if not any(np.isfinite(view.rows[column]).any() for column in columns)
    ]


def _titles(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    colour, p = frame.colour, view.parameters
    y, x = (view.y.short, view.x.short) if frame.narrow else (view.y.symbol, view.x.symbol)
    left, right = ("left", "right") if frame.narrow else ("left axis", "right axis")
    dim = f'<span style="color:{colour["text-3"]}">'
    unit = "bp" if frame.narrow else "bp of log price"
    beta = _short_beta_title(view) if frame.narrow else _beta_title(view) + beta_doubt(view, frame)
    marks = "" if frame.narrow else f"   {dim}▲ long entry  ▼ short entry  ○ exit</span>"
    z_text = f"z of the innovation{marks}" if p.method is Method.KALMAN else f"z of spread, {p.z_window} bars{marks}"
    legs = f"{swatch(colour['leg-y'], f'{y} ({left})')}  {swatch(colour['leg-x'], f'{x} ({right})')}"
    prices = f"{listed('Prices', view.quote)}  {legs}"
    if any(incomplete(view.rows[f"completeness_{leg}"]).any() for leg in ("y", "x")):
        prices += f"   {dim}{MARK if frame.narrow else NAMED}</span>"
    return [
        title(frame, PRICES[1], prices),
        title(frame, SPREAD[1], _spread_title(view, unit if view.log else view.y.quote, frame)),
        title(frame, Z[1], z_text),
        title(frame, BETA[1], beta),
    ]


def _spread_title(view: PairView, unit: str, frame: Frame) -> str:
    """One's own ratio leaves a spread of any level: what it is taken off is said."""
    own = view.parameters.method is Method.FIXED and not frame.narrow
    return listed("Spread", unit) + (f", about its mean over {view.parameters.window} bars" if own else "")


def beta_doubt(view: PairView, frame: Frame) -> str:
    """What is to be known of a hedge ratio on bars so short, behind the name of its panel."""
    return f'   <span style="color:{frame.colour["doubtful"]}">{view.beta_note}</span>' if view.beta_note else ""


def _beta_title(view: PairView) -> str:
    p = view.parameters
    unit = "log prices" if view.log else "raw prices, units of x per y"
    if p.method is Method.FIXED:
        return f"Beta, your own, {unit}"
    name = "Kalman filter" if p.method is Method.KALMAN else f"{view.method_name} over {p.window} bars"
    unbounded = p.method is Method.TLS and not np.isfinite(view.rows["beta_low"]).any()
    return f"Beta, {name}{'' if unbounded else ', 95 % band'}, {unit}"


def _short_beta_title(view: PairView) -> str:
    scale = view.parameters.scale.value
    return f"Beta, {scale}, 95 % band" if np.isfinite(view.rows["beta_low"]).any() else f"Beta, {scale}"


def _margin(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    """Levels and last values at the right edge."""
    rows = view.rows
    out = _levels(view, frame)
    if not len(rows):
        return out
    last = rows[-1]
    if np.isfinite(last["spread"]):
        spread = float(last["spread"]) * view.spread_factor
        out.append(margin_value(frame, "y3", spread, margin_text(frame, spread, view.spread_digits)))
    if np.isfinite(last["beta"]):
        out.append(margin_value(frame, "y5", float(last["beta"]), number(float(last["beta"]), 3)))
    z = float(last["z"])
    if np.isfinite(z):
        hue = {1: "long", -1: "short", 0: "text"}[int(last["signal"])]
        out.append(margin_value(frame, "y4", z, signed(z, 2), colour=hue))
    return out


def _levels(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    """The thresholds of z, always said; what they are for, where there is room."""
    entry, leave = view.snapshot.threshold.entry, view.snapshot.threshold.exit
    levels = ((entry, f"+{entry:g}", "entry"), (0.0, f"±{leave:g}", "exit"), (-entry, f"−{entry:g}", "entry"))
    room = not frame.narrow and all(len(f"{text} {word}") <= 9 for _, text, word in levels)
    return [
        margin_value(frame, "y4", y, f"{text} {word}" if room else text, colour="text-3", bold=False)
        for y, text, word in levels
    ]


def _gap_words(view: PairView, frame: Frame) -> list[dict[str, Any]]:
    """Of absent bars, and of trades missing where bars are there, each where its band has room."""
    rows, opened, known = view.rows, view.rows["open_time_ms"], view.gaps
    t = close_times(rows, view.bar_ms)
    least_ms = MIN_LABELLED_GAP[frame.narrow] * (t[-1] - t[0]) if len(t) else 0.0
    words: list[dict[str, Any]] = []
    said: set[GapRecord] = set()
    for run in gap_runs(rows):
        inside = within_run(known, opened, run, view.bar_ms)
        said.update(inside)
        if t[run.stop - 1] - t[run.start] >= least_ms:
            middle = float(t[run.start] + t[run.stop - 1]) / 2
            words.append(band_words(frame, middle, PRICES[0], f"{run.stop - run.start} bars", inside))
    alone = [gap for gap in wide_gaps(known, view.bar_ms) if gap not in said]
    return words + [
        band_words(frame, (gap.after_ms + gap.before_ms) / 2, PRICES[0], "", [gap])
        for gap in alone
        if gap.before_ms - gap.after_ms >= least_ms
    ]


def z_reach(z: NDArray[np.float64]) -> float:
    """Half the height of the z panel: at least `Z_REACH`, grown in steps of 2."""
    known = np.abs(z[np.isfinite(z)])
    top = float(known.max()) if len(known) else 0.0
    reach = Z_REACH
    while reach < min(top + 0.2, 40):
        reach += 2
    return reach


def _ranges(view: PairView) -> dict[str, dict[str, Any]]:
    rows = view.rows
    spread = rows["spread"][np.isfinite(rows["spread"])] * view.spread_factor
    return {
        "yaxis": even_ticks(rows["y"]),
        "yaxis2": even_ticks(rows["x"]),
        "yaxis3": spread_axis(spread),
        "yaxis4": z_axis(z_reach(rows["z"])),
        "yaxis5": even_ticks(np.concatenate([rows["beta_low"], rows["beta_high"], rows["beta"]])),
    }


def spread_axis(spread: NDArray[np.float64]) -> dict[str, Any]:
    """Zero is shown unless that would flatten the line: a spread by the ratio of prices may be far from it."""
    if not len(spread):
        return signed_ticks(0.0, 0.0) | {"showticklabels": False}
    low, high = float(spread.min()), float(spread.max())
    far = min(abs(low), abs(high)) > FAR * (high - low) > 0 and low * high > 0
    return signed_ticks(low, high) if far else signed_ticks(min(low, 0.0), max(high, 0.0))


def z_axis(reach: float) -> dict[str, Any]:
    step = 2 if reach < 7 else 4 if reach < 14 else 10
    count = int(reach // step)
    values = [i * step for i in range(-count, count + 1)]
    return {"range": [-reach, reach], "tickvals": values, "ticktext": [signed(v, 0) if v else "0" for v in values]}
