"""Every number of a bar says how it is made, whatever the method."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.bar_methods import bar_methods
from engine.parameters import Method, PairParameters
from tests.engine.pair_data import X, Y


@pytest.mark.parametrize("method", list(Method))
def test_each_number_has_a_formula_a_reference_and_what_it_assumes(method: Method) -> None:
    p = replace(PairParameters(Y, X), method=method, beta=0.8 if method is Method.FIXED else None)
    methods = {each.name: each for each in bar_methods(p)}
    assert list(methods) == ["z", "beta", "spread", "correlation"]
    for each in methods.values():
        assert all((each.n, each.card.formula, each.card.reference, each.card.assumes))
    assert ("hindsight" in methods["beta"].card.formula) == (not method.causal)
    assert methods["z"].n == ("1 bar" if method is Method.KALMAN else "60 bars")
