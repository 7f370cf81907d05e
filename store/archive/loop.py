"""The archiver's loop: read the streams, write files in time, tidy days that are over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event

from store.archive.archive import Archive
from store.archive.follower import Follower
from store.archive.layout import DAY_MS
from store.errors import StoreError
from store.latencies import Latencies
from store.process_state import Vitals

READ_EVERY_S = 0.5
MANY = 5_000  # ticks of one read, after which the next follows at once
LOOK_EVERY_S = 2.0
TIDY_EVERY_S = 1_800.0
DAYS_TIDIED = 3  # before today: what is older was tidied in its time
DAY_OVER_MS = 3_600_000  # late ticks of a day have come an hour after it
RETRY_AFTER_S = 2.0

_LOG = logging.getLogger(__name__)


class ArchiveLoop:
    """`clock_ms` gives UTC milliseconds. A store or an archive that does not answer is said once and waited for."""

    def __init__(self, follower: Follower, archive: Archive, *, clock_ms: Callable[[], int]) -> None:
        self._follower = follower
        self._archive = archive
        self._clock_ms = clock_ms
        self._look_at_s = 0.0
        self._tidy_at_s = 0.0
        self._quiet = False
        self._flushes = Latencies()
        self._ticks = 0

    def vitals(self) -> Vitals:
        """For the heartbeat: ticks read since the start, those not written yet, and how long it took to write files."""
        counts = {"ticks": self._ticks, "waiting": self._follower.pending}
        return Vitals(counts=counts, latencies={"write": self._flushes.last_minute()})

    def run(self, stop: Event) -> None:
        """Go on until `stop`, and write what waits at the end."""
        while not stop.is_set():
            try:
                self._turn(stop)
                if self._quiet:
                    _LOG.info("goes on")
                self._quiet = False
            except StoreError as error:
                if not self._quiet:
                    _LOG.warning("waits: %s", error)
                self._quiet = True
                stop.wait(RETRY_AFTER_S)
        try:
            self._follower.flush()
        except StoreError as error:
            _LOG.warning("ends with ticks unwritten, which the store still holds for a while: %s", error)

    def _turn(self, stop: Event) -> None:
        now_s = time.monotonic()
        if self._follower.due:
            self._follower.flush()
            self._flushes.note(time.monotonic() - now_s)
        if now_s >= self._look_at_s:
            self._follower.look()
            self._look_at_s = now_s + LOOK_EVERY_S
        if now_s >= self._tidy_at_s:
            self._tidy(stop)
            self._tidy_at_s = now_s + TIDY_EVERY_S
        read = self._follower.read()
        self._ticks += read
        if read < MANY:
            stop.wait(READ_EVERY_S)

    def _tidy(self, stop: Event) -> None:
        """One file for each of the last days, where it is in parts."""
        today = (self._clock_ms() - DAY_OVER_MS) // DAY_MS
        for name in self._archive.instruments():
            for day in self._archive.days(name):
                if today - DAYS_TIDIED <= day < today and not stop.is_set() and self._archive.compact(name, day):
                    _LOG.info("%s: one file for a day that is over", name)
