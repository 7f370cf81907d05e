"""Every number of a bar says how it is made, whatever the method."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.bar_methods import bar_methods
from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.findings.finding import Finding, Outcome, Subject
from engine.parameters import Method, PairParameters
from tests.engine.pair_data import X, Y


@pytest.mark.parametrize("method", list(Method))
def test_each_number_has_a_formula_a_reference_and_what_it_assumes(method: Method) -> None:
    p = replace(PairParameters(Y, X), method=method, beta=0.8 if method is Method.FIXED else None)
    methods = {each.name: each for each in bar_methods(p)}
    assert list(methods) == ["z", "signal", "beta", "spread", "correlation"]
    for each in methods.values():
        assert all((each.n, each.card.formula, each.card.reference, each.card.assumes))
    assert ("hindsight" in methods["beta"].card.formula) == (not method.causal)
    assert methods["z"].n == ("1 bar" if method is Method.KALMAN else "60 bars")


def _tested(verdict: Verdict, *findings: Finding) -> Diagnosis:
    return Diagnosis(0, 1, 720, verdict, "the grounds", 0.3, Confidence.LOW, (), (), findings, ())


def _broken(p: PairParameters, diagnosis: Diagnosis | None) -> dict[str, str]:
    return {each.name: each.broken for each in bar_methods(p, diagnosis)}


def test_what_the_tests_speak_against_stands_with_the_numbers_that_assume_it() -> None:
    p = PairParameters(Y, X)
    stale = Finding("synchrony", Subject.PAIR, Outcome.DOUBTFUL, "too short")
    changed = Finding("cusum", Subject.PAIR, Outcome.DOUBTFUL, "it has changed")
    unwell = Finding("kalman_health", Subject.PAIR, Outcome.DOUBTFUL, "unwell")
    assert set(_broken(p, None).values()) == {""}
    assert set(_broken(p, _tested(Verdict.COINTEGRATED)).values()) == {""}
    found = _broken(p, _tested(Verdict.BROKEN, stale, changed, unwell))
    assert found["z"] == found["signal"] == "no mean that lasts was found: the grounds"
    assert found["correlation"] == "too short"
    assert "legs out of step" in found["beta"]
    assert found["spread"] == ""
    assert _broken(p, _tested(Verdict.COINTEGRATED, changed))["beta"] == "it has changed"
    kalman = _broken(replace(p, method=Method.KALMAN), _tested(Verdict.BROKEN, changed, unwell))
    assert kalman == {"z": "unwell", "signal": "unwell", "beta": "", "spread": "unwell", "correlation": ""}
    passed = Finding("kalman_health", Subject.PAIR, Outcome.GOOD, "well")
    assert _broken(replace(p, method=Method.KALMAN), _tested(Verdict.COINTEGRATED, passed))["z"] == ""
