"""Whether the alert of the present signal is held back, as the monitor does where the legs do not move together.

The setting for the least correlation does not touch the signal, which is a matter of z alone: it
keeps a rule from firing while |correlation| of one-bar returns is below it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from engine.board import Board
from engine.monitor.levels import Levels, levels_at
from engine.rules.kinds import KINDS, RuleKind
from engine.snapshot import Snapshot

LevelsOf = Callable[[int], Levels | None]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The last bar at which a rule would have fired but for its correlation (NaN: there was none)."""

    at_ms: int
    correlation: float
    least: float

    @property
    def short(self) -> str:
        return f"held back: {'no correlation' if math.isnan(self.correlation) else f'correlation {self._correlation}'}"

    @property
    def words(self) -> str:
        if math.isnan(self.correlation):
            return f"alert held back: no correlation, {_least(self.least)} needed"
        return f"alert held back: correlation {self._correlation} below {_least(self.least)}"

    @property
    def _correlation(self) -> str:
        """With as many digits as tell it from the least."""
        digits = next(d for d in (3, 4, 5, 9) if d == 9 or round(abs(self.correlation), d) < self.least)
        return f"{self.correlation:.{digits}f}".replace("-", "−")


def held_back(board: Board, snapshot: Snapshot) -> HeldBack | None:
    """None without a signal, without a rule on this pair that its z has reached, or where the rule fired."""
    if not len(snapshot.rows) or not snapshot.rows["signal"][-1]:
        return None
    key = snapshot.parameters.key
    z, bar_ms = KINDS[RuleKind.Z], snapshot.parameters.timeframe.ms
    records = board.desk.rule_records()
    mine = [record.levels for record in records if record.pair.pair_key == key and record.kind == RuleKind.Z]
    history = board.desk.settings_history() if mine else ()
    found = (held_in_run(snapshot, partial(levels_at, z, own, history, bar_ms=bar_ms)) for own in mine)
    return next((each for each in found if each), None)


def held_in_run(snapshot: Snapshot, levels_of: LevelsOf) -> HeldBack | None:
    """The same for one rule, whose levels at a bar `levels_of` gives by its close (UTC ms), None where it is off."""
    held = None
    for close_ms, z, correlation in _run(snapshot):
        levels = levels_of(close_ms)
        if levels is None or not abs(z) >= levels.rule.fire:
            continue
        if levels.min_correlation == 0 or abs(correlation) >= levels.min_correlation:
            return None
        held = HeldBack(close_ms, correlation, levels.min_correlation)
    return held


def _run(snapshot: Snapshot) -> Iterable[tuple[int, float, float]]:
    """Close, z and correlation of the bars since the present signal began; none while it is flat."""
    rows, bar_ms = snapshot.rows, snapshot.parameters.timeframe.ms
    now = int(rows["signal"][-1]) if len(rows) else 0
    first = len(rows)
    while now and first and int(rows["signal"][first - 1]) == now:
        first -= 1
    opened, z, correlation = (rows[name][first:].tolist() for name in ("open_time_ms", "z", "correlation"))
    return zip([ms + bar_ms for ms in opened], z, correlation, strict=True)


def _least(value: float) -> str:
    return f"{value:.2f}" if round(value, 2) == value else f"{value:g}"
