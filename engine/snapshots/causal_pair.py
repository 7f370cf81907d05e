"""A pair by a method whose rows stay: each is computed by one process, and read by the others."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis

from engine.parameters import PairParameters
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarShelf, BarsUse
from engine.snapshots.compute import bars_before
from engine.snapshots.leg_tails import LegTails
from engine.snapshots.next_rows import NextRow, is_next, kind_of, row_dtype
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.pair_legs import LegsNow, PairLegs
from engine.snapshots.pair_rows import PairRows, kept_rows
from engine.snapshots.plain_rows import Rows
from engine.snapshots.sharing import RowStream
from engine.thresholds import Threshold
from store.errors import StoreError

_LOOKS = 25  # for rows that another process is at: one row takes it a millisecond, a history some tens
_LOOK_EVERY_S = 0.004
_FEW_ROWS = 5


def bars_needed(p: PairParameters, *, history_bars: int) -> int:
    """How many bars of each leg must be held for the rows that are kept, and what they depend on."""
    return kept_rows(p, history_bars=history_bars) + bars_before(p)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A pair's next row, not computed yet. Those with the same word `kind` may be computed at once."""

    parameters: PairParameters
    now: LegsNow
    made_of: NextRow

    @property
    def kind(self) -> Hashable:
        return kind_of(self.parameters), self.made_of.number


class CausalPair:
    """Follows what others computed, computes what is missing, shares it. Not for several threads at once."""

    def __init__(
        self,
        client: Redis,
        p: PairParameters,
        shelf: BarShelf,
        *,
        history_bars: int,
    ) -> None:
        self._p = p
        self._rows = PairRows(p, history_bars=history_bars)
        self._stream = RowStream(client, p, row_dtype(p.method), kept=self._rows.kept)
        self._legs = PairLegs(p, shelf, need=bars_needed(p, history_bars=history_bars))
        self._shown: Snapshot | None = None
        self._shown_version = -1

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]:
        return self._legs.bars_used

    @property
    def changed(self) -> bool:
        return self._legs.changed

    def refresh(self, thresholds: Sequence[Threshold]) -> Snapshot:
        """The snapshot of now; the same object when nothing is new. Raises `StoreUnavailable`."""
        insist = False
        try:
            while (snapshot := self._catch_up(thresholds, insist=insist)) is None:
                self._wait_for_others()
                insist = True
        except StoreError:
            self._rows.doubt()  # what the bars said changed may not have been put right
            raise
        return snapshot

    def ask(self, pipeline: Any) -> bool:
        """Queue a look at what others wrote; False before the first `refresh`."""
        return self._stream.ask(pipeline)

    def go_on(self, reply: Any, thresholds: Sequence[Threshold], tails: LegTails) -> Snapshot | DueRow | None:
        """The snapshot of the bars at hand, which are newer than the `reply` to `ask`; None where it takes `refresh`.

        That is where more than a few rows are missing, or anything is out of the ordinary. So few are computed
        without a claim to them: whoever does the same comes to the same bits, and only one of both is taken. What is
        nearly always due is the next row alone: that is for the caller to compute, and for `go_on_with`.
        """
        news = self._stream.heard(reply)
        if news is None:
            return None
        self._rows.follow(news)
        with self._legs.at_hand() as now:
            if now.bars is None or now.reset:
                return None
            if self._rows.agree(now.bars, now.changed_from):
                self._legs.seen(now)
                return self._show(now.bars, thresholds)
            start = self._rows.stale_from(now.bars, now.changed_from)
            if start is not None and now.bars.end - start > _FEW_ROWS:
                self._rows.doubt(start)
                return None
            if start is not None and start == now.bars.end - 1:
                before = self._rows.before(start)
                if is_next(self._p, start - now.bars.first, before):
                    self._rows.doubt(start)  # until it is there
                    return DueRow(self._p, now, self._legs.next_row(now, before, tails))
            if start is not None:
                self._rows.compute(now.bars, start, thresholds)
            self._legs.seen(now)
            return self._show(now.bars, thresholds)

    def go_on_with(self, due: DueRow, row: Rows, thresholds: Sequence[Threshold]) -> Snapshot:
        """The snapshot with the row (1,) that was due."""
        self._rows.put(due.made_of.number, row)
        self._legs.seen(due.now)
        with self._legs.still():
            return self._show(due.now.bars, thresholds)

    def queue_unshared(self, pipeline: Any) -> None:
        """Queue the writing of rows that the store lacks."""
        unshared = self._rows.unshared()
        if len(unshared):
            self._stream.queue(pipeline, unshared, self._rows.generation)

    def doubt(self) -> None:
        """Look at all rows anew: what the bars said changed may not have been put right."""
        self._rows.doubt()

    def _catch_up(self, thresholds: Sequence[Threshold], *, insist: bool) -> Snapshot | None:
        """The snapshot of now; None after a reset, and where another process computes it unless we `insist`."""
        self._rows.follow(self._stream.read())  # before the bars, so that no row is newer than they
        if (snapshot := self._followed(thresholds)) is not None:
            return snapshot
        with self._legs.refreshed() as now:
            if now.reset:
                self._rows.start_anew()
                self._stream.rewind()
                return None
            start = self._rows.stale_from(now.bars, now.changed_from)
            claimed = start is not None and self._stream.claim()
            if now.bars is not None and start is not None:
                if not claimed and not insist:
                    self._rows.doubt(start)
                    return None
                self._rows.compute(now.bars, start, thresholds)
            snapshot = self._show(now.bars, thresholds)
        self._share(claimed=claimed)
        return snapshot

    def _followed(self, thresholds: Sequence[Threshold]) -> Snapshot | None:
        """The snapshot where others wrote every row of the bars at hand, and no more; the store is not asked again."""
        with self._legs.at_hand() as now:
            if now.bars is None or now.reset or not self._rows.agree(now.bars, now.changed_from):
                return None
            self._legs.seen(now)
            return self._show(now.bars, thresholds)

    def _show(self, bars: PairBars | None, thresholds: Sequence[Threshold]) -> Snapshot:
        if self._shown is None or self._rows.version != self._shown_version or not len(self._shown.rows):
            self._shown = self._legs.snapshot(self._rows.rows, self._rows.generation, bars, thresholds)
            self._shown_version = self._rows.version
        return self._shown

    def _share(self, *, claimed: bool) -> None:
        unshared = self._rows.unshared()
        if len(unshared):
            self._stream.publish(unshared, self._rows.generation, release=claimed)
        elif claimed:
            self._stream.release()

    def _wait_for_others(self) -> None:
        for _ in range(_LOOKS):
            if self._rows.follow(self._stream.read()):
                return
            time.sleep(_LOOK_EVERY_S)
