"""Trades that a file lacks, by the ids of those that it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from store.bars import NO_TRADE_ID
from store.gap_ledger import KEPT, GapRecord


def lost_gaps(ticks: NDArray[np.void]) -> tuple[GapRecord, ...]:
    """The newest thousand gaps of ticks (n,) of `store.ticks.TICK_DTYPE` in order: nobody can be asked for them.

    None where trades have no ids. Noticed at the time of the trade after them.
    """
    if not len(ticks) or ticks["trade_id"][0] == NO_TRADE_ID:
        return ()
    ids, times = ticks["trade_id"], ticks["time_ms"]
    places = np.flatnonzero(np.diff(ids) > 1)[-KEPT:].tolist()
    return tuple(
        GapRecord(
            first=int(ids[place]) + 1,
            last=int(ids[place + 1]) - 1,
            missing=int(ids[place + 1] - ids[place]) - 1,
            after_ms=int(times[place]),
            before_ms=int(times[place + 1]),
            noticed_ms=int(times[place + 1]),
            changed_ms=int(times[place + 1]),
            state="lost",
        )
        for place in places
    )
