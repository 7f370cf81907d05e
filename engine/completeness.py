"""How complete the bars behind some rows are: trades missing, bars absent, bars of which nobody can know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.rows import Note


@dataclass(frozen=True, slots=True)
class Completeness:
    """`share` of their trades that were seen, of the leg that lacks more; None where no bar's trades have ids.

    `absent` bars lack a leg; of `unknown` others nobody can know whether trades are missing.
    """

    share: float | None = None
    absent: int = 0
    unknown: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.absent and (self.share is None or self.share >= 1.0)


UNTOLD = Completeness()


def missing_trades(rows: NDArray[np.void], leg: str) -> int | None:
    """How many trades of a leg (``y`` or ``x``) are missing in these rows; None where nothing is known.

    Found back from each bar's share, kept to seven digits: exact for bars of less than eight million trades. A bar
    without trades counts none: what is missing is on account of the bar of the next trade.
    """
    share = rows[f"completeness_{leg}"].astype(np.float64)
    known = share > 0  # not where it is unknown
    if not known.any():
        return None
    trades = rows[f"trades_{leg}"][known]
    return int(np.round(trades / share[known] - trades).sum())


def completeness_of(rows: NDArray[np.void]) -> Completeness:
    """Of the bars of these rows."""
    absent = rows["note"] == Note.GAP
    doubtful = ~absent & (np.isnan(rows["completeness_y"]) | np.isnan(rows["completeness_x"]))
    shares = [share for leg in ("y", "x") if (share := _share(rows, leg)) is not None]
    return Completeness(min(shares, default=None), int(absent.sum()), int(doubtful.sum()))


def _share(rows: NDArray[np.void], leg: str) -> float | None:
    missing = missing_trades(rows, leg)
    if missing is None:
        return None
    seen = int(rows[f"trades_{leg}"][rows[f"completeness_{leg}"] > 0].sum(dtype=np.int64))
    return seen / (seen + missing) if missing else 1.0
