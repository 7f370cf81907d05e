"""Johansen's test, to the digits printed in textbooks and by R.

In print the lag is of two kinds: `lags` here counts lagged changes, as MATLAB's `johansen(y, p, k)` does; R's
`ca.jo(K)` counts lagged levels, one more. The trend term is of more: each test says which.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics.reduced_rank import johansen

Array = NDArray[np.float64]
Column = Callable[[str, str], Array]


def test_chan_on_two_funds(column: Column) -> None:
    """Chan (2013), example 2.7, `johansen([EWC EWA], 0, 1)`, an unrestricted constant and one lagged change:
    trace 19.983 and 3.983, eigenvalue statistics 16.000 and 3.983, with the bounds at 90, 95 and 99 %."""
    test = johansen(np.column_stack([column("ewa_ewc", "ewc"), column("ewa_ewc", "ewa")]), trend="c", lags=1)
    assert [f"{stat:.3f}" for stat in test.trace] == ["19.983", "3.983"]
    assert [f"{stat:.3f}" for stat in test.max_eigen] == ["16.000", "3.983"]
    np.testing.assert_allclose(
        test.critical_values["trace"], [[13.429, 15.494, 19.935], [2.705, 3.841, 6.635]], atol=6e-4
    )
    np.testing.assert_allclose(
        test.critical_values["max_eigen"], [[12.297, 14.264, 18.520], [2.705, 3.841, 6.635]], atol=6e-4
    )
    # He reads both relations as significant at 95 %: to us that says that the legs themselves look stationary.
    assert test.full_rank


def test_kleiber_and_zeileis_on_pepper(column: Column) -> None:
    """Kleiber & Zeileis (2008), section 6.3, `ca.jo(log(PepperPrice), ecdet = "const", K = 2)`, a constant within the
    relation: eigenvalues 4.932e-02 and 1.351e-02, trace 17.26 and 3.66, the relation (1, -0.8892307, -0.5569943)."""
    legs = np.log(np.column_stack([column("pepper_price", "black"), column("pepper_price", "white")]))
    test = johansen(legs, trend="rc", lags=1)
    assert [f"{value:.6e}" for value in test.eigenvalues] == ["4.931953e-02", "1.350807e-02"]
    assert [f"{stat:.2f}" for stat in test.trace] == ["17.26", "3.66"]
    assert [f"{stat:.2f}" for stat in test.max_eigen] == ["13.61", "3.66"]
    assert test.constants is not None
    assert (f"{test.vectors[1, 0]:.7f}", f"{test.constants[0]:.7f}") == ("-0.8892307", "-0.5569943")
    assert test.rank == 0


def test_danish_money_is_that_of_r(column: Column) -> None:
    """`urca::ca.jo(denmark[, c("LRM", "LRY", "IBO", "IDE")], ecdet = "const", K = 2)`, urca 1.3-3 under R 4.2.2.

    The figures that Johansen & Juselius (1990) print of these data (eigenvalues 0.433, 0.178, 0.113 and 0.043, trace
    49.14) are with seasonal dummies, which ours has not; R reproduces them with `season = 4`.
    """
    names = ("log_real_money", "log_real_income", "bond_rate", "deposit_rate")
    test = johansen(np.column_stack([column("danish_money", name) for name in names]), trend="rc", lags=1)
    assert [f"{value:.6e}" for value in test.eigenvalues] == [
        "4.696767e-01",
        "1.742411e-01",
        "1.180826e-01",
        "4.224854e-02",
    ]
    assert [f"{stat:.2f}" for stat in test.trace] == ["52.71", "19.09", "8.95", "2.29"]
    assert [f"{stat:.2f}" for stat in test.max_eigen] == ["33.62", "10.15", "6.66", "2.29"]
    assert test.constants is not None
    np.testing.assert_allclose(test.vectors[:, 0], [1.0, -0.9691164, 5.4027719, -4.1403255], atol=5.1e-8)
    assert test.constants[0] == pytest.approx(-6.4780511, abs=5.1e-8)
