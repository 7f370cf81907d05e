"""Delivery beside the monitor's loop: a target that is slow, dead or wrong holds up neither alerts nor other targets.

What comes first at a target goes first: while it waits to be tried again, what came later waits with it, and then goes
along in few messages.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from engine.delivery.outbox import Outbox, Parcel, Sealed
from engine.delivery.post import Post
from engine.delivery.protocol import Answer, Letter
from engine.delivery.retries import PerMinute
from engine.desk.desk import Desk
from store.errors import StoreError

MAX_UNDER_WAY = 8
MAX_TROUBLED = 4
"""Of them to targets that failed last: so those in order find room however many others hang."""
_BUSY_S = 0.25
_IDLE_S = 0.5
_LOOK_EVERY_S = 5.0  # a notice of a change may be lost
_TIDY_EVERY_S = 60.0

_LOG = logging.getLogger(__name__)


class Courier:
    """A thread that sends what is due while it is allowed to. `command` starts the sending process."""

    def __init__(self, desk: Desk, outbox: Outbox, command: list[str]) -> None:
        self._desk = desk
        self._outbox = outbox
        self._mail: SimpleQueue[Answer | None] = SimpleQueue()
        self._post = Post(command, self._mail.put)
        self._numbers = count(1)
        self._under_way: dict[int, Sealed] = {}
        self._answered: list[tuple[Sealed, Answer]] = []
        self._troubled: set[int] = set()
        self._rates = PerMinute()
        self._recalled = False
        self._seen: int | None = None
        self._look_at_s = self._tidy_at_s = 0.0
        self._allowed, self._stop = Event(), Event()
        self._quiet = False
        self._thread = Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def allow(self, leading: bool) -> None:
        """Only the monitor that leads sends; what two send comes twice, under one id."""
        if leading:
            self._allowed.set()
        else:
            self._allowed.clear()

    def wake(self) -> None:
        """There is something new to send."""
        self._look_at_s = 0.0
        self._mail.put(None)

    def close(self, timeout_s: float = 1.5) -> None:
        """Begin nothing more, take the answers that come in time, and end. What got no answer is sent again."""
        self._stop.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._under_way.clear()  # that the process ends is no fault of theirs
        self._post.close()

    def _run(self) -> None:
        while not (self._stop.is_set() and not self._under_way and not self._answered):
            self._hear(_BUSY_S if self._under_way or self._answered or self._look_at_s == 0.0 else _IDLE_S)
            try:
                self._turn()
                self._quiet = False
            except StoreError as error:
                if not self._quiet:
                    _LOG.warning("delivery waits: %s", error)
                self._quiet = True
                self._stop.wait(_IDLE_S)
            except Exception:
                _LOG.exception("a message was not sent")
                self._stop.wait(_IDLE_S)

    def _turn(self) -> None:
        if self._answered:
            self._outbox.note(self._answered)
            self._answered.clear()
            self._look_at_s = 0.0
        self._post.watch()
        if self._stop.is_set() or not self._allowed.is_set():
            self._recalled = False
            return
        if not self._recalled:
            self._recall()
        now_s, version = monotonic(), self._desk.version()
        if now_s >= self._tidy_at_s:
            self._outbox.give_up_old()
            self._tidy_at_s = now_s + _TIDY_EVERY_S
        if version != self._seen or now_s >= self._look_at_s:
            self._seen = version
            self._look_at_s = now_s + self._dispatch()

    def _recall(self) -> None:
        """What targets got within the last minute from whoever sent before, so that a restart forgets no limit."""
        self._rates, now_s = PerMinute(), monotonic()
        for target_id, ago_ms in self._outbox.sent_lately():
            self._rates.note(target_id, now_s - ago_ms / 1_000)
        for sealed in self._under_way.values():
            self._rates.note(sealed.target_id, now_s)
        self._recalled = True

    def _hear(self, timeout_s: float) -> None:
        try:
            mail = self._mail.get(timeout=timeout_s)
            while True:
                sealed = None if mail is None else self._under_way.pop(mail.number, None)
                if mail is not None and sealed is not None:
                    self._heard(sealed, mail)
                mail = self._mail.get_nowait()
        except Empty:
            return

    def _heard(self, sealed: Sealed, answer: Answer) -> None:
        if answer.ok:
            self._troubled.discard(sealed.target_id)
        else:
            self._troubled.add(sealed.target_id)
            _LOG.warning("target %d did not take a message: %s", sealed.target_id, answer.reason)
        self._answered.append((sealed, answer))

    def _dispatch(self) -> float:
        """Send what is due as far as there is room; in how many seconds to look again."""
        busy = {sealed.target_id for sealed in self._under_way.values()}
        parcels = self._outbox.first_of_each(busy)
        for sealed in self._outbox.seal(self._that_may_go(parcels)):
            self._send(sealed)
        soonest_ms = min((parcel.due_ms for parcel in parcels), default=math.inf)
        return min(max((soonest_ms - self._outbox.now_ms()) / 1_000, _BUSY_S), _LOOK_EVERY_S)

    def _that_may_go(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """Those that are due and within their target's limit, as far as there is room."""
        now_ms, now_s = self._outbox.now_ms(), monotonic()
        room = MAX_UNDER_WAY - len(self._under_way)
        room_for_troubled = MAX_TROUBLED - sum(each.target_id in self._troubled for each in self._under_way.values())
        chosen: list[Parcel] = []
        for parcel in parcels:
            target, troubled = parcel.target, parcel.target.id in self._troubled
            due = parcel.due_ms <= now_ms and self._rates.allows(target.id, target.per_minute, now_s)
            if due and len(chosen) < room and (not troubled or room_for_troubled > 0):
                chosen.append(parcel)
                room_for_troubled -= troubled
        return chosen

    def _send(self, sealed: Sealed) -> None:
        number = next(self._numbers)
        self._under_way[number] = sealed
        self._rates.note(sealed.target_id, monotonic())
        message = sealed.message
        self._post.send(
            Letter(number, sealed.url.reveal(), message.title, message.body, sealed.message_id, message.good)
        )
