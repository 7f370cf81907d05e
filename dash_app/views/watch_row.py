"""One row of the watchlist, as cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dash_app.components.cells import joined, pair_cell, progress, sparkline, text, worded, z_bar
from dash_app.components.icon import icon_html
from dash_app.figures.geometry import gap_runs
from dash_app.figures.view import Leg
from dash_app.gap_words import share_words
from dash_app.views.held_back import HeldBack
from dash_app.views.pair_rail import judged_words
from dash_app.views.stage_words import STAGE_MARKS, stage_title, stage_word
from dash_app.views.verdict import VERDICT_MARKS
from dash_app.words import clock, date, duration, minute, number, signed
from engine.desk.stages import PairStage
from engine.desk.types import Alert, WatchedPair
from engine.diagnosis import Diagnosis
from engine.parameters import Method
from engine.snapshot import Snapshot

SPARK_BARS = 60
_SIGNALS = {1: ("long", "Long"), -1: ("short", "Short"), 0: ("flat", "Flat")}


@dataclass(frozen=True, slots=True)
class WatchRow:
    """What a row is made from. `stale_ms` is since when nothing came, None where data are alive.

    Nothing will come after it where the feed has `ended`. `held` is the alert of its signal where that is held back.
    """

    watched: WatchedPair
    snapshot: Snapshot
    y: Leg
    x: Leg
    diagnosis: Diagnosis | None
    alert: Alert | None
    stale_ms: int | None
    common_as_of_ms: int | None
    home_venue: str
    ended: bool = False
    stage: PairStage | None = None
    held: HeldBack | None = None

    @property
    def z(self) -> float:
        rows = self.snapshot.rows
        return float(rows["z"][-1]) if len(rows) else math.nan

    @property
    def signal(self) -> int:
        return int(self.snapshot.rows["signal"][-1]) if len(self.snapshot.rows) and math.isfinite(self.z) else 0

    @property
    def current(self) -> bool:
        """Whether there is a z of now."""
        return math.isfinite(self.z) and self.stale_ms is None

    @property
    def gap(self) -> str:
        """The last gap in the sparkline's bars, ``11:38–11:46``; blank without one."""
        rows = self.snapshot.rows[-SPARK_BARS:]
        gaps = gap_runs(rows)
        if not gaps:
            return ""
        bar_ms = self.snapshot.parameters.timeframe.ms
        opened = rows["open_time_ms"]
        write = minute if bar_ms >= 60_000 else clock
        return f"{write(int(opened[gaps[-1].start]))}–{write(int(opened[gaps[-1].stop - 1]) + bar_ms)}"

    @property
    def lacks_trades(self) -> str:
        """How much is there of the trades in the window that the last hedge was fitted on; blank where all are."""
        if not len(self.snapshot.rows):
            return ""
        last = self.snapshot.rows[-1]
        share = float(np.fmin(last["window_completeness_y"], last["window_completeness_x"]))
        return f"{share_words(share)} of trades" if share < 1.0 else ""

    @property
    def needs_a_look(self) -> bool:
        waiting = self.alert is not None and self.alert.waits
        return not (self.current or self.ended) or bool(self.gap) or waiting

    @property
    def version(self) -> str:
        """Changes when any cell but the prices may change."""
        s = self.snapshot
        tested = self.diagnosis.as_of_ms if self.diagnosis else 0
        alert = (self.alert.id, self.alert.acknowledged_ms) if self.alert else 0
        bar = int(s.rows["open_time_ms"][-1]) if len(s.rows) else 0
        shared = self.common_as_of_ms if self.common_as_of_ms != s.as_of_ms else 0
        return (
            f"{self.watched.id}.{s.generation}.{bar}.{s.have}.{s.threshold}.{tested}.{alert}.{self.stale_ms}.{shared}"
            f".{self.ended}.{self.stage and self.stage.id}.{self.held and self.held.at_ms}"
        )


def watch_cells(row: WatchRow) -> dict[str, Any]:
    """Cells by column; `tone`, `signal_row` and `look` are for colours and filters."""
    rows, threshold = row.snapshot.rows, row.snapshot.threshold
    known = math.isfinite(row.z)
    signal = row.signal if row.current else 0
    verdict = _verdict(row)
    mark, word = _SIGNALS[row.signal]
    spark = rows["z"][-SPARK_BARS:] if len(rows) else np.zeros(0)
    label = f"z of the last {len(spark)} bars, now {signed(row.z, 2)}"
    half_life = _half_life(row)
    return {
        "id": str(row.watched.id),
        "pair": pair_cell(
            row.y.short,
            row.x.short,
            row.watched.parameters.path,
            _how(row),
            _under(row, half_life),
            badge=_stage(row.stage),
        ),
        "beta": number(float(rows["beta"][-1]), 3) if len(rows) else "",
        "z": f'<b class="sb-wz">{signed(row.z, 2)}</b>' if known else "",
        "bar": z_bar(row.z, threshold.entry, signal) if known else _lacking(row),
        "spark": sparkline(spark, threshold.entry, signal, label, stale=row.stale_ms is not None) if known else "",
        "half_life": half_life if known else "",
        "verdict": verdict if known else "",
        "signal": (worded(mark, word) if signal else worded(mark, word, dim=True)) if known else "",
        "alert": _alert(row.alert, row.held),
        "tone": "stale" if row.stale_ms is not None else {1: "long", -1: "short"}.get(signal, ""),
        "signal_row": "yes" if signal else "",
        "look": "yes" if row.needs_a_look else "",
    }


