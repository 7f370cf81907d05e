"""The monitor's loop: hold the lease, follow what is watched, judge what is closed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic
from typing import Protocol

from redis import Redis

from engine.desk.desk import Desk
from engine.monitor.bell import Bell, legs_of
from engine.monitor.evaluation import Evaluation
from engine.monitor.journal import Journal
from engine.monitor.pairs import looked_at
from engine.monitor.seeding import Seeding
from engine.monitor.stages import Cooling
from engine.monitor.vitals import MonitorVitals
from engine.monitor_state import MonitorState, write_monitor_state
from engine.parameters import PairParameters
from store.client import store_errors
from store.epoch import read_epoch
from store.errors import StoreError
from store.lease import Lease

POLL_MS = 100
HOUSEKEEPING_EVERY_MS = 1_000
CHECKPOINT_EVERY_MS = 10_000
RETRY_AFTER_S = 0.5

_LOG = logging.getLogger(__name__)


class Besides(Protocol):
    """Work of the monitor on a thread of its own, done by the one that leads."""

    def allow(self, leading: bool) -> None: ...


class Monitor:
    """One monitor; `run` returns when `stop` is set. `clock_ms` gives UTC milliseconds."""

    def __init__(
        self,
        client: Redis,
        desk: Desk,
        *,
        lease: Lease,
        journal: Journal,
        bell: Bell,
        evaluation: Evaluation,
        besides: Sequence[Besides],
        clock_ms: Callable[[], int],
        vitals: MonitorVitals | None = None,
    ) -> None:
        self._client = client
        self._desk = desk
        self._lease = lease
        self._journal = journal
        self._bell = bell
        self._evaluation = evaluation
        self._besides = tuple(besides)
        self._seeding = Seeding(desk, client)
        self._cooling = Cooling(desk, bell, clock_ms)
        self._clock_ms = clock_ms
        self._started_ms = clock_ms()
        self.vitals = vitals or MonitorVitals()
        self._rang = False
        self._leading = False
        self._epoch: bytes | None = None
        self._pairs: tuple[PairParameters, ...] = ()
        self._alerts = 0
        self._housekeeping_at_ms = 0
        self._checkpoint_at_ms = 0

    def run(self, stop: Event) -> None:
        """Go on until `stop`; a store or database that does not answer is said once and waited for."""
        quiet = False
        while not stop.is_set():
            try:
                self._turn(stop)
                if quiet:
                    _LOG.info("goes on")
                quiet = False
            except StoreError as error:
                if not quiet:
                    _LOG.warning("waits: %s", error)
                quiet = True
                stop.wait(RETRY_AFTER_S)
        self._end()

    def _turn(self, stop: Event) -> None:
        began_s = monotonic()
        now_ms = int(began_s * 1000)
        if not self._lease.hold(now_ms):
            self._leading = self.vitals.leading = False
            self._allow_besides(False)
            stop.wait(POLL_MS / 1000)
            return
        if not self._leading:
            self._allow_besides(True)
            self._journal.load()
            self._evaluation.forget()
            self._leading = self.vitals.leading = True
        if now_ms >= self._housekeeping_at_ms:
            self._keep_house()
            self._housekeeping_at_ms = now_ms + HOUSEKEEPING_EVERY_MS
        if self._epoch is not None:
            self._alerts += self._evaluation.run(self._epoch.decode())
        if now_ms >= self._checkpoint_at_ms:
            self._journal.checkpoint()
            self._checkpoint_at_ms = now_ms + CHECKPOINT_EVERY_MS
        if self._rang:
            self.vitals.rounds.note(monotonic() - began_s)
        self._rang = self._bell.following and self._bell.wait(POLL_MS)
        if not self._bell.following:
            stop.wait(POLL_MS / 1000)

    def _allow_besides(self, leading: bool) -> None:
        for work in self._besides:
            work.allow(leading)

    def _keep_house(self) -> None:
        """Take up what changed: the store's epoch, new instruments, watchlist, rules, looks."""
        with store_errors():
            epoch = read_epoch(self._client)
        if epoch != self._epoch:
            self._epoch = epoch
            self._bell.forget()
            self._evaluation.forget()
        added = self._seeding.run(self._clock_ms())
        if added:
            _LOG.info("watches %d more pairs", added)
        for venue in self._desk.restore_followed():
            _LOG.info("what is followed at %s is written to the store again", venue)
        rules = self._desk.rules()
        seen = [entry.parameters for entry in self._desk.watchlist()]
        seen += looked_at(self._client, self._clock_ms())
        self._pairs = tuple(dict.fromkeys([*seen, *(rule.parameters for rule in rules)]))
        self._bell.follow(leg for pair in self._pairs for leg in legs_of(pair))
        self._evaluation.follow(self._pairs, tested=seen)
        self._cooling.run()
        if self._epoch is not None:
            self._alerts += self._evaluation.watch_clock(self._epoch.decode())
        self._say(len(rules))

    def _say(self, rules: int) -> None:
        state = MonitorState(
            written_ms=self._clock_ms(),
            started_ms=self._started_ms,
            pairs=len(self._pairs),
            rules=rules,
            alerts=self._alerts,
        )
        write_monitor_state(self._client, state)
        self.vitals.counts = {"pairs": state.pairs, "rules": rules, "alerts": state.alerts}

    def _end(self) -> None:
        try:
            if self._leading:
                self._journal.checkpoint()
            self._lease.release()
        except StoreError as error:
            _LOG.warning("ends without a last word: %s", error)
