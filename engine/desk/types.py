"""What the desk keeps: settings, watched pairs, rules, alerts, targets and silences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from engine.bar_state import BarState
from engine.parameters import PairParameters
from engine.rules.kinds import RuleKind as RuleKind
from store.followed import VenueSymbol as VenueSymbol


class AlertEvent(StrEnum):
    """What happened at a bar: the value went beyond the fire level on a side, or came back to the clear level."""

    ABOVE = "above"
    BELOW = "below"
    CLEAR = "clear"


FIRING = (AlertEvent.ABOVE, AlertEvent.BELOW)
"""The events that wait for somebody to acknowledge them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds in standard deviations of z, the refresh period, and the least |correlation| at which a rule fires.

    The thresholds and the correlation hold for bars closing at or after `effective_ms` (UTC).
    """

    entry: float = 2.0
    exit: float = 0.5
    refresh_ms: int = 1_000
    min_correlation: float = 0.7
    effective_ms: int = 0


@dataclass(frozen=True, slots=True)
class WatchedPair:
    id: int
    parameters: PairParameters
    added_ms: int


FollowState = Literal["following", "warming", "waiting", "refused", "disconnected"]
"""Of a symbol: its trades come; its past is fetched; no ingestor has taken it up; the venue does not trade it; the
venue's connection is down."""


@dataclass(frozen=True, slots=True)
class FollowedInstrument:
    """A symbol that is to be followed. `added_ms` is None for the set that an ingestor began with.

    `reason` says in words why the state is another one than "following".
    """

    venue: str
    symbol: str
    position: int
    added_ms: int | None
    state: FollowState
    reason: str = ""

    @property
    def id(self) -> str:
        return f"{self.venue}:{self.symbol}"


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What is said of a rule. A level or correlation of None follows the kind's, or the settings'.

    In bars of the pair: `pending_bars` how long a breach lasts before it fires, `cooldown_bars` how long after it
    fired it does not fire again, `keep_bars` how long the value has to be back before it clears.
    """

    fire: float | None = None
    clear: float | None = None
    enabled: bool = True
    pending_bars: int = 0
    cooldown_bars: int = 0
    keep_bars: int = 0
    min_correlation: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it now stands. `words` judge bars that close at or after `effective_ms`."""

    id: int
    parameters: PairParameters
    kind: RuleKind
    words: RuleWords
    effective_ms: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One event of one rule at one closed bar, with the numbers and levels that made it.

    `value` is what the rule judged. `open_time_ms` and `at_ms` are the bar's open and close, `written_ms` is when the
    log took it.
    """

    id: int
    rule_id: int
    parameters: PairParameters
    kind: RuleKind
    event: AlertEvent
    open_time_ms: int
    at_ms: int
    value: float | None
    z: float | None
    spread: float | None
    beta: float | None
    correlation: float | None
    fire: float
    clear: float
    written_ms: int
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""
    note: str = ""
    silenced: bool = False
    """Nobody was told of it."""
    bar_state: BarState | None = None
    """How complete the bar was when it was judged; None where there was none, as for a rule on the clock."""
    bar_missing: int | None = None
    """Trades it was known to lack then, None where how many is not known."""

    @property
    def waits(self) -> bool:
        """Whether somebody should acknowledge it."""
        return self.event in FIRING and self.acknowledged_ms is None


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go. `shown` is all of its address that may be shown.

    `everything`: alerts of rules that name no targets. `template` is empty for the common one. `doubt` says, where its
    address was just given, why it is not known whether it can be reached.
    """

    id: int
    name: str
    shown: str
    everything: bool
    per_minute: int
    template: str
    created_ms: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class TargetQueue:
    """How a target stands: how many deliveries wait, and when the newest that it took was sent, None where none was.

    `failing` says why the first of those that wait was refused, which was made at `failing_ms`; `lost` why the last one
    given up was, made at `lost_ms`, where it took none since. Both are None, and so are their times, where none was.
    """

    waits: int
    sent_ms: int | None
    failing_ms: int | None
    failing: str | None
    lost_ms: int | None
    lost: str | None


class DeliveryState(StrEnum):
    """`FAILED` is tried again when it is due."""

    WAITING = "waiting"
    FAILED = "failed"
    SENT = "sent"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An alert on its way to a target, or a test where there is no alert.

    `message_id` is what the receiver sees, the same however often the message goes; empty until it first does.
    """

    id: int
    alert_id: int | None
    target_id: int
    target: str
    message_id: str
    state: DeliveryState
    attempts: int
    due_ms: int
    sent_ms: int | None
    error: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Silence:
    """No message of a rule or of a pair, one of them, about bars that close in [from_ms, until_ms)."""

    id: int
    rule_id: int | None
    pair: PairParameters | None
    from_ms: int
    until_ms: int
    by: str
    note: str
    written_ms: int
