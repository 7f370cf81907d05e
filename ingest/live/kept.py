"""The past of a cold start beyond the venue's first page of klines: minutes that are kept for good in SQL.

Where SQL has a minute made of all its trades, that is taken before the venue's kline: it knows quotes
and ids. What lies between the two is fetched. A past that differs from the klines is another market's
(a simulated one, begun anew with other numbers), and is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from store.bars import PACKED_BAR, Bar, Source, parse_bar
from store.errors import StoreError
from store.timeframes import Timeframe

MINUTE_MS = Timeframe.M1.ms
MOST_DIFFERING = 0.05  # of the minutes that both have; none differs on a venue that keeps its word

log = logging.getLogger(__name__)

FetchMinutes = Callable[[int, int], Sequence[Bar]]
"""The venue's minutes that open in [start, end), oldest first."""


class KeptPast:
    """Reads up to `most` minutes of SQL; `address` None: there is none. Nothing is opened before the first call."""

    def __init__(self, address: str | None, *, most: int) -> None:
        self._address = address
        self._most = most

    def joined(self, instrument: str, klines: Sequence[Bar], fetch: FetchMinutes) -> tuple[Bar, ...]:
        """Minutes up to the end of `klines`, ascending; the klines alone where SQL has nothing or does not answer."""
        if self._address is None or not klines:
            return tuple(klines)
        end_ms = klines[-1].open_time_ms + MINUTE_MS
        try:
            kept = _read(self._address, instrument, end_ms - self._most * MINUTE_MS, end_ms)
        except StoreError as error:
            log.warning("%s begins without the minutes that are kept: %s", instrument, error)
            return tuple(klines)
        if _differ(kept, klines):
            log.warning("%s: the minutes that are kept are not this market's, and are left out", instrument)
            return tuple(klines)
        between: tuple[Bar, ...] = ()
        if kept and (last_ms := kept[-1].open_time_ms + MINUTE_MS) < klines[0].open_time_ms:
            between = tuple(fetch(last_ms, klines[0].open_time_ms))
        return join(kept, (*between, *klines))


def join(kept: Sequence[Bar], klines: Sequence[Bar]) -> tuple[Bar, ...]:
    """Each minute once: the kept one where all its trades are known or the venue gave none, else the kline."""
    minutes = {bar.open_time_ms: bar for bar in kept}
    for kline in klines:
        known = minutes.get(kline.open_time_ms)
        if known is None or not _whole(known):
            minutes[kline.open_time_ms] = kline
    return tuple(minutes[open_ms] for open_ms in sorted(minutes))


def _whole(bar: Bar) -> bool:
    return bar.source == Source.TRADES and bar.missing == 0


def _differ(kept: Sequence[Bar], klines: Sequence[Bar]) -> bool:
    closes = {bar.open_time_ms: bar.close for bar in klines}
    sure = (bar for bar in kept if _whole(bar) or bar.source == Source.KLINES)
    both = [bar.close != closes[bar.open_time_ms] for bar in sure if bar.open_time_ms in closes]
    return sum(both) > max(1.0, MOST_DIFFERING * len(both))


def _read(address: str, instrument: str, start_ms: int, end_ms: int) -> list[Bar]:
    """Loads SQLAlchemy: only where there is a past to read."""
    from store.history.minutes import read_minutes  # noqa: PLC0415  # 20 MB that a start without it need not hold
    from store.sql.database import open_database  # noqa: PLC0415

    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        return []  # a board that never ran here; to look would make the file
    database = open_database(address)
    try:
        with database.read() as connection:
            packed = read_minutes(connection, instrument, start_ms=start_ms, end_ms=end_ms).tobytes()
    finally:
        database.close()
    size = PACKED_BAR.itemsize
    return [parse_bar(packed[at : at + size]) for at in range(0, len(packed), size)]
