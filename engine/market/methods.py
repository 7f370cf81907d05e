"""How the numbers of an instrument's strip are made: a method card for each."""

from __future__ import annotations

from typing import NamedTuple

from analytics.anchored import HOUR_MS
from engine.findings.finding import MethodCard
from engine.market.compute import VOLATILITY_BARS, anchor_ms
from engine.market.parameters import MarketParameters


class MarketMethod(NamedTuple):
    """`n` is how many bars go into the number."""

    name: str
    n: str
    card: MethodCard


_CHANGE = MethodCard(
    "last close / last close before the session − 1",
    "the arithmetic return",
    "one price at each end: a bounce between bid and ask is in it",
)
_VWAP = MethodCard(
    "Σ (high + low + close) / 3 · volume / Σ volume, begun anew with each session",
    "Berkowitz, Logue & Noser 1988",
    "a bar's typical price stands for its trades; every bar of the session is kept",
)
_VOLATILITY = MethodCard(
    "deviation of one-bar log returns, ddof = 1, · √(bars in 365 days)",
    "Hull 2018 on historical volatility; Roll 1984 on bounce",
    "returns without memory: on short bars the bounce between bid and ask makes a year look wilder than it is",
)
_RATE = MethodCard(
    "trades of the last closed bar / its seconds, beside the mean",
    "a count",
    "the venue's trades as it reports them: it may join fills of one order",
)
_VOLUME = MethodCard("Σ of the last closed bar's trades in the base currency, beside the mean", "a sum", _RATE.assumes)
_FLOW = MethodCard(
    "Σ (bought − sold) / Σ volume, by the side of the aggressor",
    "Chordia, Roll & Subrahmanyam 2002",
    "the venue says who took; bars where it does not are left out",
)
_COMPLETE = MethodCard(
    "trade ids seen / trade ids given, the mean over the bars shown; an absent bar counts 0",
    "a share",
    "the venue numbers its trades without holes; bars of history, whose ids are unknown, are left out",
)


def market_methods(p: MarketParameters) -> tuple[MarketMethod, ...]:
    """For the numbers of the strip, in the order in which the page shows them."""
    session = "the hour" if anchor_ms(p.timeframe) == HOUR_MS else "the UTC day"
    return (
        MarketMethod("change", f"2 closes; a session is {session}", _CHANGE),
        MarketMethod("vwap", f"the bars of {session}", _VWAP),
        MarketMethod("volatility", f"{VOLATILITY_BARS} returns", _VOLATILITY),
        MarketMethod("rate", "1 bar; the mean is of 60", _RATE),
        MarketMethod("volume", "1 bar; the mean is of 60", _VOLUME),
        MarketMethod("flow", "60 bars", _FLOW),
        MarketMethod("complete", "the bars shown", _COMPLETE),
    )
