"""Would noise look this good? The same test on legs that have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.both_ways import engle_granger_both
from analytics.surrogates import NoiseCheck, noise_check
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found
from engine.findings.keys import NOISE_CHECK
from engine.findings.legs import LEVEL
from engine.findings.sample import Sample
from engine.snapshots.pair_bars import Vector

DRAWS, COMMON = 199, 20


def _evidence(y: Vector, x: Vector) -> float:
    """Grows with what speaks for cointegration, in the better direction."""
    return -engle_granger_both(y, x).p_value


def _noise(sample: Sample) -> Iterator[Finding]:
    yield found(
        NOISE_CHECK,
        Subject.PAIR,
        "Noise check",
        lambda: noise_check(sample.y, sample.x, _evidence, draws=DRAWS, kind="signs", stop_after=COMMON),
        _judged,
    )


def share_text(share: float, high: float) -> str:
    """A share of draws; that none was as good says only how rare it is at most."""
    return f"{100 * share:.0f} %" if share > 0.0 else f"less than {100 * high:.0f} %"


def _judged(check: NoiseCheck) -> Judged:
    text = f"Noise with the legs' own volatility looks this good {share_text(check.share, check.high)} of the time"
    enough = " were enough" if check.draws < DRAWS else ""
    bounds = f"{100 * check.low:.1f} – {100 * check.high:.1f} %, {check.draws} pairs of walks{enough}"
    if check.share < LEVEL:
        return Judged(Outcome.GOOD, text, bounds)
    return Judged(Outcome.BAD if check.low > LEVEL else Outcome.DOUBTFUL, text, bounds)


STATISTICS = (
    Statistic(
        key=NOISE_CHECK,
        name="Noise check",
        null="the legs are walks with their own volatility, independent of each other",
        watch="whether noise of the same volatility goes on to look as good",
        card=MethodCard(
            formula=f"share of pairs of walks, each of a leg's own changes with signs at random, whose Engle–Granger "
            f"both ways is as good; no other test is run on them; {DRAWS} pairs, fewer once {COMMON} were as good",
            reference="wild bootstrap: Wu 1986; Cavaliere & Taylor 2008; ending early: Besag & Clifford 1991",
            assumes="changes of one leg have no memory but in their size",
        ),
        find=_noise,
        dear=True,
    ),
)
