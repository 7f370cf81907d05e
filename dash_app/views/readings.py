"""What a snapshot says at its last bar, in numbers ready for words. Pure functions of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.rows import Note
from engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class SignalNow:
    """The signal at the last bar, and the close of the bar at which it began (None: before the kept rows)."""

    signal: int
    since_ms: int | None


def signal_now(snapshot: Snapshot) -> SignalNow:
    signal = snapshot.rows["signal"]
    if not len(signal):
        return SignalNow(0, None)
    now = int(signal[-1])
    other = np.flatnonzero(signal != now)
    if not len(other):
        return SignalNow(now, None)
    first = int(other[-1]) + 1
    return SignalNow(now, int(snapshot.rows["open_time_ms"][first]) + snapshot.parameters.timeframe.ms)


def complete_share(rows: NDArray[np.void]) -> float | None:
    """Mean completeness of the worse leg, absent bars counting 0; bars of unknown completeness are left out.

    None where nothing is known.
    """
    absent = rows["note"] == Note.GAP
    worst = np.where(absent, 0.0, np.minimum(rows["completeness_y"], rows["completeness_x"]))
    known = worst[~np.isnan(worst)]
    return float(known.mean()) if len(known) else None
