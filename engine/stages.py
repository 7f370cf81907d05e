"""The life of a watched pair: a state machine over the time of bars, the same however often it is followed.

>>> life = Life().after(Event.decided(0, Stage.WATCHED), cooling_ms=60_000).life
>>> step = life.after(Event.fired(60_000, 7, Family.BREAK), cooling_ms=60_000)
>>> [(change.stage.value, change.at_ms) for change in step.changes]
[('broken', 60000)]
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import NamedTuple

from engine.rules.kinds import RuleKind


class Stage(StrEnum):
    """Where a pair stands. `REMOVED` is the end of a life; whoever adds the pair again begins another."""

    CANDIDATE = "candidate"
    WATCHED = "watched"
    ACTIVE = "active"
    BROKEN = "broken"
    COOLING = "cooling down"
    REMOVED = "removed"


class Family(Enum):
    """What an alert of a rule means to the pair."""

    SIGNAL = "signal"
    BREAK = "break"


FAMILIES = {
    RuleKind.Z: Family.SIGNAL,
    RuleKind.Z_ABOVE: Family.SIGNAL,
    RuleKind.Z_BELOW: Family.SIGNAL,
    RuleKind.BREAK: Family.BREAK,
    RuleKind.STATIONARITY: Family.BREAK,
    RuleKind.CORRELATION: Family.BREAK,
}
"""The kinds of rules that move a pair."""


class Cause(StrEnum):
    """What made a change."""

    ALERT = "alert"
    TIME = "time"
    HAND = "hand"
    RULE_ENDED = "rule ended"


class Order(NamedTuple):
    """The place of an event: by the close of its bar; time comes before decisions, these before alerts."""

    at_ms: int = -1
    rank: int = 0
    rule_id: int = 0


class Event(NamedTuple):
    """What befalls a pair at the close of a bar (UTC): somebody decided, or a rule fired, cleared or ended."""

    at_ms: int
    cause: Cause
    asked: Stage | None = None
    rule_id: int = 0
    family: Family | None = None
    """Of a rule that fired; None where it came back."""

    @classmethod
    def decided(cls, at_ms: int, asked: Stage) -> Event:
        return cls(at_ms, Cause.HAND, asked)

    @classmethod
    def fired(cls, at_ms: int, rule_id: int, family: Family) -> Event:
        return cls(at_ms, Cause.ALERT, None, rule_id, family)

    @classmethod
    def cleared(cls, at_ms: int, rule_id: int) -> Event:
        return cls(at_ms, Cause.ALERT, None, rule_id)

    @classmethod
    def rule_ended(cls, at_ms: int, rule_id: int) -> Event:
        return cls(at_ms, Cause.RULE_ENDED, None, rule_id)

    @property
    def order(self) -> Order:
        return Order(self.at_ms, 1 if self.cause is Cause.ALERT else 0, self.rule_id)


class Change(NamedTuple):
    """A stage that was entered, or said anew by somebody; `event` is None where time alone brought it."""

    stage: Stage
    at_ms: int
    event: Event | None
    before: Life
    """What was known until then."""


class Step(NamedTuple):
    life: Life
    changes: tuple[Change, ...]


class Life(NamedTuple):
    """What is known of a pair after some events.

    `decided`: somebody wants it watched. `signals` and `breaks` are the rules whose alerts stand, `marked` says that
    somebody called it broken, `until_ms` when it has cooled down. `seen` is the place of the last thing that is in it.
    """

    begun: bool = False
    decided: bool = False
    signals: frozenset[int] = frozenset()
    breaks: frozenset[int] = frozenset()
    marked: bool = False
    until_ms: int | None = None
    seen: Order = Order()

    @property
    def stage(self) -> Stage:
        if not self.begun:
            return Stage.REMOVED
        if self.breaks or self.marked:
            return Stage.BROKEN
        if self.until_ms is not None:
            return Stage.COOLING
        if self.signals:
            return Stage.ACTIVE
        return Stage.WATCHED if self.decided else Stage.CANDIDATE

    def until(self, at_ms: int) -> Step:
        """Time passed to the close of a bar: a pair that has cooled down by then is watched again."""
        if self.until_ms is None or self.until_ms > at_ms:
            return Step(self, ())
        warm = self._replace(until_ms=None, seen=Order(self.until_ms, -1))
        return Step(warm, (Change(warm.stage, self.until_ms, None, self),))

    def after(self, event: Event, *, cooling_ms: int) -> Step:
        """The event befell the pair; events are to come in their order. Decisions are always told, others where they
        change the stage."""
        cooled, changes = self.until(event.at_ms)
        life = cooled._befallen(event, cooling_ms)._replace(seen=event.order)
        ended = event.cause is Cause.RULE_ENDED and event.rule_id in cooled.signals | cooled.breaks
        if life.stage is not cooled.stage or event.cause is Cause.HAND or ended:
            changes += (Change(life.stage, event.at_ms, event, cooled),)
        return Step(life, changes)

    def _befallen(self, event: Event, cooling_ms: int) -> Life:
        if event.asked is not None:
            return self._decided(event.asked, event.at_ms + cooling_ms)
        if not self.begun:
            return self
        own = frozenset((event.rule_id,))
        if event.family is Family.SIGNAL:
            return self._replace(signals=self.signals | own)
        if event.family is Family.BREAK:
            return self._replace(breaks=self.breaks | own, until_ms=None)
        mended = bool(self.breaks) and not self.breaks - own and not self.marked
        until_ms = event.at_ms + cooling_ms if mended else self.until_ms
        return self._replace(signals=self.signals - own, breaks=self.breaks - own, until_ms=until_ms)

    def _decided(self, asked: Stage, until_ms: int) -> Life:
        if asked is Stage.REMOVED:
            return Life()
        if not self.begun:
            return Life(begun=True, decided=asked is Stage.WATCHED)
        if asked is Stage.BROKEN:
            return self._replace(marked=True, until_ms=None)
        if asked is Stage.COOLING:
            return self._replace(breaks=frozenset(), marked=False, until_ms=until_ms)
        if asked is Stage.WATCHED:
            return self._replace(decided=True, signals=frozenset(), until_ms=None)
        return self._replace(decided=False)


BY_HAND = {
    Stage.CANDIDATE: (Stage.WATCHED, Stage.BROKEN),
    Stage.WATCHED: (Stage.CANDIDATE, Stage.BROKEN),
    Stage.ACTIVE: (Stage.WATCHED, Stage.BROKEN),
    Stage.BROKEN: (Stage.COOLING,),
    Stage.COOLING: (Stage.WATCHED, Stage.BROKEN),
    Stage.REMOVED: (),
}
"""Where somebody may move a pair from each stage."""


def refusal(now: Stage, asked: Stage) -> str:
    """Why nobody may move a pair there, as what to do instead; empty where one may."""
    if asked in BY_HAND[now]:
        return ""
    if now is Stage.REMOVED:
        return "the pair is not watched: add it to the watchlist first"
    if asked is Stage.REMOVED:
        return "take the pair off the watchlist instead"
    if asked is Stage.ACTIVE:
        return "only a signal of its z rules makes a pair active"
    if now is asked:
        return f"the pair is {now.value} already"
    return f"a pair that is {now.value} can be set to {' or '.join(BY_HAND[now])}"
