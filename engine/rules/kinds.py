"""The kinds of rules: what each judges, which way, and the levels that it starts with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType

from analytics.alerts import Side


class RuleKind(StrEnum):
    """What a rule judges."""

    Z = "z"
    Z_ABOVE = "z above"
    Z_BELOW = "z below"
    SPREAD_ABOVE = "spread above"
    SPREAD_BELOW = "spread below"
    CORRELATION = "correlation breakdown"
    VOLATILITY = "volatility spike"
    BETA_DRIFT = "beta drift"
    STATIONARITY = "stationarity risk"
    HALF_LIFE_ABOVE = "half-life above"
    HALF_LIFE_BELOW = "half-life below"
    BREAK = "structural break"
    GAP = "gap"
    NO_DATA = "no data"


class Source(Enum):
    """When a value is there: at each closed bar, at each bar at which the slow tests run, or as time passes."""

    BARS = "bars"
    TESTS = "tests"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `judges` says in words what its value is, in `unit`; `least` and `most` bound its levels.

    `fire` and `clear` of None are the settings' where `of_settings`, else they have to be given. `gated`: it does not
    fire while the legs' correlation is below the least one.
    """

    key: RuleKind
    judges: str
    unit: str
    side: Side
    source: Source
    fire: float | None
    clear: float | None
    least: float = -math.inf
    most: float = math.inf
    gated: bool = False
    of_settings: bool = False


SHORT_BARS = 20
"""Of the recent volatility that a spike is seen in."""

_DEVIATIONS = "standard deviations"

_ALL = (
    Kind(RuleKind.Z, "z of the spread, on either side", _DEVIATIONS, Side.EITHER, Source.BARS, None, None, 0.0, 20.0,
         gated=True, of_settings=True),
    Kind(RuleKind.Z_ABOVE, "z of the spread", _DEVIATIONS, Side.ABOVE, Source.BARS, 2.0, 0.5, -20.0, 20.0, gated=True),
    Kind(RuleKind.Z_BELOW, "z of the spread", _DEVIATIONS, Side.BELOW, Source.BARS, -2.0, -0.5, -20.0, 20.0,
         gated=True),
    Kind(RuleKind.SPREAD_ABOVE, "the spread, in basis points on the log scale, else in price", "bp or price",
         Side.ABOVE, Source.BARS, None, None, gated=True),
    Kind(RuleKind.SPREAD_BELOW, "the spread, in basis points on the log scale, else in price", "bp or price",
         Side.BELOW, Source.BARS, None, None, gated=True),
    Kind(RuleKind.CORRELATION, "correlation of one-bar returns over the window", "", Side.BELOW, Source.BARS, 0.5, 0.7,
         -1.0, 1.0),
    Kind(RuleKind.VOLATILITY, f"deviation of the spread's changes over {SHORT_BARS} bars, over the window's before",
         "times", Side.ABOVE, Source.BARS, 2.0, 1.5, 0.0, 1_000.0),
    Kind(RuleKind.BETA_DRIFT, "change of beta against the window before, whichever way", "%", Side.ABOVE, Source.BARS,
         25.0, 15.0, 0.0, 10_000.0),
    Kind(RuleKind.STATIONARITY, "p of cointegration, both directions tried", "", Side.ABOVE, Source.TESTS, 0.10, 0.05,
         0.0, 1.0),
    Kind(RuleKind.HALF_LIFE_ABOVE, "half-life of the spread", "bars", Side.ABOVE, Source.TESTS, 120.0, 60.0, 0.0, 1e6),
    Kind(RuleKind.HALF_LIFE_BELOW, "half-life of the spread", "bars", Side.BELOW, Source.TESTS, 1.0, 2.0, 0.0, 1e6),
    Kind(RuleKind.BREAK, "p of the break monitor (CUSUM): one relation holds over the sample", "", Side.BELOW,
         Source.TESTS, 0.01, 0.05, 0.0, 1.0),
    Kind(RuleKind.GAP, "trades missing from a bar of either leg; all of an absent bar", "%", Side.ABOVE, Source.BARS,
         5.0, 1.0, 0.0, 100.0),
    Kind(RuleKind.NO_DATA, "since the last closed bar of either leg", "bars", Side.ABOVE, Source.CLOCK, 3.0, 1.0, 0.0,
         100_000.0),
)  # fmt: skip

KINDS = MappingProxyType({kind.key: kind for kind in _ALL})
"""Every kind, by its key."""

REVERTING = (RuleKind.Z, RuleKind.Z_ABOVE, RuleKind.Z_BELOW)
"""Those whose alert is a position that waits for z to come back, so that it has an outcome."""

OF_SPREAD = (*REVERTING, RuleKind.SPREAD_ABOVE, RuleKind.SPREAD_BELOW)
"""Those that say on which side the spread is, so that above means a short spread and below a long one."""
