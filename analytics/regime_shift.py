"""The test of Gregory & Hansen (1996): are the legs cointegrated, if one break is allowed for?

    c    y_t = alpha + alpha' · D_t + beta · x_t + e_t                 D_t = 1 from the break on, 0 before
    ct   y_t = alpha + alpha' · D_t + gamma · t + beta · x_t + e_t
    cs   y_t = alpha + alpha' · D_t + beta · x_t + beta' · D_t · x_t + e_t

Each bar of the middle 70 % is tried as the break; the statistic is the smallest of the augmented Dickey–Fuller
statistics of the residuals. Null hypothesis: no cointegration, with a break or without.

>>> import numpy as np
>>> noise = np.random.default_rng(3)
>>> x = np.cumsum(noise.standard_normal(300))
>>> y = 1.0 + 2.0 * x + noise.standard_normal(300) + np.where(np.arange(300) < 120, 0.0, 20.0)
>>> test = gregory_hansen(y, x)
>>> test.stat < test.critical_values["1%"], abs(test.break_at - 120) <= 1
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import Collinear, InvalidOption, NumericalTrouble
from analytics.scaled_legs import StandardLegs, standard_legs
from analytics.series import Vector

ShiftModel = Literal["c", "ct", "cs"]
Matrix = NDArray[np.float64]
MIN_BARS = 60
TRIM = 0.15
# Gregory & Hansen (1996), Journal of Econometrics 70, table 1, ADF* and Zt* with one regressor (m = 1).
CRITICAL: Mapping[str, Mapping[str, float]] = {
    "c": {"1%": -5.13, "5%": -4.61, "10%": -4.34},
    "ct": {"1%": -5.45, "5%": -4.99, "10%": -4.72},
    "cs": {"1%": -5.47, "5%": -4.95, "10%": -4.68},
}
LEVELS = ((0.01, "1%"), (0.05, "5%"), (0.1, "10%"))
INDEPENDENT_SHARE = 1e-9
BREAKS_AT_ONCE = 256  # bounds the memory: as many residual series are held at a time


@dataclass(frozen=True, slots=True)
class RegimeShift:
    """`stat` is ADF*; `break_at` the first bar of the new regime, from 0; `lags` and `n` those of its regression.

    p lies between `p_low` and `p_high`: only these levels are published. `stats` (bars,) holds the statistic of
    each break tried, NaN elsewhere.
    """

    stat: float
    p_low: float
    p_high: float
    break_at: int
    lags: int
    n: int
    model: ShiftModel
    critical_values: Mapping[str, float]
    stats: Vector


def gregory_hansen(
    y: ArrayLike, x: ArrayLike, *, model: ShiftModel = "c", max_lags: int | None = None, lags: int | None = None
) -> RegimeShift:
    """Test y (n,) on x (n,), all finite, with a shift of the level ("c", "ct") or of level and slope ("cs").

    For every break, the lag is the one of least AIC up to `max_lags` (default: Schwert's 12 · (n / 100)^¼) over one
    sample, or `lags` where given. Raises `TooShort` (n < 60), `NotFinite`, `ConstantSeries`, `Exploding`, `Collinear`
    (y is a multiple of x, but for a shift), `LengthMismatch`, `WrongShape`, `InvalidOption`, `NumericalTrouble`.
    """
    if model not in CRITICAL:
        raise InvalidOption("model", model, f"use one of {', '.join(CRITICAL)}")
    legs = standard_legs(y, x, least=MIN_BARS)
    ys = legs.y
    most = _most_lags(len(ys), max_lags if lags is None else lags)
    tried = np.arange(int(TRIM * len(ys)), int((1.0 - TRIM) * len(ys)) + 1)
    parts = np.array_split(tried, -(-len(tried) // BREAKS_AT_ONCE))
    found = [_statistics(_residuals(legs, model, part), most, fixed=lags is not None) for part in parts]
    stats, orders = (np.concatenate(piece) for piece in zip(*found, strict=True))
    best = int(np.argmin(stats))
    path = np.full(len(ys), np.nan)
    path[tried] = stats
    stat, used, critical = float(stats[best]), int(orders[best]), CRITICAL[model]
    passed = [stat <= critical[name] for _, name in LEVELS]
    edges = [0.0, *(level for level, _ in LEVELS), 1.0]
    step = passed.index(True) if any(passed) else len(LEVELS)
    return RegimeShift(
        stat=stat,
        p_low=edges[step],
        p_high=edges[step + 1],
        break_at=int(tried[best]),
        lags=used,
        n=len(ys) - 1 - used,
        model=model,
        critical_values=critical,
        stats=path,
    )


def _most_lags(length: int, asked: int | None) -> int:
    possible = length // 2 - 1
    if asked is None:
        return min(math.ceil(12.0 * math.pow(length / 100.0, 0.25)), possible)
    if not 0 <= asked <= possible:
        raise InvalidOption("lags", asked, f"give from 0 to {possible} for {length} bars")
    return asked


def _residuals(legs: StandardLegs, model: ShiftModel, breaks: NDArray[np.int64]) -> Matrix:
    """Residuals (breaks, n): the fixed regressors are projected out once, the shifted ones for each break."""
    y, x, least_left = legs
    n = len(y)
    fixed = [np.ones(n), x] if model != "ct" else [np.ones(n), x, np.linspace(-1.0, 1.0, n)]
    basis = np.linalg.qr(np.column_stack(fixed))[0]
    rest = y - basis @ (basis.T @ y)
    shifted = np.stack([np.ones(n), x] if model == "cs" else [np.ones(n)])

    def after(columns: Matrix) -> Matrix:
        return np.cumsum(columns[::-1], axis=0)[::-1][breaks]

    inside = after(shifted.T[:, :, np.newaxis] * basis[:, np.newaxis, :])
    whole = after(shifted.T[:, :, np.newaxis] * shifted.T[:, np.newaxis, :])
    products = whole - inside @ inside.transpose(0, 2, 1)
    size = np.linalg.det(products) / np.prod(np.diagonal(whole, axis1=1, axis2=2), axis=1)
    if np.min(size) <= INDEPENDENT_SHARE:
        raise NumericalTrouble(f"leg x hardly moves before, or after, bar {breaks[np.argmin(size)]}")
    weight = np.linalg.solve(products, after(shifted.T * rest[:, np.newaxis])[:, :, np.newaxis])[:, :, 0]
    step = np.arange(n) >= breaks[:, np.newaxis]
    residuals: Matrix = rest - step * (weight @ shifted) + np.einsum("bs,bsk->bk", weight, inside) @ basis.T
    if np.min(np.std(residuals, axis=1)) <= least_left:
        raise Collinear("but for one shift, y is a multiple of x")
    return residuals


def _statistics(residuals: Matrix, most: int, *, fixed: bool) -> tuple[Vector, NDArray[np.int64]]:
    """The Dickey–Fuller statistic of each row, without a constant, and its lag."""
    try:
        orders = np.full(len(residuals), most) if fixed or not most else _least_aic(residuals, most)
        stats = np.empty(len(residuals))
        for order in np.unique(orders):
            rows = orders == order
            stats[rows] = _t_statistic(residuals[rows], int(order))
    except np.linalg.LinAlgError as error:
        raise NumericalTrouble("the spread is an exact recursion of its own past") from error
    return stats, orders


def _least_aic(residuals: Matrix, most: int) -> NDArray[np.int64]:
    """Orders are nested, so one factor of the products holds the residual sum of each."""
    factor = np.linalg.cholesky(_products(residuals, most))[:, -1, :]
    ssr = np.cumsum((factor**2)[:, ::-1], axis=1)[:, ::-1][:, 1:]
    n = residuals.shape[1] - 1 - most
    orders: NDArray[np.int64] = np.argmin(n * np.log(ssr) + 2.0 * np.arange(most + 1), axis=1)
    return orders


def _t_statistic(residuals: Matrix, lags: int) -> Vector:
    level_last = [*range(1, lags + 1), 0, lags + 1]
    factor = np.linalg.cholesky(_products(residuals, lags)[:, level_last][:, :, level_last])
    n = residuals.shape[1] - 1 - lags
    stats: Vector = factor[:, -1, -2] / factor[:, -1, -1] * math.sqrt(n - lags - 1)
    return stats


def _products(residuals: Matrix, lags: int) -> Matrix:
    """Inner products (rows, lags + 2, lags + 2) of the lagged level, the lagged changes and the change itself."""
    change = np.diff(residuals, axis=1)
    rows, n = len(change), change.shape[1] - lags
    products = np.empty((rows, lags + 2, lags + 2))
    level, target = residuals[:, lags:-1], change[:, lags:]
    places = [lags + 1, *range(1, lags + 1)]
    products[:, 0, 0] = np.einsum("rn,rn->r", level, level)
    for i, place in enumerate(places):
        past = change[:, lags - i : lags - i + n]
        products[:, 0, place] = products[:, place, 0] = np.einsum("rn,rn->r", level, past)
        products[:, lags + 1, place] = products[:, place, lags + 1] = np.einsum("rn,rn->r", target, past)
    # One lag further, both series begin a bar earlier and end a bar earlier.
    for i in range(1, lags + 1):
        new, old = change[:, lags - i], change[:, lags - i + n]
        for j in range(i, lags + 1):
            before = products[:, places[i - 1], places[j - 1]]
            now = before + new * change[:, lags - j] - old * change[:, lags - j + n]
            products[:, places[i], places[j]] = products[:, places[j], places[i]] = now
    return products
