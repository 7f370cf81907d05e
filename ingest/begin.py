"""Bringing a fresh core up to now: from the saved state where that is young, else from the venue's history."""

from __future__ import annotations

import logging

from redis import Redis

from ingest.core.core import Core
from ingest.resume import MAX_AGE_MS, Saved, last_venue_time_ms, read_saved
from ingest.warmup import Historian
from store.errors import CorruptRecord
from store.instruments import Instrument
from store.timeframes import KEPT

log = logging.getLogger(__name__)


def begin(core: Core, historian: Historian, client: Redis) -> None:
    """Load what was saved or fetch what was; then every trade of each instrument is known up to now.

    Raises `StoreUnavailable`, `RegionRefused` or `Stopped`.
    """
    young = historian.now_ms() - last_venue_time_ms(client, core.venue) <= MAX_AGE_MS
    resumed = []
    for symbol in core.symbols:
        saved = read_saved(client, str(Instrument(core.venue, symbol)))
        if young and _resumed(core, symbol, saved):
            resumed.append(symbol)
            _catch_up(core, historian, symbol)
        else:
            _start_cold(core, historian, symbol, saved)
    log.info("%s: %d of %d instruments go on from their saved state", core.venue, len(resumed), len(core.symbols))


def _resumed(core: Core, symbol: str, saved: Saved) -> bool:
    if saved.state is None:
        return False
    try:
        core.load_state(symbol, saved.state, ticks=saved.ticks, seconds=saved.seconds, minutes=saved.minutes)
    except CorruptRecord as error:
        log.warning("%s begins anew: %s", symbol, error)
        return False
    return core.expected_id(symbol) >= 0


def _catch_up(core: Core, historian: Historian, symbol: str) -> None:
    """Fetch what was traded while nobody listened."""
    for page in historian.trades_from(symbol, core.expected_id(symbol)):
        core.fill(symbol, page)


def _start_cold(core: Core, historian: Historian, symbol: str, saved: Saved) -> None:
    """History up to a whole minute, and every trade from there on. Bars that are stored already stay."""
    past = historian.past(symbol)
    for timeframe, bars in zip(KEPT, (past.seconds, past.minutes), strict=True):
        stored_ms = saved.last_open_ms(timeframe)
        core.load_history(symbol, timeframe, [bar for bar in bars if bar.open_time_ms > stored_ms])
    if past.ticks:
        core.expect(symbol, past.ticks[0].trade_id)
        core.fill(symbol, past.ticks)
