"""The bars of a pair's two legs, shared with other pairs of the process, and what is shown of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from engine.parameters import PairParameters
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarShelf, BarsUse, in_order, refreshed
from engine.snapshots.compute import bars_to_first_z
from engine.snapshots.leg_tails import LegTails
from engine.snapshots.next_rows import NextRow, next_row
from engine.snapshots.pair_bars import PairBars, align
from engine.snapshots.plain_rows import Rows
from engine.snapshots.reasons import have_bars, lacking, no_rows
from engine.thresholds import Threshold, threshold_at


@dataclass(frozen=True, slots=True)
class LegsNow:
    """Both legs as they are: `bars` None where they have none of the same time.

    `changed_from` is the bar number of the first bar that changed since last time, None if none did;
    `reset` says that the store was emptied, or so much was missed that all was read again.
    """

    bars: PairBars | None
    changed_from: int | None
    reset: bool
    versions: tuple[int, int]


class PairLegs:
    """Follows the bars of both legs, at least the last `need` of them. Not for several threads at once."""

    def __init__(self, p: PairParameters, shelf: BarShelf, *, need: int) -> None:
        self._p = p
        self._legs = shelf.take(p.y, p.timeframe, need), shelf.take(p.x, p.timeframe, need)
        self._in_order = in_order(*self._legs)
        self._seen: tuple[int, int] | None = None

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]:
        return self._legs[0].use, self._legs[1].use

    @property
    def changed(self) -> bool:
        """Whether a bar of either leg changed since they were last looked at here."""
        y, x = self._legs
        return self._seen != (y.version, x.version)

    @contextmanager
    def refreshed(self) -> Iterator[LegsNow]:
        """What is there now; it stands still while the block runs. Raises `StoreUnavailable`."""
        with refreshed(*self._legs):
            now = self._now()
            self.seen(now)
            yield now

    @contextmanager
    def at_hand(self) -> Iterator[LegsNow]:
        """What was last read of them, standing still while the block runs; next time the same, unless `seen`."""
        with self.still():
            yield self._now()

    @contextmanager
    def still(self) -> Iterator[None]:
        """No other thread changes a bar while the block runs."""
        first, second = self._in_order
        with first.lock, second.lock:
            yield

    def seen(self, now: LegsNow) -> None:
        """What had changed by then was looked at."""
        self._seen = now.versions

    def next_row(self, now: LegsNow, before: Rows, tails: LegTails) -> NextRow:
        """What the row of the last bar is made of, after the rows `before`."""
        if now.bars is None:
            raise ValueError("there is no bar to make a row of")
        y, x = ((leg.use, version) for leg, version in zip(self._legs, now.versions, strict=True))
        return next_row(now.bars, self._p, before, tails, same=(y, x))

    def _now(self) -> LegsNow:
        y, x = self._legs
        bars = align(y.buffer.bars, y.first, x.buffer.bars, x.first, self._p.timeframe)
        versions = y.version, x.version
        if self._seen is None:
            return LegsNow(bars, bars.first if bars is not None else None, reset=False, versions=versions)
        changes = [leg.changed_since(seen) for leg, seen in zip((y, x), self._seen, strict=True)]
        firsts = [change.first_ms // self._p.timeframe.ms for change in changes if change.first_ms is not None]
        return LegsNow(bars, min(firsts, default=None), any(change.reset for change in changes), versions)

    def snapshot(self, rows: Rows, generation: int, bars: PairBars | None, thresholds: Sequence[Threshold]) -> Snapshot:
        """What is shown of rows that end with `bars`."""
        p, have = self._p, 0
        if bars is None or not len(rows):
            y, x = self._legs
            reason, judged_ms = no_rows(p, len(y.buffer), len(x.buffer)), 0
        else:
            have = have_bars(rows, bars, p)
            reason, judged_ms = lacking(rows, bars, p, have), int(rows["open_time_ms"][-1]) + p.timeframe.ms
        return Snapshot(
            parameters=p,
            generation=generation,
            rows=rows,
            threshold=threshold_at(thresholds, judged_ms),
            have=have,
            need=bars_to_first_z(p),
            reason=reason,
        )
