"""One live venue from its start to its end: checked, connected, warmed up, and followed."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from threading import Event

from redis import Redis

from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.errors import EmptyShard, Stopped
from ingest.live.attendance import Attendance
from ingest.live.begin import begin
from ingest.live.besides import Besides
from ingest.live.calm_log import CalmLog
from ingest.live.following import Following
from ingest.live.home import clear_the_way, move_in
from ingest.live.joining import Joining
from ingest.live.kept import KeptPast
from ingest.live.links import Links
from ingest.live.listing import Listing
from ingest.live.loop import LiveLoop, StoreEmptied
from ingest.live.meter import FeedMeter
from ingest.live.register import Register
from ingest.live.rest import RestClient
from ingest.live.rhythm import SILENT_AFTER_S
from ingest.live.roll import Roll
from ingest.live.store_care import StoreCare
from ingest.live.symbols import Wait, checked_symbols
from ingest.live.turn import Turn
from ingest.live.venues import Venue
from ingest.live.warmup import Historian
from ingest.shard import WHOLE, Shard
from ingest.vitals import FeedVitals
from store.errors import Fenced, StoreError, StoreFull, WritesLost
from store.feed_parts import part_name

RETRY_S = 1.0

log = logging.getLogger(__name__)


class LiveSession:
    """Ingests one venue until `stop` is set.

    What is lost while the store is away shows as a gap of ids and is fetched again. A store that
    comes back empty is filled again from the beginning. Where another ingestor writes for the venue this one stands by,
    without a connection, until it is its turn.
    """

    def __init__(
        self,
        venue: Venue,
        symbols: Sequence[str],
        client: Redis,
        stop: Event,
        *,
        retention_mb: int | None = None,
        database_url: str | None = None,
        shard: Shard = WHOLE,
        silent_after_s: float = SILENT_AFTER_S,
        vitals: FeedVitals | None = None,
    ) -> None:
        self._venue = venue
        self._symbols = symbols
        self._client = client
        self._stop = stop
        self._care = StoreCare(client, retention_mb)
        self._calm = CalmLog()
        self._reason = ""
        self._database_url = database_url
        self._silent_after_s = silent_after_s
        self._rest = RestClient(venue)
        self._vitals = vitals or FeedVitals()
        self._shard = shard
        self._part = part_name(venue.name, str(shard))
        self._turn = Turn(client, self._part)
        self._meter = FeedMeter(venue.name, venue.origin, started_ms=time.time_ns() // 1_000_000)

    def run(self) -> None:
        """Work until stopped; raises a `ConfigurationError` when it cannot be done as asked."""
        try:
            attendance = self._attendance()
        except Stopped:
            return
        try:
            self._vitals.note = f"{self._part} stands by"
            while self._turn.wait(self._stop):
                self._serve(attendance)
                self._vitals.note = f"{self._part} stands by"
        except Stopped:
            log.info("%s: stopped while it was warming up", self._venue.feed)
        finally:
            self._turn.end()
            self._rest.close()

    def _attendance(self) -> Attendance:
        """What is to be followed: as analysts chose; where they did not, as asked for, which must be possible."""
        roll = Roll(self._client, self._venue.name, self._shard, database_url=self._database_url)
        roll.recall()
        if roll.chosen:
            log.info("%s: follows what was chosen on the board, whatever SYMBOLS says", self._venue.feed)
            return Attendance(self._venue, roll)
        infos = checked_symbols(self._venue, self._rest, self._symbols, self._stop.wait)
        roll.begin_with([info.id.partition(":")[2] for info in infos])
        if not roll.own:
            raise EmptyShard(str(self._shard), len(infos))
        log.info("%s: %s", self._venue.feed, ", ".join(roll.own))
        return Attendance(self._venue, roll, infos)

    def _serve(self, attendance: Attendance) -> None:
        """Write for the venue until stopped, or until another does."""
        attendance.call(self._rest, self._stop.wait)
        symbols = list(attendance.infos)
        links = Links(self._venue, self._rest, symbols, silent_after_s=self._silent_after_s)
        listing = Listing(self._client, self._venue.name, self._rest)
        self._vitals.note, self._vitals.connections = "", lambda: links.views
        links.open()  # before the history is read, so that nothing falls between it and the stream
        listing.start()
        try:
            while not self._stop.is_set() and self._turn.ours:
                self._follow(attendance, links)
                listing.again()
        except Fenced as fenced:
            log.warning("%s: %s", self._venue.feed, fenced)
        finally:
            listing.stop()
            links.close()

    def _follow(self, attendance: Attendance, links: Links) -> None:
        """Begin, and go on until stopped or until there is reason to begin anew."""
        try:
            attendance.call(self._rest, self._stop.wait)
            links.follow(list(attendance.infos))
            self._work(attendance, links)
        except (StoreEmptied, WritesLost) as lost:
            links.filler.forget()
            self._begin_anew(f"rebuilding: the store lost what was in it ({lost})")
        except Fenced:
            raise
        except StoreError as error:
            self._begin_anew(f"the store is in the way of a beginning: {error}")
            if isinstance(error, StoreFull):
                self._make_room()
            self._stop.wait(RETRY_S)

    def _work(self, attendance: Attendance, links: Links) -> None:
        """Move into the store, bring a fresh core up to now, and run the loop around it."""
        venue, fence, infos = self._venue, self._turn.fence, tuple(attendance.infos.values())
        register = Register(self._client, venue.name, self._shard, self._care)
        clear_the_way(self._client, infos)
        caps = register.caps(infos, len(attendance.listed))
        move_in(self._client, venue.name, infos)
        attendance.publish()
        publisher = Publisher(self._client, venue.name, caps, part=self._part, fence=fence)
        register.write(publisher, infos)
        core = Core(venue.name, list(attendance.infos), universe=self._shard.number == 1, decode=venue.dialect.decode)
        besides = Besides(
            self._client, core, universe_bytes=caps.universe_bytes, fence=fence, on_failure=self._care.failed
        )
        kept = KeptPast(self._database_url, most=caps.bars_1m)
        joining = Joining(venue, self._rest, self._client, kept, is_wanted=attendance.wants)
        following = Following(
            attendance, core=core, links=links, publisher=publisher, register=register, joining=joining
        )
        loop = LiveLoop(
            self._client,
            core=core,
            publisher=publisher,
            links=links,
            meter=self._meter,
            turn=self._turn,
            care=self._care,
            vitals=self._vitals,
            besides=besides,
            following=following,
        )
        besides.begin()
        historian = Historian(venue, self._rest, self._pause(loop))
        publisher.go_on_from(
            begin(core, historian, self._client, kept, lambda: loop.say("warming", detail=self._reason))
        )
        self._reason = ""
        with following:
            loop.run(self._stop)

    def _begin_anew(self, reason: str) -> None:
        self._reason = reason
        line = self._calm.line(f"{self._venue.feed}: {reason}", time.monotonic())
        if line is not None:
            log.warning("%s", line)

    def _make_room(self) -> None:
        try:
            self._care.make_room()
        except StoreError as error:
            log.debug("no room could be made: %s", error)

    def _pause(self, loop: LiveLoop) -> Wait:
        """A wait during which the feed is said to be warming up."""

        def wait(seconds: float) -> bool:
            until_s = time.monotonic() + seconds
            while (left_s := until_s - time.monotonic()) > 0 and not self._stop.is_set():
                loop.say("warming", detail=f"the venue lets us wait for {left_s:.0f} s")
                self._stop.wait(min(1.0, left_s))
            return self._stop.is_set()

        loop.say("warming", detail=self._reason)
        return wait
