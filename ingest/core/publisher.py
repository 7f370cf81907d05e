"""Writes batches to the store: one script call an instrument, so that its ticks, bars and state go in together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import ResponseError

from ingest.core.batch import Batch, LegBatch
from ingest.core.script import FENCED, LOST, SCRIPT
from store import keys
from store.catalogue import InstrumentInfo, encode_info
from store.client import store_errors
from store.errors import Fenced, WritesLost
from store.feed import FeedState, encode_feed
from store.feed_parts import other_divisions
from store.gap_ledger import KEPT, gap_fields
from store.retention import TICK_ENTRY_BYTES, Caps
from store.ticks import TICK_DTYPE
from store.timeframes import Timeframe

TICKS_PER_ENTRY = 96
"""Ticks of one stream entry at most: it then fits into one node (4 kB) of the server's stream."""

_ENTRY_BYTES = TICKS_PER_ENTRY * TICK_DTYPE.itemsize
_SMOOTHING = 1 / 256


class _Written(NamedTuple):
    """What stands in the store of one instrument: how many writes, and which of its streams hold any of it."""

    number: int = 0
    streams: tuple[bool, ...] = (False, False, False)


class Publisher:
    """Writer of one venue's streams. Every method raises what `store.client.store_errors` does.

    With a `fence` (see `store.lease`) nothing is written where a higher one was here before: that raises `Fenced`.
    A batch whose writing failed may be in the store in part: publish the same one again, and what is there already is
    left as it is. What this publisher wrote must still be there when it writes on, or that raises `WritesLost`.
    `caps` may be changed at any time.
    """

    def __init__(self, client: Redis, venue: str, caps: Caps, *, part: str = "", fence: int = 0) -> None:
        """`part` is the name under which the feed speaks, where it is not the whole venue's: see `store.feed_parts`."""
        self._client = client
        self._part = part or venue
        self._fence = fence
        self._venue = venue
        self.caps = caps
        self._entry_bytes: dict[str, float] = {}
        self._token = token_hex(8)
        self._written: dict[str, _Written] = {}
        self._read: dict[str, bytes] = {}

    def go_on_from(self, marks: Mapping[str, bytes]) -> None:
        """The first write of each of these instruments must follow the one with this mark, or that is `WritesLost`.

        So a store that loses what was read of it, before anything is written, is noticed too.
        """
        self._read.update(marks)

    def register(self, instruments: Iterable[InstrumentInfo]) -> None:
        """Make the venue and its instruments known."""
        infos: dict[Any, Any] = {info.id: encode_info(info) for info in instruments}
        with store_errors(), self._client.pipeline(transaction=False) as pipe:
            pipe.sadd(keys.VENUES, self._part)
            if infos:
                pipe.hset(keys.INSTRUMENTS, mapping=infos)
            pipe.smembers(keys.VENUES)
            known: Any = pipe.execute()[-1]
        former = other_divisions(self._part, [name.decode() for name in known])
        if former:
            with store_errors():
                self._client.srem(keys.VENUES, *former)
                self._client.unlink(*map(keys.feed, former))

    def publish(self, batch: Batch) -> None:
        """Write all of a batch; what is of one instrument goes in at once or not at all."""
        if not batch.legs:
            return
        commands = [self._command(leg) for leg in batch.legs]
        with store_errors(), self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]
            refusals = [reply for reply in pipe.execute(raise_on_error=False) if isinstance(reply, Exception)]
            if refusals:
                raise _gravest(refusals)
        for leg in batch.legs:
            self._note(leg)

    def publish_feed(self, state: FeedState) -> None:
        """Say how the feed is."""
        with store_errors():
            self._client.set(keys.feed(self._part), encode_feed(state))

    def _note(self, leg: LegBatch) -> None:
        before = self._written.get(leg.instrument, _Written())
        parts = (leg.ticks, leg.seconds, leg.minutes)
        streams = tuple(known or bool(part) for known, part in zip(before.streams, parts, strict=True))
        self._written[leg.instrument] = _Written(before.number + 1, streams)

    def _command(self, leg: LegBatch) -> list[str | bytes | int]:
        name = leg.instrument
        packed = b"".join(leg.ticks)
        ticks = [packed[start : start + _ENTRY_BYTES] for start in range(0, len(packed), _ENTRY_BYTES)]
        caps = (self._tick_cap(name, ticks), self.caps.bars_1s, self.caps.bars_1m)
        parts = (ticks, leg.seconds, leg.minutes)
        # What is beyond a cap would be trimmed at once, and a store without memory could not even take it in.
        entries, seconds, minutes = (part[-cap:] for part, cap in zip(parts, caps, strict=True))
        gaps = gap_fields(leg.gaps)
        streams = (keys.ticks(name), keys.bars(name, Timeframe.S1), keys.bars(name, Timeframe.M1))
        lengths = (len(entries), len(seconds), len(minutes))
        fields = ("1s", leg.open_second or b"", "1m", leg.open_minute or b"", "ingest", leg.state)
        places = (*streams, keys.open_bars(name), keys.gaps(name))
        numbers = (*lengths, *caps, keys.FIELD, len(leg.gaps), KEPT, self._fence, *self._marks(name))
        return ["EVAL", SCRIPT, len(places), *places, *numbers, *entries, *seconds, *minutes, *gaps, *fields]

    def _marks(self, name: str) -> tuple[str, str | bytes, str]:
        """The mark of the write to come, of the one before it, and which streams must be there."""
        written = self._written.get(name)
        if written is None:
            return f"{self._token}-1", self._read.get(name, b""), "000"
        expected = "".join("1" if known else "0" for known in written.streams)
        return f"{self._token}-{written.number + 1}", f"{self._token}-{written.number}", expected

    def _tick_cap(self, name: str, entries: list[bytes]) -> int:
        """Entries to keep: the caps count ordinary ones, so fewer where bursts make them larger."""
        mean = self._entry_bytes.get(name, TICK_ENTRY_BYTES)
        for entry in entries:
            mean += (len(entry) - mean) * _SMOOTHING
        self._entry_bytes[name] = mean
        return max(1, round(self.caps.ticks * TICK_ENTRY_BYTES / max(mean, TICK_ENTRY_BYTES)))


def _gravest(refusals: list[Exception]) -> Exception:
    """What to raise of several: a batch may not go on once another writes, or once a part of the past is gone."""
    for refusal in refusals:
        if isinstance(refusal, ResponseError) and FENCED in str(refusal):
            return Fenced("another ingestor writes now")
    for refusal in refusals:
        if isinstance(refusal, ResponseError) and LOST in str(refusal):
            return WritesLost(f"the store lost what was written: {refusal}")
    return refusals[0]
