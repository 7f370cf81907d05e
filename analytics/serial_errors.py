"""How sure a slope is whose residuals remember: the 95 % interval of a least-squares beta under serial correlation.

The classical error takes the n residuals for independent. Spreads revert over many bars, so fewer of them are.
With residual e ~ AR(1) of coefficient phi, perhaps under some white noise of quotes and ticks, and regressor x of
autocorrelation rho, the variance of beta is k times the classical one:

    k = 1 + 2 · a · rho / (1 - phi · rho),      effective n = n / k,
    interval = beta ± t(n / 2k) · sqrt(k) · classical error

a is the autocorrelation of e at one bar, and phi is read from ratios of autocorrelations at doubling lags,
(r_2l / r_l)^(1 / l), which white noise on top of e does not touch; the largest counts of those lags at which e still
remembers. Least squares find both too small by (1 + legs + (3 + legs) · phi) / n, which is put back: (1 + 3 · phi) / n
for the mean (Kendall 1954), and (1 + phi) / n for each slow leg. Like a variance from n / 2k independent values,
k is uncertain by the square root of 4k / n of itself, hence the degrees of freedom. Where the window is too short to
tell e from a random walk, k means nothing, and the interval is bounded by that of a walk with the steps that
e takes (by Wirtinger's inequality, whatever x is): wide, as it should be. Andrews & Monahan 1992 prewhiten so;
`bench.calibration_intervals` says how often the interval holds the truth.

All from sums of squared differences, which need no mean and cost O(1) a bar in rolling windows.

>>> import numpy as np
>>> one, n = np.ones(1), np.full(1, 20_000.0)
>>> memory = 0.9 ** np.array([[1.0], [2.0], [4.0]])  # of x, and of residuals whose variance is 1
>>> interval = serial_interval(one, one, n, legs=1, residual_steps=2.0 * (1.0 - memory), memory=memory)
>>> interval.effective_n.round(-1).tolist()  # 20000 · (1 - 0.81) / (1 + 0.81)
[2100.0]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.series import Vector
from analytics.student import NORMAL_975, t_975

Lags = NDArray[np.float64]  # (lags, fits)
LONGEST_LAG = 32
BARS_PER_LAG = 6  # an autocorrelation is not read at lags longer than this part of the window
REMEMBERS = 0.3  # an autocorrelation below this is lost in its own error, and so would be a ratio to it
NOISE_SHARE = 0.5  # of the variance of e, at most, that is taken for white noise
LEAST_STEP_SHARE = 0.05  # of the squared change in a bar, at least, that is taken for a step of the walk


@dataclass(frozen=True, slots=True)
class SerialInterval:
    """`half_width` of the 95 % interval and `effective_n`, how many independent bars would tell as much; (fits,).

    Both are NaN where no two neighbouring bars are there to tell the memory from.
    """

    half_width: Vector
    effective_n: Vector


def doubling_lags(bars: int) -> tuple[int, ...]:
    """1, 2, 4, … bars, as far as a window of so many bars can tell."""
    longest = min(LONGEST_LAG, bars // BARS_PER_LAG)
    return tuple(2**i for i in range(max(longest, 1).bit_length()))


def serial_interval(
    stderr: Vector, variance: Vector, n: Vector, *, legs: int, residual_steps: Lags, memory: Lags
) -> SerialInterval:
    """The interval from the classical `stderr` of beta, the `variance` of residuals and the bars `n`, each (fits,).

    `residual_steps` (lags, fits) is the mean squared change of e over 1, 2, 4, … bars, `memory` (lags, fits) the
    autocorrelation of x at the same lags. No fit depends on its neighbours in the arrays.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        exact = variance == 0.0
        square = np.where(exact, np.inf, variance * (n - 1 - legs) / n)
        own = _share(autocorrelation(residual_steps, square) - exact)
        phi, rho, step = _memory(own, _share(memory), residual_steps)
        phi = np.minimum(phi, own[0] / NOISE_SHARE)
        a, phi = _unbiased(own[0], n, legs), _unbiased(phi, n, legs)
        inflation = 1.0 + 2.0 * a * rho / np.maximum(1.0 - phi * rho, 1e-9)
        effective_n = n / inflation
        half_width = t_975(np.maximum(effective_n / 2.0, 1.0)) * np.sqrt(inflation) * stderr
        walk = np.sqrt(step / np.where(exact, 1.0, variance)) * n / math.pi
        return SerialInterval(np.minimum(half_width, NORMAL_975 * stderr * (1.0 + walk)), effective_n)


def fit_interval(
    residual: Vector, own_moves: NDArray[np.float64], *, stderr: Vector, variance: float
) -> SerialInterval:
    """The same from one fit's `residual` (n,) and `own_moves` (n, k), what the other legs leave of each leg.

    `stderr` (k,) holds the classical errors, `variance` is that of the residuals; arrays (k,).
    """
    n, k = own_moves.shape
    series = np.vstack([residual, own_moves.T])
    lags = doubling_lags(n)
    last = n - max(lags)
    steps = np.array([np.mean((series[:, lag:] - series[:, :-lag])[:, -last:] ** 2, axis=1) for lag in lags])
    return serial_interval(
        stderr,
        np.full(k, variance),
        np.full(k, float(n)),
        legs=k,
        residual_steps=np.repeat(steps[:, :1], k, axis=1),
        memory=autocorrelation(steps[:, 1:], np.mean(own_moves**2, axis=0)),
    )


def autocorrelation(steps: Lags, square: Vector) -> Lags:
    """From mean squared changes (lags, fits) and the mean square (fits,) about the mean."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found: Lags = 1.0 - steps / (2.0 * square)
    return found


def _share(autocorrelations: Lags) -> Lags:
    """What of them is from 0 to 1; NaN stays."""
    shares: Lags = np.minimum(np.maximum(autocorrelations, 0.0), 1.0)
    return shares


def _memory(own: Lags, memory: Lags, steps: Lags) -> tuple[Vector, Vector, Vector]:
    """phi of e, rho of x, and the squared step a bar of the walk that e is nearest to; by the lags that tell."""
    if len(own) == 1:
        return own[0], memory[0], steps[0]
    shorter, longer = own[:-1], own[1:]
    ratio = np.minimum(longer / np.maximum(shorter, 1e-300), 1.0)
    at_bar = np.array([np.maximum(ratio, shorter), memory[:-1]])
    for place in range(1, len(shorter)):
        rest = at_bar[:, place:]
        np.sqrt(rest, out=rest)  # in the end the 2^i-th root of what stands i-th, exact to the last bit
    tells = np.ones(shorter.shape, dtype=np.bool_)
    np.logical_and.accumulate(longer[:-1] >= REMEMBERS, axis=0, out=tells[1:])
    phi, rho = np.fmax.reduce(np.where(tells, at_bar, 0.0), axis=1)
    growth = np.diff(steps, axis=0) / 2.0 ** np.arange(len(shorter))[:, np.newaxis]
    last = np.count_nonzero(tells, axis=0) - 1
    step = np.minimum(np.fmax(growth[last, np.arange(len(last))], LEAST_STEP_SHARE * steps[0]), steps[0])
    return phi, rho, step


def _unbiased(coefficient: Vector, n: Vector, legs: int) -> Vector:
    rest = n - (3 + legs)
    return np.where(rest > 0.0, np.minimum((n * coefficient + (1 + legs)) / rest, 1.0), 1.0)