def _stage(stage: PairStage | None) -> str:
    if stage is None:
        return ""
    mark, tone = STAGE_MARKS[stage.stage]
    tones = f"sb-stage sb-{tone}" if tone else "sb-stage"
    words = f"{icon_html(mark)} {text(stage_word(stage.stage))}"
    return f'<span class="{tones}" title="{text(stage_title(stage))}">{words}</span>'


def _own_time(row: WatchRow) -> str:
    """The row's last close, where the other rows' is another one."""
    as_of_ms = row.snapshot.as_of_ms
    if not as_of_ms or as_of_ms == row.common_as_of_ms:
        return ""
    return clock(as_of_ms) if row.watched.parameters.timeframe.ms < 60_000 else minute(as_of_ms)


def _how(row: WatchRow) -> str:
    """``1m · 120/60``, with whatever is not the default, and the row's own time where it differs."""
    p = row.watched.parameters
    parts = [p.timeframe.value, f"{p.window}/{p.z_window}"]
    parts += [p.method.value] if p.method is not Method.ROLLING else []
    parts += [f"beta {p.beta:g}"] if p.beta is not None else []
    parts += [value.value for value, default in ((p.scale, "log"), (p.field, "close")) if value != default]
    venue = p.y.partition(":")[0]
    parts += [venue] if venue != row.home_venue else []
    parts += [own] if (own := _own_time(row)) else []
    return " · ".join(parts)


def _verdict(row: WatchRow) -> str:
    if row.stale_ms is not None and (row.y.uploaded or row.x.uploaded):
        return worded("flat", f"Upload, ends {date(row.stale_ms)}", dim=True)
    if row.stale_ms is not None:
        return worded("clock", f"{'Replay ended' if row.ended else 'Stale since'} {clock(row.stale_ms)} UTC")
    if row.diagnosis is None:
        judged = worded("warming", "Not tested yet", dim=True)
    else:
        mark, tone, word = VERDICT_MARKS[row.diagnosis.verdict]
        judged = worded(mark, word, tone=tone)
    words = f"gap {row.gap}" if row.gap else row.lacks_trades
    gap = f'<span class="sb-dim">{icon_html("gap")} {text(words)}</span>' if words else ""
    return joined([judged, gap])


def _half_life(row: WatchRow) -> str:
    found = row.diagnosis.reversion if row.diagnosis else None
    if found is None or found.bars is None:
        return ""
    return duration(found.bars * row.snapshot.parameters.timeframe.ms / 1000)


def _lacking(row: WatchRow) -> str:
    """Why there is no z, in words and as far as it got."""
    s = row.snapshot
    if s.have < s.need:
        words = f"{icon_html('warming', tone='dim')} Warming up: {s.have} of {s.need} bars"
        return f'<span class="sb-lacking">{progress(s.have, s.need)} {words}</span>'
    return f'<span class="sb-lacking">{icon_html("flat", tone="dim")} {text(s.reason or "No z at the last bar")}</span>'


def _under(row: WatchRow, half_life: str) -> str:
    """What a phone shows under the pair: its state, else its verdict and half-life."""
    if not math.isfinite(row.z):
        return text(_how(row))
    own = f" · {text(time)}" if (time := _own_time(row)) else ""
    if row.gap and row.stale_ms is None:
        return f"{icon_html('gap', tone='dim')} Gap {text(row.gap)}{own}"
    beside = f" · {text(half_life)}" if half_life and row.stale_ms is None else ""
    return _verdict(row) + beside + own


def _alert(alert: Alert | None, held: HeldBack | None) -> str:
    if held is not None and (alert is None or (alert.at_ms < held.at_ms and not alert.waits)):
        return _held(held)
    if alert is None:
        return '<span class="sb-dim">none yet</span>'
    what = "acknowledged" if alert.acknowledged_ms else judged_words(alert)
    return f'{clock(alert.at_ms)} <span class="sb-dim sb-two-lines">{text(what)}</span>'


def _held(held: HeldBack) -> str:
    said = f'<span class="sb-dim sb-two-lines">{text(held.short)}</span>'
    return f'<span title="{text(held.words)}">{clock(held.at_ms)} {said}</span>'
