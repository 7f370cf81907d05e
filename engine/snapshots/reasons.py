"""Why a snapshot's last row has no z, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from engine.parameters import Method, PairParameters, PriceField
from engine.rows import Note
from engine.snapshots.compute import bars_to_first_z
from engine.snapshots.pair_bars import PairBars, stale_cap
from engine.snapshots.plain_rows import Rows
from engine.snapshots.unusable import unusable


def no_rows(p: PairParameters, y_bars: int, x_bars: int) -> str:
    """Nothing to show of the pair at all."""
    absent = [leg for leg, bars in ((p.y, y_bars), (p.x, x_bars)) if not bars]
    if absent:
        return f"no closed {p.timeframe} bar of {' and '.join(absent)} yet"
    return f"{p.y} and {p.x} have no {p.timeframe} bar of the same time"


def have_bars(rows: Rows, bars: PairBars, p: PairParameters) -> int:
    """How many of the bars that the first z needs are there: all, from the first z on."""
    need, last = bars_to_first_z(p), rows[-1]
    if np.isfinite(last["z"]):
        return need
    if p.method is Method.KALMAN:
        have = int(np.count_nonzero(np.isfinite(rows["y"]) & np.isfinite(rows["x"])))
    else:
        have = len(bars.y)
    return min(have, need - 1 if last["note"] == Note.WARMING_UP else need)


def lacking(rows: Rows, bars: PairBars, p: PairParameters, have: int) -> str:
    """Empty where the last row has a z; `bars` end with it."""
    last = rows[-1]
    if np.isfinite(last["z"]):
        return ""
    note = Note(int(last["note"]))
    if note is Note.WARMING_UP:
        return f"warming up: {have} of {bars_to_first_z(p)} bars"
    if note is Note.STALE_LEG:
        return f"a leg has not traded for more than {stale_cap(p.timeframe)} bars"
    absent = " and ".join(leg for leg, name in ((p.y, "y"), (p.x, "x")) if not np.isfinite(last[name]))
    if note is Note.GAP:
        closed = datetime.fromtimestamp((int(last["open_time_ms"]) + p.timeframe.ms) / 1000, UTC)
        return f"gap: no bar of {absent or 'a leg'} at {closed:%H:%M:%S} UTC"
    if absent:
        return f"no quote of {absent}" if p.field is PriceField.MID else f"no price of {absent}"
    return unusable(rows, bars, p)
