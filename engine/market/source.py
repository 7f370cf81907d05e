"""Follows the bars of one instrument: a refresh computes the rows that changed, and those after them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.market.compute import lead_bars, market_rows
from engine.market.parameters import MarketParameters
from engine.market.rows import MARKET_DTYPE
from engine.market.snapshot import MarketSnapshot
from engine.snapshots.bar_shelf import BarShelf, BarsUse, SharedBars, held, refreshed
from engine.snapshots.row_history import RowHistory
from engine.thresholds import Threshold


class MarketSource:
    """The last `history_bars` rows of an instrument. Not for several threads at once."""

    def __init__(self, p: MarketParameters, shelf: BarShelf, *, history_bars: int) -> None:
        self._p = p
        self._bars: SharedBars = shelf.take(p.instrument, p.timeframe, history_bars + lead_bars(p))
        self._rows = RowHistory(MARKET_DTYPE, p.timeframe.ms, kept=history_bars)
        self._kept = history_bars
        self._seen: int | None = None
        self._shown: MarketSnapshot | None = None

    @property
    def bars_used(self) -> tuple[BarsUse, ...]:
        return (self._bars.use,)

    @property
    def changed(self) -> bool:
        return self._seen != self._bars.version

    def refresh(self, thresholds: Sequence[Threshold]) -> MarketSnapshot:  # noqa: ARG002  (an instrument has no signal)
        """The snapshot of the bars as they were last looked at; the same object when nothing is new.

        Raises `StoreUnavailable`.
        """
        with held(self._bars) if self._bars.loaded else refreshed(self._bars):
            start = self._stale_from()
            if start is not None:
                bars = self._bars.buffer.bars
                first = self._bars.first
                self._rows.put(market_rows(bars, first, max(start, first, first + len(bars) - self._kept), self._p))
            if self._shown is None or start is not None or len(self._shown.rows) != len(self._rows):
                self._shown = MarketSnapshot(self._p, self._rows.rows)
            self._seen = self._bars.version
            return self._shown

    def _stale_from(self) -> int | None:
        """The bar number from which on rows are missing or of other bars; None if none are."""
        first, count = self._bars.first, len(self._bars.buffer)
        change = None if self._seen is None else self._bars.changed_since(self._seen)
        if change is None or change.reset:
            self._rows.clear()
        if not count:
            return None
        if change is None or change.reset or not len(self._rows) or first > self._rows.end:
            return first
        if change.first_ms is None:
            return None
        return change.first_ms // self._p.timeframe.ms
