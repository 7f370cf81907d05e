"""Regressions that every textbook knows, read from CSV, to the digits they are printed with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics import ols_hedge

Column = Callable[[str, str], NDArray[np.float64]]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_anscombe_has_four_pictures_and_one_regression(number: int, column: Column) -> None:
    """Anscombe (1973) prints for all four: n = 11, y = 3 + 0.5 x, standard error of the slope 0.118, R squared 0.667,
    residual sum of squares 13.75. The sums are 13.76, 13.78, 13.76 and 13.74, so that is as near as he printed."""
    fit = ols_hedge(column("anscombe", f"y{number}"), column("anscombe", f"x{number}"))
    assert fit.n == 11
    assert f"{fit.alpha:.1f}" == "3.0"
    assert f"{fit.beta:.1f}" == "0.5"
    assert f"{fit.beta_stderr:.3f}" == "0.118"
    assert fit.r_squared == pytest.approx(0.667, abs=1e-3)
    assert fit.residual_sd**2 * 9 == pytest.approx(13.75, abs=0.03)


def test_longley_on_one_leg_is_what_r_prints(column: Column) -> None:
    """Longley (1967): his six regressors are among NIST's sets; this is `summary(lm(Employed ~ GNP))` of R 4.2.2."""
    employed, gnp = column("nist_longley", "y") / 1000.0, column("nist_longley", "x2") / 1000.0
    fit = ols_hedge(employed, gnp)
    assert f"{fit.alpha:.5f}" == "51.84359"
    assert f"{fit.beta:.6f}" == "0.034752"
    assert f"{fit.beta_stderr:.6f}" == "0.001706"
    assert f"{fit.residual_sd:.4f}" == "0.6566"
    assert f"{fit.r_squared:.4f}" == "0.9674"
