"""The diagnostics tab says each number once, and before the first tests when they come."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dash_app import ids
from dash_app.figures.view import Leg, PairView
from dash_app.views.diagnostics import diagnostics_props, numbers_text
from dash_app.views.verdict import verdict_props
from engine.diagnosis import due
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import KALMAN_HEALTH, NOISE_CHECK
from engine.findings.registry import BY_KEY
from engine.findings.sample import Sample
from engine.parameters import Method, PairParameters, Timeframe
from engine.rows import ROW_DTYPE
from engine.untested import untested_words
from tests.dash_app.rows import made_snapshot

LEGS = Leg("sim:BTCUSDT", "USDT", 0.1), Leg("sim:ETHUSDT", "USDT", 0.01)


def found_by(key: str) -> Finding:
    """Of a pair that returns, from a seeded generator."""
    noise = np.random.default_rng(1)
    x = np.cumsum(noise.standard_normal(300))
    y = 1.25 * x + noise.standard_normal(300)
    sample = Sample(PairParameters("made:Y", "made:X"), np.zeros(300, ROW_DTYPE), y, x, np.arange(300))
    return next(iter(BY_KEY[key].find(sample)))


@pytest.mark.parametrize("key", ["hurst", "beta", "distance_correlation", NOISE_CHECK])
def test_no_number_is_said_twice(key: str) -> None:
    finding = found_by(key)
    said = [float(each) for each in re.findall(r"\d+\.\d+|\d+", finding.text + finding.value)]
    again = numbers_text(finding).removeprefix(finding.value)
    for each in re.findall(r"\d+\.\d+", again):
        assert not any(abs(float(each) - one) < 0.006 for one in said), (finding.text, numbers_text(finding))


def test_the_memory_of_a_filter_is_said_once_and_with_one_kind_of_minus() -> None:
    numbers = {"variance": 1.1, "autocorrelation": -0.06511, "n": 240, "fallback_beta": 0.8, "mean": -0.01}
    finding = Finding(KALMAN_HEALTH, Subject.PAIR, Outcome.GOOD, "well", "variance 1.10, lag 1 −0.07", numbers)
    text = numbers_text(finding)
    assert text.count("lag 1") == text.count("variance") == 1
    assert "beta of rolling OLS 0.8000" in text
    assert "-" not in text


@pytest.mark.parametrize("timeframe", [Timeframe.S1, Timeframe.M1, Timeframe.M5, Timeframe.H1])
@pytest.mark.parametrize("method", [Method.ROLLING, Method.KALMAN])
def test_before_the_first_tests_it_says_when_they_come(timeframe: Timeframe, method: Method) -> None:
    """The pace that is said is that of the tests' own clock."""
    p = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", timeframe, method=method)
    runs = [open_ms for open_ms in range(0, 150 * timeframe.ms, timeframe.ms) if due(p, open_ms)]
    every = {60: "1 min", 300: "5 min", 900: "15 min", 3600: "1 h"}[(runs[1] - runs[0]) // 1000]
    words = untested_words(p)
    assert f"as of the last full {every}, and again every {every}" in words
    assert "the same by every method" in words
    view = PairView(made_snapshot(parameters=p), *LEGS, 240)
    for shown in (verdict_props(view, None)[ids.VERDICT], diagnostics_props(view, None)[ids.DIAGNOSTICS]):
        assert words in str(shown["children"])
