"""What judges a bar: the rule's own levels or the settings', as they were at the time of the bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from analytics.alerts import Side, ThresholdRule
from engine.desk.types import Settings
from engine.rules.kinds import KINDS, Kind, RuleKind
from store.sql.rules import LevelRecord

_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class Levels:
    """The state machine in force, and the correlation below which it does not fire (0: whatever that is)."""

    rule: ThresholdRule
    min_correlation: float


def levels_at(
    kind: Kind, levels: Sequence[LevelRecord], settings: Sequence[Settings], close_time_ms: int, bar_ms: int
) -> Levels | None:
    """What judges the bar that closes at a time; None where the rule was not there yet, or switched off.

    `levels` are in the order they were written: of those in force the last written counts. `settings`
    ascend in `effective_ms`.
    """
    for level in reversed(levels):
        if level.effective_ms <= close_time_ms:
            break
    else:
        return None
    if not level.enabled:
        return None
    state = next((state for state in reversed(settings) if state.effective_ms <= close_time_ms), _DEFAULTS)
    return _levels(kind.key, level, state, bar_ms)


@lru_cache(4_096)
def _levels(key: RuleKind, level: LevelRecord, state: Settings, bar_ms: int) -> Levels:
    kind = KINDS[key]
    least = state.min_correlation if level.min_correlation is None else level.min_correlation
    fire, clear = _fire_and_clear(kind, level, state)
    lengths = (level.pending_bars * bar_ms, level.cooldown_bars * bar_ms, level.keep_bars * bar_ms)
    return Levels(ThresholdRule(fire, clear, kind.side, *lengths), least if kind.gated else 0.0)


def _fire_and_clear(kind: Kind, level: LevelRecord, settings: Settings) -> tuple[float, float]:
    """Settings may have come to lie beyond a rule's own level; the clear level then gives way."""
    fire = (settings.entry if kind.of_settings else kind.fire) if level.fire is None else level.fire
    clear = (settings.exit if kind.of_settings else kind.clear) if level.clear is None else level.clear
    if fire is None or clear is None:
        raise ValueError(f"a rule on {kind.key} lacks its levels")
    if kind.side is Side.BELOW:
        return fire, max(clear, math.nextafter(fire, math.inf))
    return fire, min(clear, math.nextafter(fire, -math.inf))
