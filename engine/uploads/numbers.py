"""Columns of text as numbers: what is no number is marked, not guessed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_PRICE, MAX_SIZE = 1e15, 1e18
"""Far above any market's, and far below where sums of squares overflow."""

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def decimals(texts: Sequence[str]) -> Floats:
    """Each text as the float nearest to it, NaN for what is no plain decimal number (n,)."""
    joined = "".join(texts)
    if joined.isascii() and "_" not in joined:  # Python's float takes 1_000 and digits of other scripts
        try:
            return np.array(list(map(float, texts)), np.float64)
        except ValueError:
            pass
    return np.array([_decimal(text) for text in texts], np.float64)


def whole_numbers(texts: Sequence[str]) -> tuple[NDArray[np.int64], Mask]:
    """Whole numbers from 0 to 2**63 - 1 (n,), and which texts are none; those are 0."""
    try:
        values = [int(text) if text.isdecimal() and len(text) < 20 else -1 for text in texts]
        array = np.array(values, np.int64)
    except OverflowError:
        array = np.array([value if value < 1 << 63 else -1 for value in values], np.int64)
    bad: Mask = array < 0
    return np.where(bad, 0, array), bad


def price_step(texts: Sequence[str]) -> float:
    """The finest step of prices as they are written; 1e-8 where some have an exponent."""
    written = set(texts)
    if any("e" in text or "E" in text for text in written):
        return 1e-8
    places = max((len(text.partition(".")[2].rstrip("0 \t")) for text in written), default=0)
    return float(f"1e-{min(places, 18)}")


def _decimal(text: str) -> float:
    try:
        return float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan
