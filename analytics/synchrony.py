"""How two legs that trade at different moments move together: Hayashi–Yoshida, and correlation by length of bar.

On short bars the leg that trades less has not moved yet: correlation is read too low (Epps 1979). The estimator of
Hayashi & Yoshida (2005) takes each leg's returns from trade to trade and multiplies those whose spans overlap, so
it needs no bars and loses nothing.

>>> a = [0, 1000, 2000, 3000], [100.0, 101.0, 100.0, 102.0]
>>> b = [0, 1500, 3000], [50.0, 50.2, 50.9]
>>> found = hayashi_yoshida(*a, *b, least=2)
>>> round(found.correlation, 3), found.n_a, found.n_b
(0.39, 3, 2)
>>> [(one.bars, one.stale_b) for one in correlation_by_bar_length(*a, *b, lengths_ms=[1000])]
[(2, 0.5)]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import ConstantSeries, InvalidOption, NotAscending, NotPositive, TooShort
from analytics.series import (
    EPSILON,
    ROUNDING_STEPS,
    Vector,
    as_vector,
    is_constant,
    require_equal_lengths,
    require_finite,
)

Times = NDArray[np.int64]
MIN_TRADES = 30
MIN_BARS = 30
# More would be memory without meaning: a day of bars of 100 ms is under a million.
MOST_BARS = 2_000_000
LAST_TIME = 2.0**53  # the whole numbers that a float holds


@dataclass(frozen=True, slots=True)
class HayashiYoshida:
    """Over the span in which both legs trade: `n_a` and `n_b` returns from trade to trade.

    `covariance`, `variance_a` and `variance_b` are sums over the whole span, of log returns. `correlation` is
    theirs; as the sums run over different returns it can pass ±1 where there are few.
    """

    correlation: float
    covariance: float
    variance_a: float
    variance_b: float
    n_a: int
    n_b: int


@dataclass(frozen=True, slots=True)
class BarLength:
    """Bars of `length_ms`: the correlation of their returns, or None and the `reason`.

    `bars` were looked at. `stale_a` and `stale_b` are the shares of them in which the leg did not trade.
    """

    length_ms: int
    correlation: float | None
    reason: str | None
    bars: int
    stale_a: float
    stale_b: float


@dataclass(frozen=True, slots=True)
class Trades:
    """Ascending times (n,) in ms, each once, and the log of the last price at each."""

    times: Times
    logs: Vector


def hayashi_yoshida(
    times_a: ArrayLike, prices_a: ArrayLike, times_b: ArrayLike, prices_b: ArrayLike, *, least: int = MIN_TRADES
) -> HayashiYoshida:
    """Correlation of two legs from their trades: times (n,) in ms, ascending, and prices (n,), for each leg.

    Of trades of one millisecond the last counts. Trades outside the span in which both legs trade are left out.
    Bid–ask bounce in the prices adds noise to every return: it biases both variances upwards, the more the denser
    the trades, and so the correlation towards zero; the covariance it leaves alone. Give mid prices where there
    are any. Raises `TooShort` (fewer than `least` returns in a leg), `NotFinite`, `NotPositive`, `NotAscending`,
    `ConstantSeries`, `LengthMismatch`, `WrongShape`.
    """
    a, b = _in_common(leg_trades("a", times_a, prices_a), leg_trades("b", times_b, prices_b))
    for name, leg in (("a", a), ("b", b)):
        if len(leg.times) - 1 < least:
            raise TooShort(least, max(len(leg.times) - 1, 0), f"returns of leg {name} while both trade")
        if is_constant(leg.logs):
            raise ConstantSeries(f"the price of leg {name}")
        if _is_straight(leg.logs):
            raise ConstantSeries(f"the return of leg {name}")
    # A return of a, from t to t', meets the returns of b that begin before t' and end after t: together they are
    # one return of b, from its last trade at or before t to its first at or after t'.
    from_b = np.maximum(np.searchsorted(b.times, a.times[:-1], side="right") - 1, 0)
    to_b = np.minimum(np.searchsorted(b.times, a.times[1:], side="left"), len(b.times) - 1)
    returns_a, returns_b = np.diff(a.logs), np.diff(b.logs)
    covariance = float(returns_a @ (b.logs[to_b] - b.logs[from_b]))
    variance_a, variance_b = float(returns_a @ returns_a), float(returns_b @ returns_b)
    return HayashiYoshida(
        correlation=covariance / math.sqrt(variance_a) / math.sqrt(variance_b),
        covariance=covariance,
        variance_a=variance_a,
        variance_b=variance_b,
        n_a=len(returns_a),
        n_b=len(returns_b),
    )


def correlation_by_bar_length(
    times_a: ArrayLike, prices_a: ArrayLike, times_b: ArrayLike, prices_b: ArrayLike, *, lengths_ms: Sequence[int]
) -> tuple[BarLength, ...]:
    """The curve of Epps: for each length of bar, the correlation of the log returns from close to close.

    Trades as in `hayashi_yoshida`. Bars begin at multiples of their length; whole bars count, from the first
    before which both legs have traded to the last before one of them ends. The close of a bar is the last price
    before its end, however old. Raises as `hayashi_yoshida` does, but for short or flat data, which are a reason;
    `InvalidOption` for a length that is not a positive whole number, or that makes more than two million bars.
    """
    a, b = leg_trades("a", times_a, prices_a), leg_trades("b", times_b, prices_b)
    for length in lengths_ms:
        if not 1 <= length <= LAST_TIME or length != int(length):
            raise InvalidOption("lengths_ms", length, "give whole milliseconds, 1 or more")
    return tuple(_bar_length(a, b, int(length)) for length in lengths_ms)


def leg_trades(name: str, times: ArrayLike, prices: ArrayLike) -> Trades:
    """The trades of one leg, checked; of trades of one millisecond the last."""
    when, values = as_vector(f"times of leg {name}", times), as_vector(f"prices of leg {name}", prices)
    require_equal_lengths(when, values)
    if not len(when):
        raise TooShort(1, 0, f"trades of leg {name}")
    require_finite(f"times of leg {name}", when)
    require_finite(f"prices of leg {name}", values)
    odd = (when != np.floor(when)) | (np.abs(when) > LAST_TIME)
    if odd.any():
        raise InvalidOption(f"times of leg {name}", float(when[odd][0]), "give whole milliseconds")
    bad = int(np.count_nonzero(values <= 0.0))
    if bad:
        raise NotPositive(f"prices of leg {name}", bad)
    step = np.diff(when)
    if np.any(step < 0.0):
        raise NotAscending(f"times of leg {name}", int(np.argmax(step < 0.0)) + 1)
    last = np.append(step > 0.0, True)
    return Trades(when[last].astype(np.int64), np.log(values[last]))


def _in_common(a: Trades, b: Trades) -> tuple[Trades, Trades]:
    begin, end = max(a.times[0], b.times[0]), min(a.times[-1], b.times[-1])
    inside = ((leg.times >= begin) & (leg.times <= end) for leg in (a, b))
    first, second = (Trades(leg.times[kept], leg.logs[kept]) for leg, kept in zip((a, b), inside, strict=True))
    return first, second


def _bar_length(a: Trades, b: Trades, length: int) -> BarLength:
    begin = int(max(a.times[0], b.times[0]) // length) + 1
    bars = max(int(min(a.times[-1], b.times[-1]) // length - begin), 0)
    if bars > MOST_BARS:
        raise InvalidOption("lengths_ms", length, f"that is {bars} bars: give longer ones")
    edges = np.arange(begin, begin + bars + 1, dtype=np.int64) * length
    before = [np.searchsorted(leg.times, edges, side="left") for leg in (a, b)]
    stale = [float(np.mean(np.diff(places) == 0)) if bars else 1.0 for places in before]
    closes = [leg.logs[places - 1] for leg, places in zip((a, b), before, strict=True)]
    reason = None
    if bars < MIN_BARS:
        reason = f"needs {MIN_BARS} bars, has {bars}"
    for name, close in zip("ab", closes, strict=True):
        if reason is None and is_constant(close):
            reason = f"leg {name} is constant"
    correlation = _correlation(*closes) if reason is None else None
    if reason is None and correlation is None:
        reason = "the returns are constant"
    return BarLength(length, correlation, reason, bars, stale[0], stale[1])


def _correlation(close_a: Vector, close_b: Vector) -> float | None:
    """Of the changes; None where a leg's are all alike."""
    sizes, deviations = [], []
    for close in (close_a, close_b):
        change = np.diff(close)
        deviation = change - change.mean()
        sizes.append(math.sqrt(float(deviation @ deviation)))
        deviations.append(deviation)
        if _is_straight(close):
            return None
    return float(deviations[0] @ deviations[1]) / sizes[0] / sizes[1]


def _is_straight(logs: Vector) -> bool:
    """Whether the changes are all alike, but for the last digits of the level."""
    return bool(np.ptp(np.diff(logs)) <= ROUNDING_STEPS * EPSILON * np.max(np.abs(logs)))
