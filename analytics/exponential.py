"""The exponential moving average, with the same bits from whatever first bar it is computed.

    ema_t = sum of d^(t-i) x_i / sum of d^(t-i),  d = (span - 1) / (span + 1), over the bars i <= t that are there

Time is cut into blocks of `span` bars, aligned to bar number 0. A value is made of the running sum inside
its own block and of the sums of the `REACH` blocks before it; what lies further back weighs less than a
rounding error. So a value depends on a bounded number of bars, and on none that comes later. (Peers such as
TA-Lib run one recursion from the first element on: one NaN poisons all that follows, and another start
gives other bits.)

>>> import numpy as np
>>> ema(np.array([1.0, 2.0, 4.0, 8.0]), span=3).round(4).tolist()
[nan, nan, 3.0, 5.6667]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analytics.blocks import Blocks
from analytics.errors import InvalidWindow
from analytics.series import Vector, as_squarable, require_length

REACH = 18
"""Blocks looked back on: d ** span is below e^-2, so what is left out weighs less than e^-36 = 2e-16."""


def ema_lead(span: int) -> int:
    """How many bars before a value it may depend on."""
    return (REACH + 1) * span


def ema(values: ArrayLike, *, span: int, origin: int = 0) -> Vector:
    """Exponential moving average (n,) of `values` (n,); alpha is 2 / (span + 1), with `span` at least 2 bars.

    That of pandas' ``ewm(span, adjust=True, ignore_na=False)``: a missing or infinite value, or one beyond 1e±100, is
    left out while the weights of those before it go on fading with time. NaN at the first `span` - 1 bars, where the
    value itself is missing, and where all before it are. `origin` is the bar number of element 0. Raises `TooShort`
    (n < span), `WrongShape`, `InvalidWindow`.
    """
    vector = as_squarable("values", values)
    if not isinstance(span, int | np.integer) or span < 2:
        raise InvalidWindow("span", span, "give at least 2 bars")
    require_length(len(vector), span)
    lead = origin % span
    blocks = -(-(lead + len(vector)) // span)
    flat = np.full(blocks * span, np.nan)
    flat[lead : lead + len(vector)] = vector
    grid = flat.reshape(blocks, span)
    there = np.isfinite(grid)
    weighed = _faded(np.where(there, grid, 0.0), span)
    weight = _faded(there.astype(np.float64), span)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, weighed / weight, np.nan).ravel()[lead : lead + len(vector)]
    mean[: span - 1] = np.nan
    return mean


def _faded(grid: Blocks, span: int) -> Blocks:
    """At each bar the sum of all values up to it, each faded by its age; grid and result (blocks, span)."""
    fade = (span - 1) / (span + 1)
    rise = fade ** -np.arange(span, dtype=np.float64)  # up to e^2: nothing is lost
    inside = np.cumsum(grid * rise, axis=1) / rise
    before = np.zeros(len(grid))
    for back in range(REACH, 0, -1):  # the smallest first, in one fixed order
        before[back:] += fade ** (span * (back - 1)) * inside[:-back, -1]
    faded: Blocks = inside + before[:, np.newaxis] * (fade / rise)
    return faded
