"""Puts one instrument's ticks in id order: drops duplicates, waits for what is missing, and gives up in time."""

from __future__ import annotations

from enum import IntEnum

from ingest.core.events import TickFields
from ingest.core.gaps import Gap, Gaps
from ingest.core.ledger import MAX_OPEN, GapLedger

UNSET = -1
"""`Sequencer.next_id` while no tick may pass straight through: before the first one, and during a hold."""

MAX_HELD = 20_000
"""Ticks held back at most, for bounded memory: several seconds of the fiercest burst of one symbol."""

MAX_JUMP = 100_000_000
"""A step of ids beyond a week of the busiest symbol is no gap: the venue counts anew."""

RESTART_MS = 60_000
"""An old id with a time this much newer than the last tick's is no repeat: the venue counts anew."""


class Verdict(IntEnum):
    """What became of a tick."""

    PASSED = 0
    HELD = 1
    LATE = 2
    DUPLICATE = 3


class Sequencer:
    """Order of one instrument's trade ids, as a state machine over event time.

    Ticks that may be folded stand in `ready`, in id order. A caller with a tick whose id equals
    `next_id` may append it to `ready` and add one to `next_id` itself: the way of nearly all ticks.
    All others go through `offer`. A gap holds later ticks back until the venue's clock is `hold_ms`
    past the frame that revealed it; then they go on, and the gap stands in `lost`. Ids that come
    after that are late: the caller inserts them. `changed` lists what was lost or found since the
    caller last emptied it; `noticed` counts gaps; what is lost stands in the `ledger`.
    """

    __slots__ = (
        "_held",
        "_hold_ms",
        "_horizon",
        "_next",
        "changed",
        "last_ms",
        "ledger",
        "lost",
        "next_id",
        "noticed",
        "ready",
        "waiting",
    )

    def __init__(self, *, hold_ms: int, expected: int = UNSET, last_ms: int = 0, lost: list[Gap] | None = None) -> None:
        self._hold_ms = hold_ms
        self._held: dict[int, TickFields] = {}
        self._next = expected
        self._horizon = UNSET
        self.next_id = expected
        self.last_ms = last_ms
        self.noticed = 0
        self.ready: list[TickFields] = []
        self.changed: list[Gap] = []
        self.waiting = Gaps([], limit=MAX_HELD)
        self.lost = Gaps(lost or [], limit=MAX_OPEN)
        self.ledger = GapLedger()

    @property
    def expected(self) -> int:
        """The lowest id not yet passed on, `UNSET` before the first."""
        return self._next if self.next_id == UNSET else self.next_id

    @property
    def holding(self) -> bool:
        return self._horizon != UNSET

    @property
    def expires_ms(self) -> int | None:
        """Clock at which the present hold ends, None if there is none."""
        first = self.waiting.first
        return first.noticed_ms + self._hold_ms if first else None

    def offer(self, tick: TickFields, clock_ms: int) -> Verdict:
        """Place one tick; `clock_ms` is the venue's clock with the frame that brought it."""
        trade_id = tick[0]
        expected = self.expected
        if expected == UNSET or (trade_id == expected and not self.holding):
            return self._pass(tick)
        if trade_id < expected:
            return self._old(tick, clock_ms)
        if not self.holding:
            if trade_id - expected > MAX_JUMP:
                return self._pass(tick)
            self._begin_hold(expected)
        if trade_id > self._horizon:
            return self._beyond(tick, clock_ms)
        if trade_id in self._held:
            return Verdict.DUPLICATE
        self.waiting.remove(trade_id, 0)
        self._held[trade_id] = tick
        self._drain()
        return Verdict.PASSED if trade_id < self.expected else Verdict.HELD

    def expire(self, clock_ms: int) -> None:
        """Give up the gaps whose time is over; what they held back becomes ready."""
        while (expires_ms := self.expires_ms) is not None and expires_ms <= clock_ms:
            self._give_up(clock_ms)

    def release(self, clock_ms: int) -> None:
        """Give up every gap: nothing more will come."""
        while self.waiting.first:
            self._give_up(clock_ms)
        self.ledger.end(clock_ms)

    def _newest_ms(self) -> int:
        return self.ready[-1][3] if self.ready else self.last_ms

    def _pass(self, tick: TickFields) -> Verdict:
        self.ready.append(tick)
        self.next_id = tick[0] + 1
        return Verdict.PASSED

    def _old(self, tick: TickFields, clock_ms: int) -> Verdict:
        """An id below the expected one: late, a repeat, or the venue began to count anew."""
        gap = self.lost.remove(tick[0], tick[3])
        if gap is not None:
            self.changed.append(gap)
            self.ledger.found(tick[0], clock_ms)
            return Verdict.LATE
        if tick[3] > self._newest_ms() + RESTART_MS and not self.holding:
            return self._pass(tick)
        return Verdict.DUPLICATE

    def _begin_hold(self, expected: int) -> None:
        self._next = expected
        self._horizon = expected - 1
        self.next_id = UNSET

    def _beyond(self, tick: TickFields, clock_ms: int) -> Verdict:
        trade_id = tick[0]
        if trade_id > self._horizon + 1:
            self.noticed += 1
            self.waiting.append(Gap(self._horizon + 1, trade_id - 1, clock_ms))
        self._held[trade_id] = tick
        self._horizon = trade_id
        if len(self._held) > MAX_HELD:
            self._give_up(clock_ms)
        return Verdict.HELD

    def _give_up(self, clock_ms: int) -> None:
        gap = self.waiting.pop_first()
        before_ms = self._held[gap.last + 1][3]
        gap = gap._replace(after_ms=self._newest_ms() or before_ms, before_ms=before_ms)
        self.lost.append(gap)
        self.ledger.lost(gap, clock_ms)
        self.changed.append(gap)
        self._next = gap.last + 1
        self._drain()

    def _drain(self) -> None:
        """Pass on what is held up to the next gap; end the hold when there is none."""
        first = self.waiting.first
        stop = first.first if first else self._horizon + 1
        held = self._held
        self.ready.extend([held.pop(trade_id) for trade_id in range(self._next, stop)])
        self._next = stop
        if first is None:
            self.next_id = stop
            self._horizon = UNSET
