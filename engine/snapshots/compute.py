"""From the bars of two legs to rows: pure, and to the same bits whether in one batch or bar by bar."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from analytics.signal import Position, signal_path, signal_step
from engine.parameters import Method, PairParameters
from engine.rows import Signal
from engine.snapshots.hindsight import hindsight_bars, hindsight_rows
from engine.snapshots.kalman_rows import fill_kalman, has_checkpoint
from engine.snapshots.leg_tails import LegTails
from engine.snapshots.next_rows import is_next, next_row, next_rows, row_dtype
from engine.snapshots.pair_bars import PairBars, stale_cap
from engine.snapshots.plain_rows import Rows, plain_rows
from engine.snapshots.rolling_rows import fill_rolling, lead_bars
from engine.snapshots.window_rows import fill_window
from engine.thresholds import Threshold, threshold_at


def bars_before(p: PairParameters) -> int:
    """How many bars before a row must be held, so that its numbers are what they would be with more."""
    return max(lead_bars(p), hindsight_bars(p) + stale_cap(p.timeframe))


def bars_to_first_z(p: PairParameters) -> int:
    """How many bars of both legs a pair needs until it has a z."""
    if p.method is Method.ROLLING:
        return p.window + p.z_window - 1
    if p.method is Method.KALMAN:
        return p.window + 1
    return p.z_window if p.method is Method.FIXED else hindsight_bars(p)


def compute_rows(
    pair: PairBars, start: int, p: PairParameters, thresholds: Sequence[Threshold], *, before: Rows
) -> Rows:
    """Rows of a causal method for the bars from number `start` to the last of `pair`, of `row_dtype`.

    `before` are rows that are known and end just before `start`; none where the history begins.
    Every number but the signal and a Kalman path follows from the `bars_before` bars before its row;
    these two go on from the last row of `before`. Raises nothing for unusable data: its rows say so.
    """
    if start == pair.end - 1 and is_next(p, start - pair.first, before):
        made = next_rows([next_row(pair, p, before, LegTails())], p, thresholds)
        if made.sound[0]:
            return made.rows
    rows = plain_rows(pair.since(start), p.field, row_dtype(p.method))
    if not len(rows):
        return rows
    if p.method is Method.KALMAN:
        lead = lead_bars(p) if has_checkpoint(before) else len(before)
        fill_kalman(rows, pair.since(start - lead), p, before=before)
    else:
        fill_rolling(rows, pair.since(start - lead_bars(p)), p)
    fill_window(rows, pair, p.window)
    position = Signal(int(before["signal"][-1])) if len(before) else Signal.FLAT
    _signal(rows, p.timeframe.ms, thresholds, position)
    return rows


def compute_hindsight(pair: PairBars, p: PairParameters, thresholds: Sequence[Threshold]) -> Rows:
    """Rows of the methods that fit once and look back; all signals but the last are flat.

    The last one is entered or not by itself: there is no path that led to it.
    """
    rows = hindsight_rows(pair.since(pair.end - hindsight_bars(p) - bars_before(p)), p)
    if len(rows):
        threshold = threshold_at(thresholds, int(rows["open_time_ms"][-1]) + p.timeframe.ms)
        rows["signal"][-1] = signal_step(0, float(rows["z"][-1]), entry=threshold.entry, exit=threshold.exit)
    return rows


def _signal(rows: Rows, bar_ms: int, thresholds: Sequence[Threshold], position: Signal) -> None:
    """The signal of each bar, by the levels of its own time."""
    if len(rows) == 1:
        levels = threshold_at(thresholds, int(rows["open_time_ms"][0]) + bar_ms)
        rows["signal"] = signal_step(int(position), float(rows["z"][0]), entry=levels.entry, exit=levels.exit)  # type: ignore[arg-type]
        return
    times = rows["open_time_ms"] + bar_ms
    changes = np.unique(np.searchsorted(times, [threshold.effective_ms for threshold in thresholds]))
    edges = [0, *(int(place) for place in changes if 0 < place < len(rows)), len(rows)]
    held: Position = int(position)  # type: ignore[assignment]
    for first, end in pairwise(edges):
        levels = threshold_at(thresholds, int(times[first]))
        path = signal_path(rows["z"][first:end], levels.entry, levels.exit, start=held)
        rows["signal"][first:end] = path
        held = int(path[-1])  # type: ignore[assignment]
