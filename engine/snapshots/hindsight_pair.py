"""A pair by a method that fits once and looks back: every bar makes all its rows anew, so none is shared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE
from engine.snapshot import Snapshot
from engine.snapshots.bar_shelf import BarShelf, BarsUse
from engine.snapshots.compute import bars_before, compute_hindsight
from engine.snapshots.hindsight import hindsight_bars
from engine.snapshots.pair_legs import PairLegs
from engine.snapshots.sharing import FIRST_GENERATION
from engine.thresholds import Threshold


class HindsightPair:
    """Not for several threads at once."""

    def __init__(self, p: PairParameters, shelf: BarShelf) -> None:
        self._p = p
        self._legs = PairLegs(p, shelf, need=hindsight_bars(p) + bars_before(p))
        self._shown: Snapshot | None = None

    @property
    def bars_used(self) -> tuple[BarsUse, BarsUse]:
        return self._legs.bars_used

    @property
    def changed(self) -> bool:
        return self._legs.changed

    def refresh(self, thresholds: Sequence[Threshold]) -> Snapshot:
        """The snapshot of now; the same object when nothing is new. Raises `StoreUnavailable`.

        Its generation counts the revisions of its bars, so that all processes agree on it.
        """
        with self._legs.refreshed() as now:
            if self._shown is None or now.reset or now.changed_from is not None:
                rows = np.empty(0, ROW_DTYPE) if now.bars is None else compute_hindsight(now.bars, self._p, thresholds)
                rows.flags.writeable = False
                revisions = int(rows["revision_y"].sum(dtype=np.int64) + rows["revision_x"].sum(dtype=np.int64))
                self._shown = self._legs.snapshot(rows, FIRST_GENERATION + revisions, now.bars, thresholds)
            return self._shown
