"""q-values: what share of false findings a whole family of tests would hold, down to each of its p-values.

Of everything with q <= 0.05, about 5 % or less is expected to be false. Every pair, direction and window that was
tried counts, shown or not.

>>> q_values([0.01, 0.02, 0.03, 0.9]).round(4).tolist()
[0.04, 0.04, 0.04, 0.9]
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidOption
from analytics.series import Vector, as_vector

QMethod = Literal["bh", "by"]
METHODS = ("bh", "by")
MOST_TESTS = 10_000_000


def q_values(p_values: ArrayLike, *, method: QMethod = "bh", tried: int | None = None) -> Vector:
    """The q-values (n,) of `p_values` (n,): the smallest share of false findings at which each would be a finding.

    "bh" (Benjamini & Hochberg 1995) holds for independent or positively dependent tests, as pairs with a leg in
    common mostly are; "by" (Benjamini & Yekutieli 2001) for any, and is stricter by 1 + 1/2 + … + 1/m. NaN stays
    NaN and does not count; `tried` says how many tests there were, where some with no chance are left out of
    `p_values`. Raises `WrongShape`, and `InvalidOption` for a p outside 0 to 1 or a `tried` below their number.
    """
    if method not in METHODS:
        raise InvalidOption("method", method, f"use one of {', '.join(METHODS)}")
    p = as_vector("p_values", p_values)
    known = np.flatnonzero(~np.isnan(p))
    outside = p[(p < 0.0) | (p > 1.0)]
    if len(outside):
        raise InvalidOption("p_values", float(outside[0]), "give probabilities from 0 to 1")
    tests = len(known) if tried is None else tried
    if not len(known) <= tests <= MOST_TESTS:
        raise InvalidOption("tried", tried, f"there are {len(known)} p-values already, and {MOST_TESTS} at most")
    order = known[np.argsort(p[known], kind="stable")]
    weight = 1.0 if method == "bh" else float(np.sum(1.0 / np.arange(1, tests + 1)))
    raw = p[order] * (tests * weight) / np.arange(1, len(order) + 1)
    q = np.full(len(p), np.nan)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q
