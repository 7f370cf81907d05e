"""Filling gaps of trade ids over REST, in a thread of its own so that live frames go on meanwhile."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

from ingest.backoff import Attempts, attempted, delay_s
from ingest.errors import ConfigurationError, RateLimited, VenueError, VenueRefused
from ingest.rest import PAGE, RestClient
from store.ticks import Tick

GIVE_UP_AFTER = 6  # failures in a row; what is still missing stays counted in the bars
POLL_S = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class MissingIds:
    """Trade ids of a symbol that are wanted, both ends included."""

    symbol: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What came for a gap, in pages as they arrive: the ticks of one symbol in id order."""

    symbol: str
    ticks: tuple[Tick, ...]


class GapFiller:
    """Fetches missing ids, oldest request first. Results wait in `results` until they are taken."""

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest
        self._wanted: SimpleQueue[MissingIds] = SimpleQueue()
        self._results: deque[Filled] = deque()
        self._asked: set[MissingIds] = set()
        self._stop = Event()
        self._thread = Thread(target=self._run, name="gap-filler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """End the thread; a call under way is not waited for longer than `timeout_s`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def want(self, missing: MissingIds) -> None:
        """Ask for ids; a repeated request is ignored."""
        if missing not in self._asked:
            self._asked.add(missing)
            self._wanted.put(missing)

    def results(self) -> list[Filled]:
        """What has come since the last call."""
        taken = []
        while self._results:
            taken.append(self._results.popleft())
        return taken

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                missing = self._wanted.get(timeout=POLL_S)
            except Empty:
                continue
            self._fill(missing)
            self._asked.discard(missing)

    def _fill(self, missing: MissingIds) -> None:
        next_id, attempts = missing.first, Attempts()
        while next_id <= missing.last and not self._stop.is_set():
            try:
                limit = min(PAGE, missing.last - next_id + 1)
                page = self._rest.agg_trades(missing.symbol, from_id=next_id, limit=limit)
            except RateLimited as limited:
                self._stop.wait(limited.retry_after_s)
                continue
            except (VenueRefused, ConfigurationError) as refused:
                log.warning("gap of %s from %d on cannot be filled: %s", missing.symbol, next_id, refused)
                return
            except VenueError as error:
                attempts = attempted(attempts, time.monotonic())
                if attempts.failures >= GIVE_UP_AFTER:
                    log.warning("gap of %s from %d on stays: %s", missing.symbol, next_id, error)
                    return
                self._stop.wait(delay_s(attempts, time.monotonic(), random.random()))  # noqa: S311  # jitter
                continue
            attempts = Attempts()
            found = tuple(tick for tick in page if next_id <= tick.trade_id <= missing.last)
            if not page:
                return
            next_id = page[-1].trade_id + 1
            if found:
                self._results.append(Filled(missing.symbol, found))
