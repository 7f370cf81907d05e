"""The shortest bar at which two legs can be compared: both trade in it, and their correlation has arrived.

>>> import numpy as np
>>> walk = np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 1e-4, 3600)))
>>> seconds = np.arange(3600) * 1000
>>> slow = seconds[::4]
>>> advice = advised_bar_ms(seconds, walk, slow, walk[::4], lengths_ms=[1000, 5000, 60_000])
>>> advice.bar_ms, round(advice.rate_b, 2)
(60000, 0.25)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from analytics.errors import AnalyticsError, InvalidOption
from analytics.synchrony import MIN_BARS, BarLength, correlation_by_bar_length, hayashi_yoshida, leg_trades

LENGTHS_MS = (1_000, 5_000, 15_000, 30_000, 60_000, 300_000, 900_000, 3_600_000)
STALE_CAP = 0.05
CORRELATION_SHARE = 0.9
# With trades at random, bars with ten of the slower leg's read about nine tenths of the correlation.
TRADES_PER_BAR = 10.0
# A share of less than this is a share of noise.
LEAST_CORRELATION = 0.1
SECOND_MS = 1000.0


@dataclass(frozen=True, slots=True)
class AdvisedBar:
    """`bar_ms` is the shortest length that fits, or None with the `reason`.

    `judged_by` says what was asked beside fresh prices: the correlation, as a share of `hayashi_yoshida`, or, where
    that is None or too small to be shared, the trades a bar to expect from the rates. `rate_a` and `rate_b` are
    trades a second, those of one millisecond taken for one. `curve` has the lengths, ascending.
    """

    bar_ms: int | None
    reason: str | None
    judged_by: Literal["correlation", "rates"]
    rate_a: float
    rate_b: float
    hayashi_yoshida: float | None
    curve: tuple[BarLength, ...]


def advised_bar_ms(
    times_a: ArrayLike,
    prices_a: ArrayLike,
    times_b: ArrayLike,
    prices_b: ArrayLike,
    *,
    lengths_ms: Sequence[int] = LENGTHS_MS,
    stale_cap: float = STALE_CAP,
    correlation_share: float = CORRELATION_SHARE,
    trades_per_bar: float = TRADES_PER_BAR,
) -> AdvisedBar:
    """The shortest of `lengths_ms` that serves two legs; trades as in `hayashi_yoshida`.

    At most `stale_cap` of its bars may lack a trade of the slower leg, and its correlation must be at least
    `correlation_share` of the Hayashi–Yoshida one, or of the largest on the curve where that is larger. Where the
    former cannot be had or is below 0.1, the slower leg must be expected to trade `trades_per_bar` times a bar instead.
    Raises as `correlation_by_bar_length` does, and `InvalidOption` for no lengths, shares outside 0 to 1, or
    `trades_per_bar` of zero or less.
    """
    for name, share in (("stale_cap", stale_cap), ("correlation_share", correlation_share)):
        if not 0.0 <= share <= 1.0:
            raise InvalidOption(name, share, "give a share from 0 to 1")
    if not trades_per_bar > 0.0:
        raise InvalidOption("trades_per_bar", trades_per_bar, "give a positive number")
    if not lengths_ms:
        raise InvalidOption("lengths_ms", tuple(lengths_ms), "give at least one length")
    legs = (times_a, prices_a, times_b, prices_b)
    curve = correlation_by_bar_length(*legs, lengths_ms=sorted(lengths_ms))
    rate_a, rate_b = _rate("a", times_a, prices_a), _rate("b", times_b, prices_b)
    hayashi = _correlation(*legs)
    truth = _reference(hayashi, curve)
    by_correlation = truth is not None and abs(truth) >= LEAST_CORRELATION

    def fails(bar: BarLength) -> str | None:
        stale, leg = max((bar.stale_a, "a"), (bar.stale_b, "b"))
        expected = min(rate_a, rate_b) * bar.length_ms / SECOND_MS
        if stale > stale_cap:
            return f"leg {leg} does not trade in {100 * stale:.0f} % of the bars, {100 * stale_cap:.0f} % are allowed"
        if truth is not None and by_correlation:
            if bar.correlation is None:
                return bar.reason
            if bar.correlation / truth < correlation_share:
                return f"the correlation is {bar.correlation:.2f} of {truth:.2f}"
        elif expected < trades_per_bar:
            return f"{expected:.1f} trades a bar are to be expected of the slower leg, {trades_per_bar:g} are wanted"
        return None

    bar_ms, reason = _shortest(curve, fails)
    return AdvisedBar(bar_ms, reason, "correlation" if by_correlation else "rates", rate_a, rate_b, hayashi, curve)


def _shortest(curve: Sequence[BarLength], fails: Callable[[BarLength], str | None]) -> tuple[int | None, str | None]:
    for bar in curve:
        if fails(bar) is None:
            return bar.length_ms, None
    # The longest that could be judged says more than one of which there are only a few bars.
    judged = [bar for bar in curve if bar.bars >= MIN_BARS] or list(curve)
    return None, f"no length fits: with bars of {judged[-1].length_ms / SECOND_MS:g} s, {fails(judged[-1])}"


def _reference(hayashi: float | None, curve: Sequence[BarLength]) -> float | None:
    """Bounce between bid and ask draws Hayashi–Yoshida's to zero: then the top of the curve stands for it."""
    if hayashi is None or abs(hayashi) < LEAST_CORRELATION:
        return hayashi
    seen = [bar.correlation for bar in curve if bar.correlation is not None and bar.bars >= MIN_BARS]
    return max([hayashi, *seen], key=abs)


def _rate(name: str, times: ArrayLike, prices: ArrayLike) -> float:
    """Trades a second from the first to the last; 0 where there is one moment of trade only."""
    when = leg_trades(name, times, prices).times
    return (len(when) - 1) * SECOND_MS / float(when[-1] - when[0]) if len(when) > 1 else 0.0


def _correlation(times_a: ArrayLike, prices_a: ArrayLike, times_b: ArrayLike, prices_b: ArrayLike) -> float | None:
    try:
        return hayashi_yoshida(times_a, prices_a, times_b, prices_b).correlation
    except AnalyticsError:
        return None
