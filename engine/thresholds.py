"""Signal thresholds as they held over time, so that a bar is judged by the settings of its own time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Threshold(NamedTuple):
    """Levels of |z| that hold for bars closing at or after `effective_ms` (UTC)."""

    effective_ms: int
    entry: float
    exit: float


DEFAULT_THRESHOLD = Threshold(0, 2.0, 0.5)


def threshold_at(history: Sequence[Threshold], close_time_ms: int) -> Threshold:
    """The threshold in force for the bar that closes then; `history` ascends in `effective_ms`."""
    for threshold in reversed(history):
        if threshold.effective_ms <= close_time_ms:
            return threshold
    return DEFAULT_THRESHOLD
