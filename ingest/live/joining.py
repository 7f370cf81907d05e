"""Bringing symbols up to now that are to be followed from now on: on a thread of its own, in a core of their own."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

from redis import Redis

from ingest.core.core import Core
from ingest.dialects.facts import SymbolFacts
from ingest.errors import IngestError, Stopped
from ingest.live.attendance import LATER_S, refusal
from ingest.live.begin import begin
from ingest.live.kept import KeptPast
from ingest.live.rest import RestClient
from ingest.live.symbols import Wait, insisting
from ingest.live.venues import Venue
from ingest.live.warmup import Historian
from store.errors import StoreError
from store.ticks import Tick

POLL_S = 0.5
PATIENCE_S = 180.0  # of waiting for the venue, for one symbol: others want to begin too
FRESH_S = 10.0  # as long as a list of the venue's symbols is taken for true
SOON_S = 30.0  # until a symbol is tried again after a failure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Joined:
    """`core` has this one symbol, with all its trades up to now."""

    facts: SymbolFacts
    core: Core


@dataclass(frozen=True, slots=True)
class NotJoined:
    """Why a symbol cannot be followed, in words; `again_s` is when to try again."""

    symbol: str
    reason: str
    again_s: float


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Trades that came between the history of a symbol and its stream."""

    symbol: str
    ticks: tuple[Tick, ...]


class Joining:
    """One symbol after the other: asked for with `want`, and taken from `results` by the thread that owns the core."""

    def __init__(
        self, venue: Venue, rest: RestClient, client: Redis, kept: KeptPast, *, is_wanted: Callable[[str], bool]
    ) -> None:
        """`is_wanted` tells, from another thread, whether a symbol is to be followed still."""
        self._venue = venue
        self._rest = rest
        self._client = client
        self._kept = kept
        self._is_wanted = is_wanted
        self._listed: dict[str, SymbolFacts] = {}
        self._listed_s = float("-inf")
        self._asked: SimpleQueue[tuple[str, int | None]] = SimpleQueue()
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"joining-{venue.name}", daemon=True)
        self.results: deque[Joined | NotJoined | CaughtUp] = deque()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End soon; a call under way is not waited for, and what comes of it goes nowhere."""
        self._stop.set()

    def want(self, symbol: str) -> None:
        """Bring a symbol up to now."""
        self._asked.put((symbol, None))

    def catch_up(self, symbol: str, trade_id: int) -> None:
        """Fetch the trades from an id on."""
        self._asked.put((symbol, trade_id))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                symbol, trade_id = self._asked.get(timeout=POLL_S)
            except Empty:
                continue
            if self._is_wanted(symbol):
                self._serve(symbol, trade_id)

    def _serve(self, symbol: str, trade_id: int | None) -> None:
        wait = self._wait(symbol)
        try:
            if trade_id is None:
                self.results.append(self._joined(symbol, wait))
            else:
                for page in Historian(self._venue, self._rest, wait).trades_from(symbol, trade_id):
                    self.results.append(CaughtUp(symbol, tuple(page)))
        except Stopped as stopped:
            if self._is_wanted(symbol) and not self._stop.is_set():
                self._refuse(symbol, trade_id, f"{self._venue.feed} does not give its past: {stopped.__cause__}")
        except (IngestError, StoreError) as error:
            self._refuse(symbol, trade_id, str(error))
        except Exception as error:
            log.exception("%s: %s cannot be followed", self._venue.feed, symbol)
            self._refuse(symbol, trade_id, f"failed: {error!r}")

    def _refuse(self, symbol: str, trade_id: int | None, reason: str) -> None:
        if trade_id is None:  # what is only not caught up is asked for again as a gap
            self.results.append(NotJoined(symbol, reason, SOON_S))

    def _joined(self, symbol: str, wait: Wait) -> Joined | NotJoined:
        facts = self._facts(symbol, wait)
        reason = refusal(self._venue, facts)
        if facts is None or reason:
            return NotJoined(symbol, reason, LATER_S)
        historian = Historian(self._venue, self._rest, wait)
        core = Core(self._venue.name, [symbol], decode=self._venue.dialect.decode)
        begin(core, historian, self._client, self._kept)
        if core.expected_id(symbol) >= 0:
            for page in historian.trades_from(symbol, core.expected_id(symbol)):
                core.fill(symbol, page)
        return Joined(facts, core)

    def _facts(self, symbol: str, wait: Wait) -> SymbolFacts | None:
        """Where the venue tells of all symbols at once, it is asked once for those that come at a time."""
        if self._venue.info_by_symbol:
            return insisting(lambda: self._rest.symbol_facts([symbol]), wait).get(symbol)
        if time.monotonic() - self._listed_s > FRESH_S:
            self._listed = insisting(self._rest.all_symbols, wait)
            self._listed_s = time.monotonic()
        return self._listed.get(symbol)

    def _wait(self, symbol: str) -> Wait:
        """A wait that ends for good when the symbol is not wanted any more, or took too long."""
        waited_s = 0.0

        def wait(seconds: float) -> bool:
            nonlocal waited_s
            until_s = time.monotonic() + seconds
            while (left_s := until_s - time.monotonic()) > 0 and self._is_wanted(symbol):
                if self._stop.wait(min(POLL_S, left_s)):
                    return True
            waited_s += seconds
            return waited_s > PATIENCE_S or not self._is_wanted(symbol)

        return wait
