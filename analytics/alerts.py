"""An alert on z as a state machine: it fires far out, and is armed again only near the middle.

>>> rule = ThresholdRule(fire=2.0, clear=0.5)
>>> state, event = rule.step(AlertState(), 2.3, 60_000)
>>> state.level, event.kind
(<Level.ABOVE: 'above'>, <EventKind.FIRED: 'fired'>)
>>> state, event = rule.step(state, 1.9, 120_000)
>>> state.level, event
(<Level.ABOVE: 'above'>, None)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from analytics.errors import InvalidOption


class Level(StrEnum):
    """Where z was last seen to be, with the hysteresis of the rule."""

    IDLE = "idle"
    ABOVE = "above"
    BELOW = "below"


class EventKind(StrEnum):
    FIRED = "fired"
    CLEARED = "cleared"


class AlertState(NamedTuple):
    """`since_ms`: the bar at which the level was entered; `as_of_ms`: the last bar seen. UTC; None before any."""

    level: Level = Level.IDLE
    since_ms: int | None = None
    as_of_ms: int | None = None


class AlertEvent(NamedTuple):
    """`level` is the one entered by FIRED, or left by CLEARED."""

    kind: EventKind
    level: Level
    z: float
    time_ms: int


class AlertStep(NamedTuple):
    state: AlertState
    event: AlertEvent | None


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """Fires when |z| reaches `fire`, clears when z comes back to `clear` on the side it fired.

    Raises `InvalidOption` unless 0 < fire and |clear| < fire.
    """

    fire: float
    clear: float

    def __post_init__(self) -> None:
        if not 0.0 < self.fire < math.inf:
            raise InvalidOption("fire", self.fire, "give a positive level")
        if not -self.fire < self.clear < self.fire:
            raise InvalidOption("clear", self.clear, f"give a level closer to zero than fire = {self.fire}")

    def step(self, state: AlertState, z: float, time_ms: int) -> AlertStep:
        """The state after the bar at `time_ms`, and what happened, if anything.

        A z of NaN keeps the level. A bar that is not later than the last one seen changes nothing, so that
        bars met twice raise no second alert. A jump from one side to the other fires on the new side at once.
        """
        if state.as_of_ms is not None and time_ms <= state.as_of_ms:
            return AlertStep(state, None)
        level = self._level(state.level, z)
        if level is state.level:
            return AlertStep(state._replace(as_of_ms=time_ms), None)
        cleared = level is Level.IDLE
        event = AlertEvent(
            EventKind.CLEARED if cleared else EventKind.FIRED, state.level if cleared else level, z, time_ms
        )
        return AlertStep(AlertState(level, time_ms, time_ms), event)

    def _level(self, level: Level, z: float) -> Level:
        if z >= self.fire:
            return Level.ABOVE
        if z <= -self.fire:
            return Level.BELOW
        if (level is Level.ABOVE and z <= self.clear) or (level is Level.BELOW and z >= -self.clear):
            return Level.IDLE
        return level
