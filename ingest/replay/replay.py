"""Playing a recording into the store, under a venue of its own, at any pace.

Bars are closed by the recorded times alone: pace and batches change when they are written, and not
a bit of them.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from threading import Event
from typing import Any, Literal

from redis import Redis

from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.errors import Stopped, UnknownSymbols
from ingest.live.home import caps_for, is_known
from ingest.live.loop import StoreEmptied
from ingest.live.meter import FeedMeter, Situation
from ingest.live.outbox import RETRY_S, Outbox
from ingest.replay.clearing import clear_venue
from ingest.replay.ending import beginning_words, ending_words, pause_words, with_left_out
from ingest.replay.pace import Pace
from ingest.replay.played import PlayedFrames, PlayedTicks, open_recording
from ingest.replay.recordings import RecordedSymbol
from ingest.vitals import FeedVitals
from store.catalogue import InstrumentInfo
from store.errors import StoreError, WritesLost
from store.feed import State
from store.latencies import NO_LATENCY

VENUE = "replay"
BATCH = 2_000  # frames or trades at most between two writes
AHEAD_S = 0.05  # what is due so soon is taken along, so that a pace above 1 does not write frame by frame
HOUSEKEEPING_EVERY_S = 1.0
QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "TRY", "BTC", "ETH", "BNB")

log = logging.getLogger(__name__)


class Replay:
    """Plays one recording; begins by deleting what an earlier replay left."""

    def __init__(
        self,
        path: Path,
        client: Redis,
        stop: Event,
        *,
        speed: float = 1.0,
        symbols: Sequence[str] = (),
        zone: tzinfo | None = None,
        retention_mb: int | None = None,
        batch: int = BATCH,
        vitals: FeedVitals | None = None,
    ) -> None:
        """`speed` is a multiple of the recorded pace, infinity for as fast as possible; times that name no zone are
        of `zone`."""
        self._path = path
        self._client = client
        self._stop = stop
        self._speed = speed
        self._symbols = symbols
        self._zone = zone
        self._retention_mb = retention_mb
        self._batch = batch
        self._vitals = vitals or FeedVitals()

    def run(self) -> None:
        """Play to the end or until stopped; raises `BrokenRecording` or `UnknownSymbols` before anything is written."""
        recording = open_recording(self._path, self._zone)
        infos = _instruments(chosen_symbols(recording.survey.symbols, self._symbols))
        log.info("replay of %s: %s", self._path, ", ".join(info.id for info in infos))
        for words in beginning_words(recording.survey):
            log.warning("%s, %s", self._path, words)
        while not self._stop.is_set():
            try:
                self._play(recording, infos).run()
            except Stopped:
                log.info("the replay was stopped before its end")
            except (StoreEmptied, WritesLost):
                log.warning("the store was emptied: the replay begins again")
                continue
            except StoreError as error:
                log.warning("the replay cannot begin: %s", error)
                self._stop.wait(HOUSEKEEPING_EVERY_S)
                continue
            return

    def _play(self, recording: PlayedFrames | PlayedTicks, infos: Sequence[InstrumentInfo]) -> Play:
        return Play(
            recording,
            infos,
            self._client,
            self._stop,
            speed=self._speed,
            retention_mb=self._retention_mb,
            batch=self._batch,
            vitals=self._vitals,
        )


class Play:
    """One run through a recording."""

    def __init__(
        self,
        recording: PlayedFrames | PlayedTicks,
        infos: Sequence[InstrumentInfo],
        client: Redis,
        stop: Event,
        *,
        speed: float,
        retention_mb: int | None,
        batch: int,
        vitals: FeedVitals,
    ) -> None:
        self._recording: Any = recording  # its items go back to it as they came
        self._vitals = vitals
        self._client = client
        self._stop = stop
        self._speed = speed
        self._batch = batch
        self._infos = infos
        clear_venue(client, VENUE)
        self._publisher = Publisher(client, VENUE, caps_for(client, retention_mb, len(infos)))
        self._publisher.register(infos)
        self._outbox = Outbox(self._publisher)
        names = [info.id.partition(":")[2] for info in infos]
        ids: Literal["consecutive", "none"] = "consecutive" if recording.survey.has_ids else "none"
        self._core = Core(VENUE, names, ids=ids, partial_first="dropped")  # a recording begins in mid-bar
        said_speed = 0.0 if math.isinf(speed) else speed
        self._meter = FeedMeter(VENUE, "REPLAY", started_ms=time.time_ns() // 1_000_000, speed=said_speed)
        self._received_ms = 0
        self._house_kept_s = 0.0

    def run(self) -> None:
        """Play to the end. Raises `Stopped`, or `StoreEmptied`."""
        try:
            self._play()
            self._core.finish()
            self._publish()
        except Stopped:
            self._say("disconnected", "stopped before its end")
            raise
        said = ending_words(self._recording.survey, self._core.counts())
        self._say("ended", f"the recording has ended: {said}")
        log.info("the replay has ended: %s", said)

    def _play(self) -> None:
        pending: list[Any] = []
        pace: Pace | None = None
        for moment_ns, item in self._recording.moments():
            if pace is None:
                pace = Pace(self._speed, time.monotonic(), moment_ns)
            if pace.wait_s(moment_ns, time.monotonic()) > AHEAD_S:
                self._hand_over(pending)
                self._wait_for(pace, moment_ns)
            pending.append(item)
            if len(pending) >= self._batch:
                self._hand_over(pending)
        self._hand_over(pending)

    def _wait_for(self, pace: Pace, moment_ns: int) -> None:
        while (wait_s := pace.wait_s(moment_ns, time.monotonic())) > 0:
            if self._stop.wait(min(wait_s, HOUSEKEEPING_EVERY_S)):
                raise Stopped
            self._keep_house(pause_words(moment_ns, wait_s))

    def _hand_over(self, pending: list[Any]) -> None:
        if pending:
            self._recording.feed(self._core, pending)
            pending.clear()
            self._received_ms = time.time_ns() // 1_000_000
            self._publish()
        self._keep_house()

    def _publish(self) -> None:
        """Write what is new; a recording can wait for a store that is away."""
        batch = self._core.take()
        self._meter.note_batch(time.monotonic(), batch)
        began_s = time.monotonic()
        self._outbox.send(batch)
        if self._outbox.clear:
            self._vitals.publish.note(time.monotonic() - began_s)
        while not self._outbox.clear:
            if self._stop.wait(RETRY_S):
                raise Stopped
            self._outbox.retry()

    def _keep_house(self, detail: str = "") -> None:
        if self._stop.is_set():
            raise Stopped
        now_s = time.monotonic()
        if now_s - self._house_kept_s < HOUSEKEEPING_EVERY_S:
            return
        self._house_kept_s = now_s
        try:
            if not is_known(self._client, self._infos):
                raise StoreEmptied
        except StoreError:
            return
        self._say("streaming", detail)

    def _say(self, state: State, detail: str = "") -> None:
        situation = Situation(state, self._received_ms, detail=detail)
        feed = self._meter.feed_state(time.monotonic(), time.time_ns() // 1_000_000, self._core.counts(), situation)
        feed = with_left_out(feed, self._recording.survey)
        self._vitals.note_feed(feed, NO_LATENCY, {})  # a recording is not received when it happened
        try:
            self._publisher.publish_feed(feed)
        except StoreError as error:
            log.debug("the state of the replay cannot be written: %s", error)


def chosen_symbols(recorded: Sequence[RecordedSymbol], wanted: Sequence[str]) -> tuple[RecordedSymbol, ...]:
    """Those recorded symbols that are wanted, all when none are named; raises `UnknownSymbols`."""
    known = {found.symbol: found for found in recorded}
    absent = [symbol for symbol in wanted if symbol not in known]
    if absent:
        raise UnknownSymbols("the recording", absent)
    return tuple(known[symbol] for symbol in wanted) or tuple(recorded)


def _instruments(symbols: Sequence[RecordedSymbol]) -> tuple[InstrumentInfo, ...]:
    return tuple(_instrument(found, position) for position, found in enumerate(symbols))


def _instrument(found: RecordedSymbol, position: int) -> InstrumentInfo:
    """Base and quote by the symbol's end: a recording does not say them."""
    quote = next((q for q in QUOTES if found.symbol.endswith(q) and len(found.symbol) > len(q)), "")
    base = found.symbol.removesuffix(quote) if quote else found.symbol
    return InstrumentInfo(f"{VENUE}:{found.symbol}", base, quote, found.tick_size, position)
