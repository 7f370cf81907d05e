"""Bringing a fresh core up to now: from the saved state where that is young, else from the venue's history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from redis import Redis

from ingest.core.core import Core
from ingest.live.kept import KeptPast
from ingest.live.resume import MAX_AGE_MS, Saved, read_saved
from ingest.live.warmup import Historian
from store.bars import Bar
from store.errors import CorruptRecord
from store.instruments import Instrument
from store.timeframes import Timeframe

log = logging.getLogger(__name__)


def begin(
    core: Core, historian: Historian, client: Redis, kept: KeptPast, say: Callable[[], None] = lambda: None
) -> dict[str, bytes]:
    """Load what was saved or fetch what was; then every trade of each instrument is known up to now.

    `say` is called before each instrument, so that nobody takes the work for silence.
    Returns the mark of the last write that was read of each instrument, where there is one: the next must follow it.
    Raises `StoreUnavailable`, `RegionRefused` or `Stopped`.
    """
    resumed, marks = 0, dict[str, bytes]()
    for symbol in core.symbols:
        say()
        name = str(Instrument(core.venue, symbol))
        saved = read_saved(client, name)
        if saved.mark is not None:
            marks[name] = saved.mark
        if _resumed(core, historian, symbol, saved):
            resumed += 1
            _catch_up(core, historian, symbol)
        else:
            _start_cold(core, historian, symbol, saved, kept)
    log.info("%s: %d of %d instruments go on from their saved state", core.venue, resumed, len(core.symbols))
    return marks


def _resumed(core: Core, historian: Historian, symbol: str, saved: Saved) -> bool:
    """Load the state, unless there is none, or it is too old to go on from, or damaged."""
    try:
        last_open_ms = max(saved.bars(Timeframe.S1), default=0)
        if saved.state is None or not saved.whole or historian.now_ms() - last_open_ms > MAX_AGE_MS:
            return False
        core.load_state(symbol, saved.state, ticks=saved.ticks, seconds=saved.seconds, minutes=saved.minutes)
    except CorruptRecord as error:
        log.warning("%s begins anew: %s", symbol, error)
        return False
    return core.expected_id(symbol) >= 0


def _catch_up(core: Core, historian: Historian, symbol: str) -> None:
    """Fetch what was traded while nobody listened."""
    for page in historian.trades_from(symbol, core.expected_id(symbol)):
        core.fill(symbol, page)


def _start_cold(core: Core, historian: Historian, symbol: str, saved: Saved, kept: KeptPast) -> None:
    """History up to a whole minute, and every trade from there on."""
    past = historian.past(symbol)
    name = str(Instrument(core.venue, symbol))
    minutes = kept.joined(name, past.minutes, lambda start_ms, end_ms: historian.minutes(symbol, start_ms, end_ms))
    core.load_history(symbol, Timeframe.S1, _unstored(past.seconds, saved.bars(Timeframe.S1)))
    core.load_history(symbol, Timeframe.M1, _unstored(minutes, saved.bars(Timeframe.M1)))
    if past.next_id is not None:
        core.expect(symbol, past.next_id)
    core.fill(symbol, past.ticks)


def _unstored(bars: Sequence[Bar], stored: dict[int, Bar]) -> list[Bar]:
    """Bars newer than those in the store, which know more of their trades; or the last one, to go on from."""
    newest_ms = max(stored, default=-1)
    newer = [bar for bar in bars if bar.open_time_ms > newest_ms]
    return newer or [stored.get(bar.open_time_ms, bar) for bar in bars[-1:]]
