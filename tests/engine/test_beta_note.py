"""What stands beside a hedge ratio on bars too short for its legs, by trades whose times are set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.bar_methods import bar_methods
from engine.beta_note import beta_note
from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.findings.finding import Finding
from engine.findings.keys import SYNCHRONY
from engine.findings.registry import BY_KEY
from engine.findings.sample import Sample
from engine.findings.trades import PairTrades
from engine.parameters import Method, PairParameters
from engine.rows import ROW_DTYPE
from store.timeframes import Timeframe
from tests.engine.pair_data import X, Y

SECONDS = PairParameters(Y, X, timeframe=Timeframe.S1)


def diagnosed(p: PairParameters, every_s: int) -> Diagnosis:
    """An hour in which y trades at each second and x at each `every_s`-th, at the price of one walk."""
    walk = np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 1e-4, 3_600)))
    times = np.arange(3_600, dtype=np.int64) * 1_000
    trades = PairTrades(times, walk, times[::every_s], walk[::every_s])
    none = np.empty(0)
    sample = Sample(p, np.empty(0, ROW_DTYPE), none, none, np.empty(0, np.int64), trades)
    findings: tuple[Finding, ...] = tuple(BY_KEY[SYNCHRONY].find(sample))
    return Diagnosis(3_600_000, 1, 720, Verdict.DOUBTFUL, "", 0.5, Confidence.NONE, (), (), findings, ())


@pytest.mark.parametrize(
    ("method", "words"),
    [(Method.ROLLING, "drawn towards zero"), (Method.KALMAN, "drawn towards zero"), (Method.TLS, "drawn off")],
)
def test_bars_shorter_than_the_advised_one_are_said_with_what_they_do(method: Method, words: str) -> None:
    p = replace(SECONDS, method=method)
    note = beta_note(p, diagnosed(p, every_s=4))
    assert note.startswith(words)
    assert note.endswith(": legs out of step at 1 s; advised bar 1 min")  # as `analytics.bar_advice` shows of such legs
    assert {each.name: each.broken for each in bar_methods(p, diagnosed(p, 4))}["beta"] == note


def test_bars_that_serve_ones_own_ratio_and_what_is_not_tested_have_nothing_beside_them() -> None:
    minutes = replace(SECONDS, timeframe=Timeframe.M1)
    own = replace(SECONDS, method=Method.FIXED, beta=0.8)
    assert beta_note(minutes, diagnosed(minutes, every_s=4)) == ""
    assert beta_note(own, diagnosed(own, every_s=4)) == ""
    assert beta_note(SECONDS, None) == ""
    assert not any(each.broken for each in bar_methods(SECONDS))


def test_where_no_length_serves_that_is_said_of_the_lengths_that_were_looked_at() -> None:
    sparse = diagnosed(SECONDS, every_s=400)
    assert beta_note(SECONDS, sparse) == "drawn towards zero: legs out of step at 1 s; no bar up to 5 min serves"
    assert beta_note(replace(SECONDS, timeframe=Timeframe.H1), sparse) == ""
