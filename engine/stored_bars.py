"""Bars, ticks, gaps and funding of an instrument, as far back as they are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from engine.bar_range import read_bar_range
from engine.errors import UnknownInstrument
from engine.finest import require_timeframe, timeframes_of
from engine.kept_bars import KeptBars
from engine.store_words import StoreWords
from engine.universe import Universe, read_universe
from store.gap_ledger import GapRecord, read_gaps
from store.history.windows import Wanted
from store.marks import Settlement, read_settlements
from store.reader_gaps import ReaderGap, read_reader_gaps
from store.recent_ticks import read_recent_ticks
from store.sql.database import Database
from store.timeframes import Timeframe

MAX_BARS = 100_000
_UPLOADED = "upload:"


class StoredBars(StoreWords):
    """What is kept of each instrument.

    `database` holds what is kept for good; without it there are the streams alone.
    """

    def __init__(
        self,
        client: Redis,
        database: Database | None,
        *,
        now_s: Callable[[], float],
        clock_ms: Callable[[], int],
    ) -> None:
        super().__init__(client, now_s=now_s, clock_ms=clock_ms)
        self._kept_bars = KeptBars(client, database, self._circuit, now_s=now_s)

    def bars(
        self,
        instrument: str,
        timeframe: Timeframe,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 1_000,
    ) -> NDArray[np.void]:
        """Closed bars that open in [start_ms, end_ms), ascending, as `store.bars.PACKED_BAR`; absent ones left out.

        With a start the first `limit` of them (at most `MAX_BARS`), without one the last. Raises
        `UnknownInstrument`, and `ParameterError` for bars finer than it came with.
        """
        self._require_bars(instrument, timeframe)
        with self._circuit.closed():
            return read_bar_range(
                self._client, instrument, timeframe, start_ms=start_ms, end_ms=end_ms, limit=min(limit, MAX_BARS)
            )

    def kept_bars(
        self,
        instrument: str,
        timeframe: Timeframe,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 1_000,
    ) -> NDArray[np.void]:
        """As `bars`, and from 1 m on as far back as bars are kept for good: what `database` holds besides the streams.

        Raises `UnknownInstrument`, and `DatabaseUnavailable` where only the database could answer and does not.
        """
        try:
            self._require_bars(instrument, timeframe)
        except UnknownInstrument:
            if instrument.startswith(_UPLOADED) or not self._kept_bars.knows(instrument):
                raise
        return self._kept_bars.read(instrument, timeframe, Wanted(start_ms, end_ms, min(limit, MAX_BARS)))

    def ticks(self, instrument: str, *, start_ms: int, end_ms: int) -> NDArray[np.void]:
        """Trades (n,) of `store.ticks.TICK_DTYPE` with start <= exchange time < end, as far back as its stream is kept.

        Raises `UnknownInstrument`.
        """
        self.instrument(instrument)
        with self._circuit.closed():
            return read_recent_ticks(self._client, instrument, start_ms=start_ms, end_ms=end_ms)

    def gaps(self, instrument: str) -> tuple[GapRecord, ...]:
        """The gap ledger of an instrument, oldest first; raises `UnknownInstrument`."""
        self.instrument(instrument)
        with self._circuit.closed():
            return read_gaps(self._client, instrument)

    def missed(self, instrument: str) -> tuple[ReaderGap, ...]:
        """What the archive and the history could not read of an instrument before it left the store, oldest first."""
        with self._circuit.closed():
            return tuple(gap for gap in read_reader_gaps(self._client) if gap.instrument == instrument)

    def funding(self, instrument: str) -> tuple[Settlement, ...]:
        """Funding that was settled while somebody listened, oldest first; raises `UnknownInstrument`."""
        self.instrument(instrument)
        with self._circuit.closed():
            return read_settlements(self._client, instrument)

    def universe(self, venue: str, bars: int, *, symbols: Sequence[str] | None = None) -> Universe:
        """As `engine.universe.read_universe`: a price a minute of all that a venue trades, or of some of it."""
        with self._circuit.closed():
            return read_universe(self._client, venue, bars, symbols=symbols)

    def _require_bars(self, instrument: str, timeframe: Timeframe) -> None:
        require_timeframe(self.instrument(instrument).info, timeframe)

    def _require_uploaded(self, timeframe: Timeframe, *instruments: str) -> None:
        """Of an upload every time anew: it may be deleted, or be another file by now. The coarsest refuses for all."""
        brought = [self.instrument(name).info for name in instruments if name.startswith(_UPLOADED)]
        for info in sorted(brought, key=lambda each: len(timeframes_of(each))):
            require_timeframe(info, timeframe)
