"""An alert as a state machine over closed bars: it fires far out, and is armed again only when the value has come back.

>>> rule = ThresholdRule(fire=2.0, clear=0.5)
>>> state, events = rule.step(AlertState(), 2.3, 60_000)
>>> state.level, [event.kind for event in events]
(<Level.ABOVE: 'above'>, [<EventKind.FIRED: 'fired'>])
>>> state, events = rule.step(state, 1.9, 120_000)
>>> state.level, events
(<Level.ABOVE: 'above'>, ())
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from analytics.errors import InvalidOption


class Level(StrEnum):
    """Where the value was last seen to be, with the hysteresis of the rule."""

    IDLE = "idle"
    ABOVE = "above"
    BELOW = "below"


class Side(StrEnum):
    """Which way a rule looks: at high values, at low ones, or at both, symmetric about zero."""

    ABOVE = "above"
    BELOW = "below"
    EITHER = "either"


class EventKind(StrEnum):
    FIRED = "fired"
    CLEARED = "cleared"


class AlertState(NamedTuple):
    """What is to be known to go on. Times are UTC ms of bars, None for never.

    `since_ms`: when the level was entered; `as_of_ms`: the last bar seen; `breach` and `breach_ms`: on which side the
    value is beyond the fire level though nothing has fired yet, and since when; `back_ms`: since when it is back at the
    clear level though the rule keeps firing; `fired_ms`: when it fired last.
    """

    level: Level = Level.IDLE
    since_ms: int | None = None
    as_of_ms: int | None = None
    breach: Level = Level.IDLE
    breach_ms: int | None = None
    back_ms: int | None = None
    fired_ms: int | None = None


class AlertEvent(NamedTuple):
    """`level` is the one entered by FIRED, or left by CLEARED."""

    kind: EventKind
    level: Level
    value: float
    time_ms: int


class AlertStep(NamedTuple):
    state: AlertState
    events: tuple[AlertEvent, ...]


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """Fires when the value has been at `fire` or beyond for `pending_ms`, clears when it came back to `clear`.

    `side` EITHER judges the value by its distance from zero on either side, ABOVE and BELOW one side only. Within
    `cooldown_ms` after it fired it does not fire again; a breach that lasts longer than that fires then. It keeps
    firing until the value has been back for `keep_ms` without a break. Raises `InvalidOption` where `clear` is not on
    the near side of `fire`, or a length is negative.
    """

    fire: float
    clear: float
    side: Side = Side.EITHER
    pending_ms: int = 0
    cooldown_ms: int = 0
    keep_ms: int = 0

    def __post_init__(self) -> None:
        either = self.side is Side.EITHER
        if not (-math.inf < self.fire < math.inf) or (either and self.fire <= 0.0):
            raise InvalidOption("fire", self.fire, f"give a {'positive ' if either else ''}level")
        low, high, where = {
            Side.EITHER: (-self.fire, self.fire, "closer to zero than"),
            Side.ABOVE: (-math.inf, self.fire, "below"),
            Side.BELOW: (self.fire, math.inf, "above"),
        }[self.side]
        if not low < self.clear < high:
            raise InvalidOption("clear", self.clear, f"give a level {where} fire = {self.fire}")
        for name in ("pending_ms", "cooldown_ms", "keep_ms"):
            if getattr(self, name) < 0:
                raise InvalidOption(name, getattr(self, name), "give 0 or more")

    def step(self, state: AlertState, value: float, time_ms: int) -> AlertStep:
        """The state after the bar at `time_ms`, and what happened, in order.

        A value of NaN changes nothing but the time. A bar that is not later than the last one seen changes nothing at
        all, so that bars met twice raise no second alert. A jump from one side to the other clears, and fires on the
        new side as soon as that may fire.
        """
        if state.as_of_ms is not None and time_ms <= state.as_of_ms:
            return AlertStep(state, ())
        state = state._replace(as_of_ms=time_ms)
        if math.isnan(value):
            return AlertStep(state, ())
        beyond = self._beyond(value)
        events: list[AlertEvent] = []
        if state.level is not Level.IDLE:
            left = state.level
            state = self._held(state, beyond, value, time_ms)
            if state.level is Level.IDLE:
                events.append(AlertEvent(EventKind.CLEARED, left, value, time_ms))
        if state.level is Level.IDLE:
            state = self._armed(state, beyond, time_ms)
            if state.level is not Level.IDLE:
                events.append(AlertEvent(EventKind.FIRED, state.level, value, time_ms))
        return AlertStep(state, tuple(events))

    def _held(self, state: AlertState, beyond: Level, value: float, time_ms: int) -> AlertState:
        """A rule that fires: it goes on, or it ends."""
        if beyond in (Level.IDLE, state.level):
            if not self._is_back(state.level, value):
                return state if state.back_ms is None else state._replace(back_ms=None)
            back_ms = time_ms if state.back_ms is None else state.back_ms
            if time_ms - back_ms < self.keep_ms:
                return state._replace(back_ms=back_ms)
        return AlertState(Level.IDLE, time_ms, time_ms, fired_ms=state.fired_ms)

    def _armed(self, state: AlertState, beyond: Level, time_ms: int) -> AlertState:
        """A rule that does not fire: it waits, or begins."""
        if beyond is Level.IDLE:
            waits = state.breach is not Level.IDLE or state.breach_ms is not None
            return state._replace(breach=Level.IDLE, breach_ms=None) if waits else state
        breach_ms = time_ms if beyond is not state.breach or state.breach_ms is None else state.breach_ms
        cooled = state.fired_ms is None or time_ms - state.fired_ms >= self.cooldown_ms
        if cooled and time_ms - breach_ms >= self.pending_ms:
            return AlertState(beyond, time_ms, time_ms, fired_ms=time_ms)
        return state._replace(breach=beyond, breach_ms=breach_ms)

    def _beyond(self, value: float) -> Level:
        if self.side is not Side.BELOW and value >= self.fire:
            return Level.ABOVE
        low = self.fire if self.side is Side.BELOW else -self.fire
        return Level.BELOW if self.side is not Side.ABOVE and value <= low else Level.IDLE

    def _is_back(self, level: Level, value: float) -> bool:
        if level is Level.ABOVE:
            return value <= self.clear
        return value >= (self.clear if self.side is Side.BELOW else -self.clear)
