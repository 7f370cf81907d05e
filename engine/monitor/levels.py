"""The levels that judge a bar: the rule's own or the settings', as they were at the time of the bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from engine.desk.types import Settings
from store.sql.rules import LevelRecord

_DEFAULTS = Settings()


class Levels(NamedTuple):
    """Fire and clear levels of |z|, and the correlation below which nothing fires."""

    fire: float
    clear: float
    min_correlation: float


def levels_at(levels: Sequence[LevelRecord], settings: Sequence[Settings], close_time_ms: int) -> Levels | None:
    """What judges the bar that closes at a time; None where the rule was not there yet, or switched off.

    `levels` are in the order they were written: of those in force the last written counts. `settings`
    ascend in `effective_ms`.
    """
    level = next((word for word in reversed(levels) if word.effective_ms <= close_time_ms), None)
    if level is None or not level.enabled:
        return None
    state = next((state for state in reversed(settings) if state.effective_ms <= close_time_ms), _DEFAULTS)
    fire = state.entry if level.fire is None else level.fire
    clear = state.exit if level.clear is None else level.clear
    return Levels(fire, min(clear, math.nextafter(fire, 0.0)), state.min_correlation)
