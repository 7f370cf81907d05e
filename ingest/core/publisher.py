"""Writes batches to the store: one script call an instrument, so that its ticks, bars and state go in together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from ingest.core.batch import Batch, LegBatch
from store import keys
from store.catalogue import InstrumentInfo, encode_info
from store.client import store_errors
from store.errors import Fenced
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

# One call and one answer, however many bars: a pipeline costs 7 µs of our time a command, this 0.5 µs.
# A server that lacks the memory refuses the call before anything is written.
_SCRIPT = """
local fence = tonumber(ARGV[10])
if fence > 0 then
  local held = tonumber(redis.call('HGET', KEYS[4], 'fence') or '0')
  if fence < held then return redis.error_reply('FENCED another ingestor writes') end
  if fence > held then redis.call('HSET', KEYS[4], 'fence', ARGV[10]) end
end
local at = 11
for stream = 1, 3 do
  for _ = 1, tonumber(ARGV[stream]) do
    redis.call('XADD', KEYS[stream], 'MAXLEN', '~', ARGV[stream + 3], '*', ARGV[7], ARGV[at])
    at = at + 1
  end
end
if tonumber(ARGV[8]) > 0 then
  for _ = 1, tonumber(ARGV[8]) do
    redis.call('HSET', KEYS[5], ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  local excess = redis.call('HLEN', KEYS[5]) - tonumber(ARGV[9])
  if excess > 0 then
    local firsts = redis.call('HKEYS', KEYS[5])
    table.sort(firsts, function(a, b) return tonumber(a) < tonumber(b) end)
    for place = 1, excess do redis.call('HDEL', KEYS[5], firsts[place]) end
  end
end
for field = at, #ARGV, 2 do
  if ARGV[field + 1] == '' then redis.call('HDEL', KEYS[4], ARGV[field])
  else redis.call('HSET', KEYS[4], ARGV[field], ARGV[field + 1]) end
end
"""


class Publisher:
    """Writer of one venue's streams. Every method raises what `store.client.store_errors` does.

    With a `fence` (see `store.lease`) nothing is written where a higher one was here before: that raises `Fenced`.
    A batch whose writing failed may be in the store in part: published again, ticks may stand twice in
    their stream, by the same ids, and bars twice with the same bits.
    """

    def __init__(self, client: Redis, venue: str, caps: Caps, *, part: str = "", fence: int = 0) -> None:
        """`part` is the name under which the feed speaks, where it is not the whole venue's: see `store.feed_parts`."""
        self._client = client
        self._part = part or venue
        self._fence = fence
        self._venue = venue
        self._caps = caps
        self._entry_bytes: dict[str, float] = {}

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
        with store_errors(), self._client.pipeline(transaction=False) as pipe:
            for leg in batch.legs:
                pipe.execute_command(*self._command(leg))  # type: ignore[no-untyped-call]
            try:
                pipe.execute()
            except ResponseError as error:
                if "FENCED" in str(error):
                    raise Fenced("another ingestor writes now") from error
                raise

    def publish_feed(self, state: FeedState) -> None:
        """Say how the feed is."""
        with store_errors():
            self._client.set(keys.feed(self._part), encode_feed(state))

    def _command(self, leg: LegBatch) -> list[str | bytes | int]:
        name = leg.instrument
        packed = b"".join(leg.ticks)
        entries = [packed[start : start + _ENTRY_BYTES] for start in range(0, len(packed), _ENTRY_BYTES)]
        caps = (self._tick_cap(name, entries), self._caps.bars_1s, self._caps.bars_1m)
        gaps = gap_fields(leg.gaps)
        streams = (keys.ticks(name), keys.bars(name, Timeframe.S1), keys.bars(name, Timeframe.M1))
        lengths = (len(entries), len(leg.seconds), len(leg.minutes))
        fields = ("1s", leg.open_second or b"", "1m", leg.open_minute or b"", "ingest", leg.state)
        places = (*streams, keys.open_bars(name), keys.gaps(name))
        head = ("EVAL", _SCRIPT, len(places), *places, *lengths, *caps, keys.FIELD, len(leg.gaps), KEPT, self._fence)
        return [*head, *entries, *leg.seconds, *leg.minutes, *gaps, *fields]

    def _tick_cap(self, name: str, entries: list[bytes]) -> int:
        """Entries to keep: the caps count ordinary ones, so fewer where bursts make them larger."""
        mean = self._entry_bytes.get(name, TICK_ENTRY_BYTES)
        for entry in entries:
            mean += (len(entry) - mean) * _SMOOTHING
        self._entry_bytes[name] = mean
        return max(1, round(self._caps.ticks * TICK_ENTRY_BYTES / max(mean, TICK_ENTRY_BYTES)))
