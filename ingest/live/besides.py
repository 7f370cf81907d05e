"""What is told besides trades and quotes, on its way to the store: mark prices, funding, the universe's minutes.

It takes no part in the writing of bars: a mark price is superseded in a second, and what lasts (settlements, minutes)
waits here, within bounds, while the store is away.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import ResponseError

from ingest.core.core import Core
from ingest.core.marks import MarkUpdate
from ingest.live.calm_log import CalmLog
from store import keys
from store.client import store_errors
from store.errors import CorruptRecord, Fenced, StoreUnavailable
from store.marks import KEPT_SETTLEMENTS, encode_settlement, mark_fields, read_marks
from store.universe import UniverseMinute, encode_minute, minutes_kept, read_symbols

RETRY_S = 0.5
MOST_WAITING = 240  # minutes of the universe that wait for a store: as long as bars are remembered

_FENCED = "FENCED another ingestor writes"
_OUT_OF_STEP = "OUTOFSTEP the list of symbols is another"

_MARK_SCRIPT = f"""
local fence = tonumber(ARGV[1])
if fence > 0 and fence < tonumber(redis.call('HGET', KEYS[1], 'fence') or '0') then
  return redis.error_reply('{_FENCED}')
end
local at = 5
for _ = 1, tonumber(ARGV[4]) do
  redis.call('XADD', KEYS[3], 'MAXLEN', ARGV[3], '*', ARGV[2], ARGV[at])
  at = at + 1
end
for field = at, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[field], ARGV[field + 1]) end
"""

# Entries that count through a list which is gone mean nothing any more.
_UNIVERSE_SCRIPT = f"""
local fence = tonumber(ARGV[1])
if fence > 0 then
  local held = tonumber(redis.call('GET', KEYS[3]) or '0')
  if fence < held then return redis.error_reply('{_FENCED}') end
  if fence > held then redis.call('SET', KEYS[3], ARGV[1]) end
end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return redis.error_reply('{_OUT_OF_STEP}') end
if tonumber(ARGV[2]) == 0 then redis.call('DEL', KEYS[1]) end
for at = 6, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[4], '*', ARGV[3], ARGV[5])
"""

log = logging.getLogger(__name__)


class _OutOfStep(Exception):
    """The store's list of symbols is not the one that we counted through."""


@contextmanager
def _refusals() -> Iterator[None]:
    """Name what the scripts refuse with."""
    try:
        yield
    except ResponseError as error:
        if _FENCED in str(error):
            raise Fenced("another ingestor writes now") from error
        if _OUT_OF_STEP in str(error):
            raise _OutOfStep from error
        raise


class Besides:
    """Writes for one venue. With a `fence` nothing is written where a higher one was here before: that raises `Fenced`.

    What was written and not acknowledged is written again: readers take a settlement once and put the parts of a minute
    together, so that twice is as once.
    """

    def __init__(
        self,
        client: Redis,
        core: Core,
        *,
        universe_bytes: int,
        fence: int = 0,
        on_failure: Callable[[StoreUnavailable], object] = lambda _: None,
    ) -> None:
        """`universe_bytes` is the room for the stream of the universe's minutes; `on_failure` hears when one fails."""
        self._client = client
        self._core = core
        self._universe_bytes = universe_bytes
        self._fence = fence
        self._on_failure = on_failure
        self._marks: dict[str, MarkUpdate] = {}
        self._minutes: deque[UniverseMinute] = deque(maxlen=MOST_WAITING)
        self._places: dict[str, int] | None = None
        self._retry_at_s = 0.0
        self._calm = CalmLog(lines=2)

    def begin(self) -> None:
        """Go on from what the store knows of mark prices. Raises `StoreUnavailable`."""
        symbols = self._core.symbols
        try:
            known = read_marks(self._client, [f"{self._core.venue}:{symbol}" for symbol in symbols])
        except CorruptRecord:
            return
        for symbol, mark in zip(symbols, known, strict=True):
            if mark is not None:
                self._core.marks.begin_after(symbol, mark)

    def write(self) -> None:
        """Take what is new in the core and write it; what cannot be written waits. Raises `Fenced`."""
        self._collect()
        if not (self._marks or self._minutes) or time.monotonic() < self._retry_at_s:
            return
        try:
            self._write_marks()
            while self._minutes:
                self._write_minute(self._minutes[0])
                self._minutes.popleft()
        except (StoreUnavailable, CorruptRecord, _OutOfStep) as error:
            if isinstance(error, StoreUnavailable):
                self._on_failure(error)
            now_s = time.monotonic()
            self._retry_at_s = now_s + RETRY_S
            line = self._calm.line(f"mark prices and minutes of the universe wait: {error}", now_s)
            if line is not None:
                log.warning("%s: %s", self._core.venue, line)

    def end(self) -> None:
        """Write the last words, and the part of the minute that was heard."""
        if self._core.universe is not None:
            self._core.universe.break_off()
        self._retry_at_s = 0.0
        self.write()

    def _collect(self) -> None:
        for update in self._core.marks.ready(self._core.venue):
            waiting = self._marks.get(update.instrument)
            settled = (*waiting.settled, *update.settled) if waiting else update.settled
            self._marks[update.instrument] = update._replace(settled=settled)
        if self._core.universe is not None:
            self._minutes.extend(self._core.universe.ready())

    def _write_marks(self) -> None:
        if not self._marks:
            return
        with store_errors(), self._client.pipeline(transaction=False) as pipe, _refusals():
            for update in self._marks.values():
                pipe.execute_command(*self._mark_command(update))  # type: ignore[no-untyped-call]
            pipe.execute()
        self._marks.clear()

    def _mark_command(self, update: MarkUpdate) -> tuple[str | bytes | int, ...]:
        name = update.instrument
        places = (keys.open_bars(name), keys.marks(name), keys.funding(name))
        settled = [encode_settlement(settlement) for settlement in update.settled]
        numbers = (self._fence, keys.FIELD, KEPT_SETTLEMENTS, len(settled))
        return ("EVAL", _MARK_SCRIPT, len(places), *places, *numbers, *settled, *mark_fields(update.mark))

    def _write_minute(self, minute: UniverseMinute) -> None:
        try:
            self._append_minute(minute)
        except _OutOfStep:
            self._places = None
            self._append_minute(minute)

    def _append_minute(self, minute: UniverseMinute) -> None:
        venue = self._core.venue
        if self._places is None:
            self._places = {symbol: place for place, symbol in enumerate(read_symbols(self._client, venue))}
        known = len(self._places)
        new = [symbol for symbol in minute.prices if symbol not in self._places]
        places = self._places | {symbol: known + n for n, symbol in enumerate(new)}
        entry = encode_minute(minute, places)
        names = (keys.universe(venue), keys.universe_symbols(venue), keys.universe_fence(venue))
        numbers = (self._fence, known, keys.FIELD, minutes_kept(self._universe_bytes, entry))
        with store_errors(), _refusals():
            self._client.eval(_UNIVERSE_SCRIPT, len(names), *names, *numbers, entry, *new)
        self._places = places
