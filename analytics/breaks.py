"""A monitor of breaks in a hedge: the sum of recursive residuals, which drifts away once the relation has changed.

    W_t = (w_first + … + w_t) / (scale · sqrt(m)),    boundary ± height · (1 + 2 (t - first + 1) / m)

with the m recursive residuals w of y = alpha + beta · x + e (Brown, Durbin & Evans 1975). Null hypothesis: the
relation is the same in all bars, and its spread reverts in the same way. Their test takes e for independent, and a
spread is not: with a half-life of seven bars it "breaks" in 93 of 100 windows in which nothing broke. Hence three
forms:

`spread`   scaled by the long-run deviation of the spread, as Xiao & Phillips (2002) do, taken from the calmer
           half of the window, each half with a hedge of its own: a break in one half, or between them, does not
           hide itself by enlarging its own scale. Height and p come from draws of a spread that reverts as the
           whole window's does (`analytics.spread_model`), over x as it was. The default: see `cusum`.
`dynamic`  recursive residuals of y_t on x_t, x_(t-1) and y_(t-1) (Krämer, Ploberger & Alt 1988).
`classic`  Brown, Durbin & Evans as they are, for errors that are independent.

>>> import numpy as np
>>> noise = np.random.default_rng(4)
>>> x = np.cumsum(noise.standard_normal(300))
>>> y = 1.0 + 2.0 * x + noise.standard_normal(300)
>>> cusum(y, x).crossed_at is None
True
>>> y[200:] += 4.0
>>> found = cusum(y, x)
>>> found.p_value < 0.05, found.direction, 200 <= found.crossed_at < 240
(True, 1, True)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analytics.crossing import crossing_probability
from analytics.errors import Collinear, InvalidOption, NumericalTrouble
from analytics.recursive import Recursion, recursion
from analytics.scaled_legs import standard_legs
from analytics.series import Vector, is_constant
from analytics.spread_model import Matrix, ar_spread, hedge_residuals, simulated_spreads

CusumForm = Literal["spread", "dynamic", "classic"]
FORMS = ("spread", "dynamic", "classic")
MIN_BARS = {"spread": 60, "dynamic": 30, "classic": 30}
LEVEL = 0.05
# Brown, Durbin & Evans (1975): crossed with a probability of 5 % by a Brownian motion.
HEIGHT = 0.948
# Before a tenth of the window has been seen, the hedge of a slow spread is hardly known.
UNSEEN_SHARE = 0.1
DRAWS = 399
SEED = 20_260_101  # any will do: equal legs have equal p-values
LAGS, MOST_LAGS = 4, 8
# What the recursion's own past leaves of a spread, at least, as a share of its deviation.
EXACT_SHARE = 1e-7


@dataclass(frozen=True, slots=True)
class Cusum:
    """`stat` is the largest |W| / (1 + 2 r), r from 0 to 1 over the m = `n` residuals; it is broken above `height`.

    `path` (bars,) is W, NaN before the first residual; `boundary` (bars,) is the upper line, at 5 %, and the lower
    one is its negative. `crossed_at` is the first bar beyond them, counted from 0, or None. `direction` is 1 where
    y ran above what the hedge foretold, -1 below: at the crossing, or where W came nearest to one.
    """

    form: CusumForm
    stat: float
    p_value: float
    height: float
    path: Vector
    boundary: Vector
    crossed_at: int | None
    direction: Literal[-1, 1]
    n: int


def cusum(y: ArrayLike, x: ArrayLike, *, form: CusumForm = "spread", lags: int = LAGS) -> Cusum:
    """Has the hedge of y (n,) on x (n,), all finite, changed within the window?

    Use "spread" on spreads. At a nominal 5 % it rejects 3 to 6 % of sound pairs, of 240 or 720 bars, whose spreads
    have half-lives from none to 69 bars; "dynamic" up to 20 %, and finds far fewer breaks; "classic" up to all.
    `lags` (1 to 8) is the order of its model of the spread: 4 hold bid–ask bounce, which 1 does not. p is (1 + draws
    as extreme) / 400 for "spread", and the probability that a Brownian motion crosses for the others. Power fades
    with the half-life: a window of few half-lives cannot show that a pair has broken. Nor is a pair that never
    reverted broken: that is for the tests of cointegration.

    Scale and height are those of the whole window, so that the past moves as the window does: only a crossing at the
    last bar is news, the others are hindsight. Raises `TooShort` (n < 60, or 30), `NotFinite`, `ConstantSeries`,
    `Exploding`, `Collinear` (in a half too), `LengthMismatch`, `WrongShape`, `InvalidOption`, `NumericalTrouble` (also
    where x stands still in a half).
    """
    if form not in FORMS:
        raise InvalidOption("form", form, f"use one of {', '.join(FORMS)}")
    if not 1 <= lags <= MOST_LAGS:
        raise InvalidOption("lags", lags, f"give from 1 to {MOST_LAGS}")
    ys, xs, least_left = standard_legs(y, x, least=MIN_BARS[form])
    spread = hedge_residuals(ys[:, np.newaxis], xs)
    if spread.std() <= least_left:
        raise Collinear("y is a multiple of x")
    if form == "spread":
        return _spread_cusum(spread, xs, lags, least_left)
    design = _dynamic_design(spread[:, 0], xs) if form == "dynamic" else np.column_stack([np.ones(len(xs)), xs])
    terms = recursion(design)
    residuals = terms.residuals(spread[len(xs) - len(design) :])
    scale = residuals.std(axis=0, ddof=1)
    if not scale[0] > EXACT_SHARE * spread.std():
        raise NumericalTrouble("the spread is an exact recursion of its own past")
    return _outcome(form, _sums(residuals, scale)[:, 0], len(ys), HEIGHT, None)


def _dynamic_design(spread: Vector, x: Vector) -> Matrix:
    """Spans a constant, x, x before and y before."""
    return np.column_stack([np.ones(len(x) - 1), np.diff(x), x[:-1], spread[:-1]])


def _spread_cusum(spread: Matrix, x: Vector, lags: int, least_left: float) -> Cusum:
    for half, part in zip(("first", "second"), _halves(x), strict=True):
        if is_constant(x[part]):
            raise NumericalTrouble(f"leg x does not move in the {half} half")
        if hedge_residuals(spread[part], x[part]).std() <= least_left:
            raise Collinear(f"y is a multiple of x in the {half} half")
    terms = recursion(np.column_stack([np.ones(len(x)), x]), least=math.ceil(UNSEEN_SHARE * len(x)))
    path = _spread_path(spread, x, terms, lags)
    model = ar_spread(spread, x, lags=lags)
    draws = simulated_spreads(model, spread[:lags, 0], x, draws=DRAWS, seed=SEED)
    stats = np.sort(_stat(_spread_path(draws, x, terms, lags)))
    height = float(stats[DRAWS - math.floor(LEVEL * (DRAWS + 1))])
    return _outcome("spread", path[:, 0], len(x), height, stats)


def _halves(x: Vector) -> tuple[slice, slice]:
    middle = len(x) // 2
    return slice(None, middle), slice(-middle, None)


def _spread_path(spreads: Matrix, x: Vector, terms: Recursion, lags: int) -> Matrix:
    halves = (ar_spread(hedge_residuals(spreads[part], x[part]), x[part], lags=lags).long_run_sd for part in _halves(x))
    return _sums(terms.residuals(spreads), np.minimum(*halves))


def _sums(residuals: Matrix, scale: Vector) -> Matrix:
    sums: Matrix = np.cumsum(residuals, axis=0) / (scale * math.sqrt(len(residuals)))
    return sums


def _widening(count: int) -> Vector:
    line: Vector = 1.0 + 2.0 * np.arange(1, count + 1) / count
    return line


def _stat(path: Matrix) -> Vector:
    most: Vector = np.max(np.abs(path) / _widening(len(path))[:, np.newaxis], axis=0)
    return most


def _outcome(form: CusumForm, sums: Vector, bars: int, height: float, null: Vector | None) -> Cusum:
    """`null`: sorted statistics of the draws, where there are some."""
    stat = float(_stat(sums[:, np.newaxis])[0])
    if null is None:
        p_value = crossing_probability(stat)
    else:
        p_value = float(1 + len(null) - np.searchsorted(null, stat)) / (len(null) + 1)
    relative = np.abs(sums) / _widening(len(sums))
    beyond = np.flatnonzero(relative > height)
    at = int(beyond[0]) if len(beyond) else int(np.argmax(relative))
    path, boundary = np.full(bars, np.nan), np.full(bars, np.nan)
    path[bars - len(sums) :] = sums
    boundary[bars - len(sums) :] = height * _widening(len(sums))
    return Cusum(
        form=form,
        stat=stat,
        p_value=p_value,
        height=height,
        path=path,
        boundary=boundary,
        crossed_at=bars - len(sums) + at if len(beyond) else None,
        direction=1 if sums[at] > 0.0 else -1,
        n=len(sums),
    )
