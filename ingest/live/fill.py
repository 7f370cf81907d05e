"""Filling gaps of trade ids over REST, in a thread of its own so that live frames go on meanwhile."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

from ingest.errors import ConfigurationError, RateLimited, VenueError, VenueRefused
from ingest.live.backoff import Attempts, attempted, delay_s, succeeded
from ingest.live.rest import PAGE, RestClient
from store.ticks import Tick

SAID_AFTER = 6  # failures in a row: then gaps are said to wait
LONGEST_PAUSE_S = 10.0  # so that a gap is filled soon after the venue answers again
AGAIN_AFTER_S = 600.0  # what the venue does not have, or refused, is asked for again only then
POLL_S = 0.5
HELD_S = 1.0
HELD_TICKS = 5 * PAGE
MOST_WAITING = 8  # results that nobody has taken: while the store is away no more are asked for
TAKEN_S = 0.05

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class MissingIds:
    """Trade ids of a symbol that are wanted, both ends included; with `open_end` those that there are of them."""

    symbol: str
    first: int
    last: int
    open_end: bool = False

    def holds(self, other: MissingIds) -> bool:
        return self.symbol == other.symbol and self.first <= other.first and other.last <= self.last


@dataclass(slots=True)
class _Request:
    """A gap, and from which id on it is still to be asked for."""

    gap: MissingIds
    next_id: int
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """Pages that came for a gap, in id order. With `final` nothing more will come for it, `refused` if never."""

    gap: MissingIds
    ticks: tuple[Tick, ...]
    final: bool
    refused: bool = False


class GapFiller:
    """Fetches missing ids, oldest request first. Results wait until they are taken.

    Where the venue does not answer, each request is tried in its turn, with pauses, until it does.
    """

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest
        self._wanted: SimpleQueue[_Request] = SimpleQueue()
        self._attempts = Attempts()
        self._results: deque[Filled] = deque()
        self._asked: set[MissingIds] = set()
        self._ended_s: dict[MissingIds, float] = {}
        self._stop = Event()
        self._thread = Thread(target=self._run, name="gap-filler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """End the thread; a call under way is not waited for longer than `timeout_s`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def want(self, gap: MissingIds) -> None:
        """Ask for ids, unless they are part of a request under way or of one that ended lately."""
        known = (
            (gap in self._asked,)
            if gap.open_end
            else (
                *(asked.holds(gap) for asked in self._asked if not asked.open_end),
                *(ended.holds(gap) for ended in self._ended_s),
            )
        )
        if any(known):
            return
        self._asked.add(gap)
        self._wanted.put(_Request(gap, gap.first))

    def forget(self) -> None:
        """What was asked for lately may be asked for again: the store lost what came of it."""
        self._ended_s = {}
        self._asked = set()  # of what is under way, a part was handed over and lost

    def results(self) -> list[Filled]:
        """What has come since the last call."""
        taken = []
        while self._results:
            taken.append(self._results.popleft())
        now_s = time.monotonic()
        ended = {filled.gap: now_s for filled in taken if filled.final and not filled.gap.open_end}
        self._asked.difference_update(filled.gap for filled in taken if filled.final)
        recently = {gap: at_s for gap, at_s in self._ended_s.items() if now_s - at_s < AGAIN_AFTER_S}
        self._ended_s = recently | ended
        return taken

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                request = self._wanted.get(timeout=POLL_S)
            except Empty:
                continue
            try:
                self._fill(request)
            except VenueError as error:
                self._wanted.put(request)
                self._pause(error)
            else:
                self._results.append(Filled(request.gap, (), final=True, refused=request.refused))

    def _pause(self, error: VenueError) -> None:
        """After an answer that did not come: wait before the next request, longer each time."""
        self._attempts = attempted(self._attempts, time.monotonic())
        if self._attempts.failures == SAID_AFTER:
            log.warning("%d gaps wait: %s", self._wanted.qsize(), error)
        pause_s = delay_s(self._attempts, time.monotonic(), random.random())  # noqa: S311  # jitter
        self._stop.wait(min(pause_s, LONGEST_PAUSE_S))

    def _fill(self, request: _Request) -> None:
        """Fetch page by page, and hand over what came together: each handing over revises the bars of the whole gap.

        Raises `VenueError` where no answer came, when what had come was handed over.
        """
        gap, held = request.gap, list[Tick]()
        handed_s = time.monotonic()
        for page in self._pages(request):
            held += page
            if held and (not page or len(held) >= HELD_TICKS or time.monotonic() - handed_s >= HELD_S):
                self._results.append(Filled(gap, tuple(held), final=False))
                held, handed_s = [], time.monotonic()
        if held:
            self._results.append(Filled(gap, tuple(held), final=False))

    def _pages(self, request: _Request) -> Iterator[list[Tick]]:
        """What there is of a gap, until the venue has no more or refuses for good; an empty page before each wait."""
        gap = request.gap
        while request.next_id <= gap.last and not self._stop.is_set():
            next_id = request.next_id
            try:
                page = self._rest.trades(gap.symbol, from_id=next_id, limit=min(PAGE, gap.last - next_id + 1))
            except RateLimited as limited:
                yield []
                self._stop.wait(limited.retry_after_s)
                continue
            except (VenueRefused, ConfigurationError) as refused:
                log.warning("the gap of %s from id %d on cannot be filled: %s", gap.symbol, next_id, refused)
                request.refused = True
                return
            except VenueError:
                yield []
                raise
            self._attempts = succeeded(self._attempts)
            if not page:
                return
            while len(self._results) >= MOST_WAITING and not self._stop.wait(TAKEN_S):
                pass
            found = [tick for tick in page if next_id <= tick.trade_id <= gap.last]
            request.next_id = page[-1].trade_id + 1
            if found:
                yield found
