"""Do the legs trade often enough for these bars? What is seen at one second is mostly who traded last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analytics.bar_advice import AdvisedBar, advised_bar_ms
from analytics.synchrony import MIN_BARS
from engine.diagnosis import dear_period_ms
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found
from engine.findings.keys import SYNCHRONY
from engine.findings.sample import Sample
from engine.findings.trades import PairTrades
from engine.parameters import PairParameters
from engine.spans import span_text

LENGTHS_MS = (1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000)
LONGEST_NEEDED_MS = 60_000  # of longer bars the hour of trades holds too few: they are judged by shorter ones


def trades_needed_ms(p: PairParameters) -> int:
    """The length of time with trades of both legs that it takes to judge bars of the pair, whenever it begins."""
    return (MIN_BARS + 2) * min(p.timeframe.ms, LONGEST_NEEDED_MS)  # a return has a bar before it; one is cut at an end


def _synchrony(sample: Sample) -> Iterator[Finding]:
    if sample.trades is None:
        return
    if not len(sample.trades.times_y) or not len(sample.trades.times_x):
        need, later = span_text(trades_needed_ms(sample.parameters)), span_text(dear_period_ms(sample.parameters))
        reason = f"no trades of both legs were kept by then; it takes {need} of them, the next look is {later} later"
        yield Finding(SYNCHRONY, Subject.PAIR, Outcome.PLAIN, f"Synchrony: {reason}", reason=reason)
        return
    trades, p = sample.trades, sample.parameters
    yield found(
        SYNCHRONY, Subject.PAIR, "Synchrony", lambda: _advice(trades, p), lambda advice: _judged(advice, sample)
    )


def _advice(trades: PairTrades, p: PairParameters) -> AdvisedBar:
    """Without a length to advise, and with the reason, where there are too few trades to judge the pair's own bars."""
    legs = (trades.times_y, trades.prices_y, trades.times_x, trades.prices_x)
    advice = advised_bar_ms(*legs, lengths_ms=LENGTHS_MS)
    if _enough(advice, p):
        return advice
    return replace(advice, bar_ms=None, reason=_too_few(trades, p))


def _enough(advice: AdvisedBar, p: PairParameters) -> bool:
    own = min(p.timeframe.ms, LONGEST_NEEDED_MS)
    return next(bar.bars for bar in advice.curve if bar.length_ms == own) >= MIN_BARS


def _too_few(trades: PairTrades, p: PairParameters) -> str:
    """What it takes, and over how long both legs traded, in whole seconds begun and ended."""
    begin, end = max(trades.times_y[0], trades.times_x[0]), min(trades.times_y[-1], trades.times_x[-1])
    have_ms = max(int(end - begin), 0) // 1000 * 1000
    return f"takes {span_text(trades_needed_ms(p))} of trades of both legs, had {span_text(have_ms)}"


def _judged(advice: AdvisedBar, sample: Sample) -> Judged:
    p = sample.parameters
    rates = f"{advice.rate_a:.2g} and {advice.rate_b:.2g} trades a second"
    if not _enough(advice, p):
        return Judged(Outcome.PLAIN, f"Synchrony: {advice.reason}", rates)
    if advice.bar_ms is None:
        reason = (advice.reason or "").replace("leg a", p.y).replace("leg b", p.x)
        return Judged(Outcome.DOUBTFUL, f"Synchrony: {reason}", rates)
    shortest = f"bars of {span_text(advice.bar_ms).replace('.0 s', ' s')} and longer serve"
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
