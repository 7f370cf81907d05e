"""What is said of the rank that Johansen finds: how often a sound pair is doubted for it, and when it is rightly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.findings.cointegration import STATISTICS
from engine.findings.finding import Outcome
from engine.findings.sample import Sample
from engine.parameters import PairParameters
from engine.rows import ROW_DTYPE

Array = NDArray[np.float64]
JOHANSEN = next(each for each in STATISTICS if each.key == "johansen")


def said(y: Array, x: Array) -> tuple[Outcome | None, str]:
    sample = Sample(PairParameters("made:Y", "made:X"), np.zeros(len(y), ROW_DTYPE), y, x, np.arange(len(y)))
    (finding,) = JOHANSEN.find(sample)
    return finding.outcome, finding.text


def autoregression(rng: np.random.Generator, keep: float, n: int) -> Array:
    values = np.zeros(n)
    for t, shock in enumerate(rng.standard_normal(n)):
        values[t] = keep * values[t - 1] + shock
    return values


def test_few_sound_pairs_are_doubted_for_a_second_relation() -> None:
    """A second relation at 5 % would be found in one of twenty, the size of the test; it is claimed at 1 %."""
    rng = np.random.default_rng(1)
    doubted = 0
    for _ in range(400):
        x = np.cumsum(rng.standard_normal(500))
        _, text = said(5.0 + 0.8 * x + autoregression(rng, 0.8, 500), x)
        doubted += "two relations" in text
    assert doubted <= 12  # 1 % of 400, and two and a half deviations of chance above it are 9


def test_legs_that_return_by_themselves_are_two_relations() -> None:
    rng = np.random.default_rng(2)
    outcome, text = said(autoregression(rng, 0.5, 500), autoregression(rng, 0.5, 500))
    assert outcome is Outcome.DOUBTFUL
    assert "two relations" in text
