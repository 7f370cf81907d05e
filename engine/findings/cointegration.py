"""Do the legs hold together? Engle–Granger both ways, and once for having tried both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from analytics.both_ways import BothWays, engle_granger_both
from analytics.cointegration import EngleGranger, engle_granger
from analytics.ols import OlsHedge
from analytics.reduced_rank import Johansen, johansen
from engine.findings.finding import Finding, MethodCard, Outcome, Statistic, Subject
from engine.findings.judging import Judged, found, p_text
from engine.findings.keys import BOTH_WAYS
from engine.findings.legs import LEVEL
from engine.findings.sample import Sample

SURELY = 0.01


def _directions(sample: Sample) -> Iterator[Finding]:
    p, y, x = sample.parameters, sample.y, sample.x
    ways = ((Subject.Y_ON_X, f"{p.y} on {p.x}", y, x), (Subject.X_ON_Y, f"{p.x} on {p.y}", x, y))
    for subject, name, explained, by in ways:
        label = f"Engle–Granger, {name}"
        yield found("engle_granger", subject, label, partial(engle_granger, explained, by), partial(_direction, label))


def _direction(label: str, test: EngleGranger) -> Judged:
    if test.p_value < LEVEL:
        return Judged(Outcome.GOOD, label, p_text(test.p_value))
    return Judged(Outcome.BAD, f"{label}: not rejected", p_text(test.p_value))


def _both(sample: Sample) -> Iterator[Finding]:
    yield found(
        BOTH_WAYS, Subject.PAIR, "Cointegration, both directions",
        lambda: engle_granger_both(sample.y, sample.x), _pair,
    )  # fmt: skip


def _pair(both: BothWays) -> Judged:
    p = p_text(both.p_value)
    if both.p_value >= LEVEL:
        return Judged(Outcome.BAD, "Cointegration: not found in either direction, for having tried both", p)
    if not both.agree:
        return Judged(Outcome.DOUBTFUL, "Cointegration depends on the direction", p)
    return Judged(Outcome.GOOD, "Cointegration, for having tried both directions", p)


def _johansen(sample: Sample) -> Iterator[Finding]:
    legs = np.column_stack([sample.y, sample.x])
    yield found("johansen", Subject.PAIR, "Johansen", lambda: johansen(legs, trend="rc"), _rank)


def _rank(test: Johansen) -> Judged:
    """A second relation is a side finding of many that are looked at, so it is claimed at 1 %: at 5 % it would put one
    sound pair of twenty in doubt, and the legs have tests of their own."""
    p = p_text(float(test.p_trace[0]))
    if test.full_rank and test.p_trace[1] < SURELY:
        return Judged(Outcome.DOUBTFUL, "Johansen: two relations, so the legs look stationary themselves", p)
    if test.rank == 0:
        return Judged(Outcome.DOUBTFUL, "Johansen: no relation at 5 %", p)
    return Judged(Outcome.GOOD, "Johansen: one relation at 5 %", p)


def _sign(sample: Sample) -> Iterator[Finding]:
    yield found("beta", Subject.PAIR, "Beta", lambda: sample.line, _beta)


def _beta(line: OlsHedge[float]) -> Judged:
    value = f"{line.beta:.3f} ({line.beta_low:.3f} – {line.beta_high:.3f})".replace("-", "−")
    if line.beta_low <= 0.0 <= line.beta_high:
        return Judged(Outcome.DOUBTFUL, "Beta may be zero: its 95 % interval holds it", value)
    if line.beta < 0:
        return Judged(Outcome.DOUBTFUL, "Beta is negative: the legs move against each other", value)
    return Judged(Outcome.GOOD, "Beta is positive", value)


STATISTICS = (
    Statistic(
        key=BOTH_WAYS,
        name="Engle–Granger, the better of both directions",
        null="no cointegration",
        watch="whether the test passes in several runs, and in both directions",
        card=MethodCard(
            formula="share of independent walks whose better direction has a p at least as low",
            reference="own simulation of 20,000 pairs of Gaussian walks at n = 120, 240, 720, lags by AIC",
            assumes="each leg has one unit root; no break of the relation within the sample",
        ),
        find=_both,
    ),
    Statistic(
        key="engle_granger",
        name="Engle–Granger, one direction",
        null="no cointegration",
        card=MethodCard(
            formula="y = α + β·x + e by least squares, then Dickey–Fuller on e without constant; lags by AIC",
            reference="Engle & Granger 1987; p by MacKinnon 1994, 2010",
            assumes="each leg has one unit root; no break of the relation within the sample",
        ),
        find=_directions,
    ),
    Statistic(
        key="beta",
        name="Hedge ratio over all bars tested",
        watch="whether the sign of the hedge ratio stays, and has a reason in the two instruments",
        card=MethodCard(
            formula="y = α + β·x + e, least squares over the sample tested",
            reference="Engle & Granger 1987",
            assumes="one line holds over the whole sample",
        ),
        find=_sign,
    ),
    Statistic(
        key="johansen",
        name="Johansen, both legs as one system",
        null="no relation, or one",
        watch="whether the symmetric test comes to agree with the directed ones",
        card=MethodCard(
            formula="eigenvalues of the reduced-rank regression of Δv on (v₋₁, 1) with one lagged change",
            reference="Johansen 1991; critical values of MacKinnon, Haug & Michelis 1999; p by Doornik 1998",
            assumes="legs that do not drift; one lagged change is enough; no break within the sample",
        ),
        find=_johansen,
    ),
)
