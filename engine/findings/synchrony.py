"""Do the legs trade often enough for these bars? What is seen at one second is mostly who traded last."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.bar_advice import AdvisedBar, advised_bar_ms
from analytics.synchrony import MIN_BARS
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found
from engine.findings.keys import SYNCHRONY
from engine.findings.sample import Sample
from engine.spans import span_text

LENGTHS_MS = (1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000)


def _synchrony(sample: Sample) -> Iterator[Finding]:
    if sample.trades is None:
        return
    if not len(sample.trades.times_y) or not len(sample.trades.times_x):
        reason = "no trades of both legs are kept for this time yet: the next look is at most ten minutes away"
        yield Finding(SYNCHRONY, Subject.PAIR, Outcome.PLAIN, f"Synchrony: {reason}", reason=reason)
        return
    trades = sample.trades
    legs = (trades.times_y, trades.prices_y, trades.times_x, trades.prices_x)
    yield found(
        SYNCHRONY,
        Subject.PAIR,
        "Synchrony",
        lambda: advised_bar_ms(*legs, lengths_ms=LENGTHS_MS),
        lambda advice: _judged(advice, sample),
    )


def _judged(advice: AdvisedBar, sample: Sample) -> Judged:
    p = sample.parameters
    rates = f"{advice.rate_a:.2g} and {advice.rate_b:.2g} trades a second"
    own = next((bar for bar in advice.curve if bar.length_ms == p.timeframe.ms), None)
    if own is not None and own.bars < MIN_BARS:
        text = f"Synchrony: {own.bars} of the {MIN_BARS} bars of {p.timeframe} that it takes have trades so far"
        return Judged(Outcome.PLAIN, text, rates)
    if advice.bar_ms is None:
        reason = (advice.reason or "").replace("leg a", p.y).replace("leg b", p.x)
        return Judged(Outcome.DOUBTFUL, f"Synchrony: {reason}", rates)
    shortest = f"bars of {span_text(advice.bar_ms)} and longer serve"
    if p.timeframe.ms < advice.bar_ms:
        return Judged(Outcome.DOUBTFUL, f"Bars of {p.timeframe} are too short for these legs: {shortest}", rates)
    return Judged(Outcome.GOOD, f"The legs trade often enough: {shortest}", rates)


STATISTICS = (
    Statistic(
        key=SYNCHRONY,
        name="Synchrony of the legs' trades",
        watch="whether longer bars say the same: short ones see who traded last",
        card=MethodCard(
            formula="correlation of previous-tick returns by bar length, beside Hayashi–Yoshida's; last hour",
            reference="Epps 1979; Hayashi & Yoshida 2005",
            assumes="no lead of one leg over the other; bounce between bid and ask biases Hayashi–Yoshida towards zero",
        ),
        find=_synchrony,
        dear=True,
    ),
)
