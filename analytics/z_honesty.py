"""What a z-score is worth where the spread is no normal noise: its rank, its tails, and how often it would alert.

A normal score is beyond ±2 on 4.6 % of bars. The rolling z of a random walk, which has no mean to return to, is
there on 13 to 15 %: 2 is then no rare event, and what z did in its own window says more than a table.

>>> z = [0.1, -0.4, 2.5, 1.0, 0.3, -2.2, -0.1, 1.5]
>>> percentile_of_z(z * 3).percentile
69.56521739130434
>>> beyond_share(z, 2.0).share
0.25
>>> alerts = alert_frequency(z, entry=2.0, exit=0.5, bar_s=3600.0)
>>> alerts.count, alerts.days, alerts.per_day
(2, 0.3333333333333333, 6.0)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidOption, NotFinite
from analytics.exact_interval import poisson_interval
from analytics.series import as_vector, require_length
from analytics.signal import signal_path

DAY_S = 86_400.0
BAR_S = (0.001, 366 * DAY_S)
MIN_SCORES = 20  # fewer cannot tell the last twentieth, where alerts begin, from the rest


@dataclass(frozen=True, slots=True)
class ZPercentile:
    """`percentile` (0 to 100) of the `n` earlier |z| lie below |`z`|, those that equal it counting by half."""

    percentile: float
    z: float
    n: int


@dataclass(frozen=True, slots=True)
class BeyondShare:
    """`count` of the `n` bars with a z have |z| >= `threshold`."""

    share: float
    count: int
    n: int
    threshold: float


@dataclass(frozen=True, slots=True)
class AlertFrequency:
    """`count` entries came in `days` days of bars with a z: `per_day`, and its 95 % interval `low` to `high`."""

    per_day: float
    low: float
    high: float
    count: int
    days: float


def percentile_of_z(z: ArrayLike, *, last: float | None = None) -> ZPercentile:
    """Where |z| of the last bar stands among those before it in `z` (n,), NaN and infinity left out.

    With `last`, that value is ranked among all of `z`: for a bar that is still open. Raises `TooShort` where fewer
    than 20 earlier bars have a z, `NotFinite` where the last one has none, `WrongShape`.
    """
    scores = as_vector("z", z)
    if last is None:
        require_length(len(scores), MIN_SCORES + 1)
        scores, last = scores[:-1], float(scores[-1])
    if not math.isfinite(last):
        raise NotFinite("the last z", 1)
    earlier = np.abs(scores[np.isfinite(scores)])
    require_length(len(earlier), MIN_SCORES)
    size = abs(last)
    below = np.count_nonzero(earlier < size) + 0.5 * np.count_nonzero(earlier == size)
    return ZPercentile(percentile=100.0 * float(below) / len(earlier), z=last, n=len(earlier))


def beyond_share(z: ArrayLike, threshold: float) -> BeyondShare:
    """The share of the bars of `z` (n,) at which |z| is at least `threshold`; NaN is no bar, infinity is beyond.

    Raises `TooShort` where no bar has a z, `InvalidOption` for a threshold of zero or less, `WrongShape`.
    """
    if not 0.0 < threshold < math.inf:
        raise InvalidOption("threshold", threshold, "give a positive level")
    scores = as_vector("z", z)
    known = np.abs(scores[~np.isnan(scores)])
    require_length(len(known), 1)
    count = int(np.count_nonzero(known >= threshold))
    return BeyondShare(share=count / len(known), count=count, n=len(known), threshold=threshold)


def alert_frequency(z: ArrayLike, *, entry: float, exit: float, bar_s: float) -> AlertFrequency:
    """How many entries a day the levels gave in `z` (n,), bars of `bar_s` seconds, counted as `signal_path` does.

    An entry that turns a position round is one. Bars without a z are not time observed. The interval is the exact
    one of a Poisson count (Garwood 1936), as if entries came independently; they come in clusters, so it is
    rather too narrow. Raises `TooShort` where no bar has a z, `InvalidOption`, `WrongShape`.
    """
    if not BAR_S[0] <= bar_s <= BAR_S[1]:
        raise InvalidOption("bar_s", bar_s, "give the length of a bar in seconds, from a millisecond to a year")
    scores = as_vector("z", z)
    path = signal_path(scores, entry, exit)
    bars = int(np.count_nonzero(~np.isnan(scores)))
    require_length(bars, 1)
    changed = np.diff(path, prepend=np.int8(0)) != 0
    count, days = int(np.count_nonzero(changed & (path != 0))), bars * bar_s / DAY_S
    low, high = poisson_interval(count)
    return AlertFrequency(per_day=count / days, low=low / days, high=high / days, count=count, days=days)
