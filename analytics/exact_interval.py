"""Exact intervals of a share and of a count: no normal approximation, so they hold for few events and for none.

The bounds are those under which the count found, or one further out, has half of what the level leaves as its
probability (Clopper & Pearson 1934 for shares, Garwood 1936 for counts). They are found by bisection.

>>> share = binomial_interval(0, 99)
>>> share.low, round(share.high, 4)
(0.0, 0.0366)
>>> count = poisson_interval(4)
>>> round(count.low, 4), round(count.high, 4)
(1.0899, 10.2416)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from analytics.errors import InvalidOption

LEVEL = 0.95
STEPS = 80  # of bisection: to the last digit of a float
TERM_SHARE = 1e-17  # of the sum: a term that no longer shows in it


class Interval(NamedTuple):
    low: float
    high: float


def binomial_interval(successes: int, trials: int, *, level: float = LEVEL) -> Interval:
    """The interval of a share, from `successes` in `trials`. Raises `InvalidOption` for what cannot be counted."""
    tail = _tail(level)
    if not 0 <= successes <= trials or trials < 1:
        raise InvalidOption("successes", successes, f"give from 0 to trials = {trials}, and at least one trial")
    low, high = 0.0, 1.0
    if successes > 0:
        low = _bisect(lambda share: _binomial(successes, trials, trials, share) < tail, 0.0, 1.0)
    if successes < trials:
        high = _bisect(lambda share: _binomial(0, successes, trials, share) > tail, 0.0, 1.0)
    return Interval(low, high)


def poisson_interval(count: int, *, level: float = LEVEL) -> Interval:
    """The interval of the expected number of independent events, from the `count` that came."""
    tail = _tail(level)
    if count < 0:
        raise InvalidOption("count", count, "give 0 or more")
    most = count + 10.0 * math.sqrt(count + 1.0) + 40.0
    low = _bisect(lambda mean: _poisson(count, mean, 1) < tail, 0.0, float(count)) if count else 0.0
    return Interval(low, _bisect(lambda mean: _poisson(count, mean, -1) > tail, float(count), most))


def _tail(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise InvalidOption("level", level, "give a share between 0 and 1")
    return (1.0 - level) / 2.0


def _bisect(too_low: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return 0.5 * (low + high)


def _binomial(first: int, last: int, trials: int, share: float) -> float:
    """The probability of `first` to `last` successes, for a share strictly between 0 and 1."""
    log_share, log_rest = math.log(share), math.log1p(-share)
    whole = math.lgamma(trials + 1)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * log_share + (trials - k) * log_rest)
        for k in range(first, last + 1)
    )


def _poisson(count: int, mean: float, step: Literal[-1, 1]) -> float:
    """The probability of `count` events and more (1), for a positive mean of no more, or of as many and fewer (-1),
    for one of no less: away from the mean the terms fall, and those that are nothing are left out.
    """
    term = total = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    while term > TERM_SHARE * total and (step > 0 or count > 0):
        term *= mean / (count + 1) if step > 0 else count / mean
        count += step
        total += term
    return total
