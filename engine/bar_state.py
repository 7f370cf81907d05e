"""How complete the bar was that an alert was judged on, as it was then: what comes later changes nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from engine.completeness import missing_trades
from engine.rows import Note


class BarState(StrEnum):
    """Of both legs: all their trades are there, some are known to lack, nobody can know, or a leg has no bar."""

    WHOLE = "whole"
    LACKING = "lacking"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class JudgedBar:
    """`missing` trades are known to lack, of both legs together; None where how many is not known."""

    state: BarState
    missing: int | None = None


def judged_bar(row: NDArray[np.void]) -> JudgedBar:
    """Of one row, as an array of one."""
    if row["note"][0] == Note.GAP:
        return JudgedBar(BarState.ABSENT)
    shares = [float(row[f"completeness_{leg}"][0]) for leg in ("y", "x")]
    if all(share >= 1.0 for share in shares):
        return JudgedBar(BarState.WHOLE, 0)
    counted = [count for leg in ("y", "x") if (count := missing_trades(row, leg)) is not None]
    missing = sum(counted) or None
    if any(np.isnan(shares)):
        return JudgedBar(BarState.UNKNOWN, missing)
    return JudgedBar(BarState.LACKING, missing if len(counted) == len(shares) else None)


def bar_words(state: BarState | None, missing: int | None) -> str:
    """``on a bar that lacks 3 trades``; blank for a whole bar, and where there is no bar to speak of."""
    trades = f"{missing:,} trade{'s' * (missing != 1)}" if missing else "trades"
    match state:
        case BarState.LACKING:
            return f"on a bar that lacks {trades}"
        case BarState.UNKNOWN:
            return f"on a bar that lacks {trades} or more" if missing else "on a bar that may lack trades"
        case BarState.ABSENT:
            return "on a bar that is absent"
        case _:
            return ""
