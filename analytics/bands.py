"""The simple moving average, and Bollinger's bands around it.

    middle_t = mean of the last `window` values,  upper, lower = middle ± width · sd

Bollinger's sd divides by the count (ddof 0); a sample's (ddof 1) is wider by sqrt(n / (n - 1)). Both come from
`analytics.rolling`, so they leave gaps out and have the same bits from whatever first bar they are computed.

>>> import numpy as np
>>> bands = bollinger_bands(np.array([1.0, 2.0, 3.0, 5.0]), window=3)
>>> bands.middle.round(4).tolist(), bands.upper.round(4).tolist()
([nan, nan, 2.0, 3.3333], [nan, nan, 3.633, 5.8278])
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from analytics.errors import InvalidOption
from analytics.rolling import rolling_zscore
from analytics.series import MOST_SIZE, Vector


@dataclass(frozen=True, slots=True)
class BollingerBands:
    """All (n,), in the unit of the values; `sd` is one standard deviation."""

    middle: Vector
    upper: Vector
    lower: Vector
    sd: Vector


def sma(values: ArrayLike, *, window: int, min_count: int | None = None, origin: int = 0) -> Vector:
    """Mean (n,) of the last `window` (at least 2) of `values` (n,).

    NaN until `window` bars are there, and where fewer than `min_count` of them are finite (default: all).
    Raises `TooShort` (n < window), `WrongShape`, `InvalidWindow`.
    """
    return rolling_zscore(values, window=window, ddof=0, min_count=min_count, origin=origin).mean


def bollinger_bands(
    values: ArrayLike,
    *,
    window: int = 20,
    width: float = 2.0,
    ddof: int = 0,
    min_count: int | None = None,
    origin: int = 0,
) -> BollingerBands:
    """Bands `width` deviations around the mean of the last `window` (at least 2) of `values` (n,).

    `ddof` 0 is Bollinger's own, 1 the sample's. NaN as in `sma`; a constant window has bands of no width.
    Raises `TooShort` (n < window), `WrongShape`, `InvalidWindow`, `InvalidOption`.
    """
    if not 0.0 < width <= MOST_SIZE:
        raise InvalidOption("width", width, "give a positive number of deviations")
    score = rolling_zscore(values, window=window, ddof=ddof, min_count=min_count, origin=origin)
    reach = width * score.sd
    return BollingerBands(middle=score.mean, upper=score.mean + reach, lower=score.mean - reach, sd=score.sd)
