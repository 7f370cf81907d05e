"""The row of a snapshot: all that is known of a pair at one closed bar, and the state to go on from."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Note(IntEnum):
    """Why a row lacks numbers, or what to know about them."""

    OK = 0
    WARMING_UP = 1
    GAP = 2
    STALE_LEG = 3
    UNUSABLE = 4
    RATIO_FALLBACK = 5


class Signal(IntEnum):
    SHORT_SPREAD = -1
    FLAT = 0
    LONG_SPREAD = 1


ROW_DTYPE = np.dtype(
    [
        ("open_time_ms", "<i8"),
        ("y", "<f8"),  # prices in quote currency, whatever the scale
        ("x", "<f8"),
        ("alpha", "<f8"),
        ("beta", "<f8"),
        ("beta_low", "<f8"),  # 95 % interval
        ("beta_high", "<f8"),
        ("r_squared", "<f8"),
        ("spread", "<f8"),  # in units of the scale: log price, or price
        ("spread_mean", "<f8"),
        ("spread_sd", "<f8"),
        ("z", "<f8"),
        ("correlation", "<f8"),  # of one-bar returns over the window
        ("effective_n", "<f4"),  # how many independent bars would tell as much of beta
        ("trades_y", "<u4"),
        ("trades_x", "<u4"),
        ("completeness_y", "<f4"),
        ("completeness_x", "<f4"),
        ("window_completeness_y", "<f4"),  # of the trades in the bars that the hedge was fitted on, where known
        ("window_completeness_x", "<f4"),
        ("window_absent", "<f4"),  # how many of these bars a leg lacks
        ("window_unknown", "<f4"),  # and of how many others nobody can know whether trades are missing
        ("revision_y", "<u2"),
        ("revision_x", "<u2"),
        ("signal", "i1"),
        ("note", "u1"),
    ]
)
