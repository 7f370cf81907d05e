"""The loop of a live session: frames to the core, batches to the store, and a word about the feed each second."""

from __future__ import annotations

import logging
import time
from threading import Event

from redis import Redis

from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.live.besides import Besides
from ingest.live.doubts import Doubts
from ingest.live.feeding import Feeding
from ingest.live.fill import MissingIds
from ingest.live.following import Following
from ingest.live.home import is_known
from ingest.live.links import Links
from ingest.live.meter import FeedMeter, Situation
from ingest.live.outbox import Outbox
from ingest.live.store_care import StoreCare
from ingest.live.turn import Turn
from ingest.vitals import FeedVitals
from store.errors import CorruptRecord, Fenced, StoreError, WritesLost
from store.feed import State

BATCH_FRAMES = 20_000  # all that waits, as a rule: a slow store costs a round trip a batch, however large it is
PUBLISH_EVERY_S = 0.05
HOUSEKEEPING_EVERY_S = 1.0

log = logging.getLogger(__name__)


class StoreEmptied(Exception):
    """The store has lost what was in it: begin anew."""

    def __init__(self) -> None:
        super().__init__("it knows none of the instruments")


class LiveLoop:
    """One stretch of ingesting, until the store loses what is in it.

    While the store is away the core gets nothing: frames wait in their bounded queue.
    """

    def __init__(
        self,
        client: Redis,
        *,
        core: Core,
        publisher: Publisher,
        links: Links,
        meter: FeedMeter,
        turn: Turn,
        care: StoreCare,
        vitals: FeedVitals | None = None,
        besides: Besides,
        following: Following,
    ) -> None:
        self._client = client
        self._core = core
        self._publisher = publisher
        self._links = links
        self._meter = meter
        self._turn = turn
        self._vitals = vitals or FeedVitals()
        self._care = care
        self._outbox = Outbox(publisher, care.failed)
        self._besides = besides
        self._following = following
        self._received_ms = 0
        self._feeding = Feeding(links.queue, core)
        self._doubts = Doubts(core, links.filler)

    def run(self, stop: Event) -> None:
        """Work until `stop`.

        Raises `StoreEmptied`, `WritesLost`, `CorruptRecord` or `Fenced`, or `RegionRefused` for a connection refused
        for good.
        """
        self._core.interrupt()  # no stream has told yet that it goes on from where the past ends
        self._publish()
        housekeeping_s = published_s = 0.0
        while not stop.is_set():
            full = self._outbox.clear and self._feed() >= BATCH_FRAMES
            now_s = time.monotonic()
            if full or now_s - published_s >= PUBLISH_EVERY_S:
                published_s = now_s
                self._publish()
            if now_s - housekeeping_s >= HOUSEKEEPING_EVERY_S:
                housekeeping_s = now_s
                self._keep_house()
            if not full:
                stop.wait(PUBLISH_EVERY_S)
        self._end()

    def say(self, state: State, *, detail: str = "") -> None:
        """Write how the feed is; a store that is away hears it the next time."""
        situation = Situation(state, self._received_ms, self._links.reconnects, detail)
        feed = self._meter.feed_state(time.monotonic(), time.time_ns() // 1_000_000, self._core.counts(), situation)
        feed = self._following.said(self._care.said(feed))
        self._vitals.note_feed(feed, self._meter.lag, self._care.counts)
        try:
            self._publisher.publish_feed(feed)
        except StoreError as error:
            log.debug("the state of the feed cannot be written: %s", error)

    def _feed(self) -> int:
        """Give the core what has come; returns how many frames."""
        self._following.step()
        fed = self._feeding.step(BATCH_FRAMES)
        if fed.interrupted:
            self._doubts.begin_anew()
        if fed.frames:
            self._received_ms = fed.received_ns // 1_000_000
        for filled in self._links.filler.results():
            if not self._core.has(filled.gap.symbol):
                continue  # it is followed no longer
            self._core.fill(filled.gap.symbol, filled.ticks)
            if filled.gap.open_end:
                self._doubts.answered(filled)
            elif filled.final:
                self._core.not_to_be_had(filled.gap.symbol, filled.gap.first, filled.gap.last)
        for gap in self._core.wanted_gaps():
            self._links.filler.want(MissingIds(gap.symbol, gap.first, gap.last))
        return fed.frames

    def _publish(self) -> None:
        if not self._outbox.clear:
            self._outbox.retry()
            return
        batch = self._core.take()
        self._meter.note_batch(time.monotonic(), batch)
        self._links.note(batch.venue, batch.notices)
        if batch.legs:
            began_s = time.monotonic()
            self._outbox.send(batch)
            if self._outbox.clear:
                self._vitals.publish.note(time.monotonic() - began_s)
        self._besides.write()

    def _keep_house(self) -> None:
        """Once a second: end on a refusal or when the turn is over, notice an emptied store, say how the feed is."""
        if self._links.refused is not None:
            raise self._links.refused
        if not self._turn.ours:
            raise Fenced("another ingestor writes now")
        self._care_for_store()
        if not self._outbox.clear:
            return  # a store that takes nothing is asked nothing else: each question costs a timeout
        try:
            if not is_known(self._client, self._following.infos):
                raise StoreEmptied
        except CorruptRecord:
            raise
        except StoreError:
            return
        self._following.look()
        trouble = self._links.trouble
        self._doubts.look(time.monotonic(), listening=not trouble)
        self.say("disconnected" if trouble else "streaming", detail=trouble or self._links.remark)

    def _care_for_store(self) -> None:
        """Note what was dropped, and make room where there is none, or soon would be."""
        self._care.note_dropped(self._links.queue.dropped)
        if not (self._outbox.clear or self._outbox.full):
            return
        try:
            caps = self._care.make_room() if self._outbox.full else self._care.look()
        except StoreError as error:
            log.debug("no room could be made: %s", error)
            return
        if caps is not None:
            self._publisher.caps = caps
            self._outbox.retry(at_once=True)

    def _end(self) -> None:
        """Write what has come, and say that nobody listens any more."""
        self._links.hang_up()
        try:
            while self._outbox.clear and self._feed():
                self._publish()
            self._publish()
        except (WritesLost, CorruptRecord) as error:
            log.warning("%s", error)
        if not self._outbox.clear:
            log.warning("the last batch could not be written: it is fetched again at the next start")
        self._besides.end()
        self.say("disconnected", detail="the ingestor was stopped")
