"""A running session kept in step with the list of followed symbols, without a restart and without a pause.

A symbol that is new on the list is refused by name, or brought up to now by `joining` in a core of its own; then the
session's core adopts it between two batches, its streams are subscribed, and what was traded in between is fetched. A
symbol that left the list is unsubscribed first and taken out a moment later.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.live.attendance import Attendance
from ingest.live.joining import CaughtUp, Joined, Joining, NotJoined
from ingest.live.links import Links
from ingest.live.register import Register
from store.catalogue import InstrumentInfo
from store.errors import StoreError
from store.feed import FeedState

LEAVING_S = 1.0  # for what is on its way when a symbol is unsubscribed
CATCH_UP_S = 1.0  # for a stream to begin

log = logging.getLogger(__name__)


class Following:
    """Who comes and goes in one stretch of a session. For the thread that owns the core."""

    def __init__(
        self,
        attendance: Attendance,
        *,
        core: Core,
        links: Links,
        publisher: Publisher,
        register: Register,
        joining: Joining,
    ) -> None:
        self._attendance = attendance
        self._core = core
        self._links = links
        self._publisher = publisher
        self._register = register
        self._joining = joining
        self._joins: set[str] = set()
        self._leaves: dict[str, float] = {}
        self._to_catch_up: dict[str, float] = {}
        self._unsaid = False

    @property
    def infos(self) -> tuple[InstrumentInfo, ...]:
        """What is followed now."""
        return tuple(self._attendance.infos.values())

    def said(self, feed: FeedState) -> FeedState:
        """The state of a feed, with the symbols that are to be followed and are not."""
        refused = {symbol: each.reason for symbol, each in self._attendance.refused.items()}
        joining = dict.fromkeys(sorted(self._joins), "its history is being fetched")
        return replace(feed, joining=joining, refused=refused)

    def __enter__(self) -> Following:
        """Once the core is up to now."""
        self._joining.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Whoever is on the way in stays out."""
        self._joining.stop()

    def look(self) -> None:
        """Once a second: see what is to be followed now."""
        attendance, now_s = self._attendance, time.monotonic()
        changed = attendance.look()
        for symbol in attendance.due(now_s):
            if symbol not in self._joins:
                self._joins.add(symbol)
                self._joining.want(symbol)
        self._joins = {symbol for symbol in self._joins if attendance.wants(symbol)}
        left = [symbol for symbol in attendance.infos if not attendance.wants(symbol) and symbol not in self._leaves]
        if left:
            log.info("%s: follows no longer %s", self._core.venue, ", ".join(left))
            self._leaves |= dict.fromkeys(left, now_s + LEAVING_S)
            self._subscribe()
        if changed or self._unsaid:
            self._tell()

    def step(self) -> None:
        """Take in and let go who is ready for it."""
        if self._joining.results:
            self._take_results()
        if self._leaves or self._to_catch_up:
            self._end_waits(time.monotonic())

    def _take_results(self) -> None:
        results = self._joining.results
        while results:
            result = results[0]
            if isinstance(result, Joined) and not self._admit(result):
                return  # what was left of it before is not published yet
            results.popleft()
            if isinstance(result, NotJoined) and result.symbol in self._joins:
                self._joins.discard(result.symbol)
                self._attendance.refuse(result.symbol, result.reason, time.monotonic() + result.again_s)
            elif isinstance(result, CaughtUp) and self._core.has(result.symbol):
                self._core.fill(result.symbol, result.ticks)

    def _admit(self, joined: Joined) -> bool:
        """Take a symbol in; False when it must wait."""
        symbol = joined.facts.symbol
        if symbol not in self._joins or not self._attendance.wants(symbol):
            return True
        if not self._core.adopt(joined.core, symbol):
            return False
        self._joins.discard(symbol)
        self._attendance.admit(joined.facts)
        self._subscribe()
        self._to_catch_up[symbol] = time.monotonic() + CATCH_UP_S
        self._unsaid = True
        log.info("%s: follows %s", self._core.venue, symbol)
        return True

    def _end_waits(self, now_s: float) -> None:
        for symbol in [symbol for symbol, at_s in self._leaves.items() if now_s >= at_s]:
            del self._leaves[symbol]
            self._core.remove(symbol)
            self._attendance.dismiss(symbol)
            self._unsaid = True
        for symbol in [symbol for symbol, at_s in self._to_catch_up.items() if now_s >= at_s]:
            del self._to_catch_up[symbol]
            if self._core.has(symbol) and self._core.expected_id(symbol) >= 0:
                self._joining.catch_up(symbol, self._core.expected_id(symbol))

    def _subscribe(self) -> None:
        self._links.follow([symbol for symbol in self._attendance.infos if symbol not in self._leaves])

    def _tell(self) -> None:
        """Bring the catalogue and the sharing of memory up to date; where the store does not answer, the next time."""
        self._unsaid = True
        try:
            self._register.write(self._publisher, self.infos)
            self._publisher.caps = self._register.caps(self.infos, len(self._attendance.listed))
            self._unsaid = False
        except StoreError as error:
            log.debug("the catalogue waits: %s", error)
