"""NIST's linear regression sets: our least squares keep the digits that a QR solution keeps.

The log relative error (LRE) is the number of digits right: -log10(|found - certified| / |certified|), of the worst
coefficient, and no more than 15. The order of the rows moves it by half a digit and more, so it is averaged over 25
orders. What it was when this was written, beside NumPy's QR and SciPy's pivoted QR (LAPACK's gelsy) of the design as
it stands, statsmodels' `OLS.fit(method="qr")` being NumPy's to 0.1:

    set        ours  NumPy  gelsy        set        ours  NumPy  gelsy
    norris     13.1   12.6   13.4        wampler1   10.3    9.6   10.0
    pontius    13.1   12.6   13.1        wampler2   13.4   12.9   13.1
    longley    14.0   10.9   11.3        wampler3   10.1    9.6    9.7
    filip       7.6    7.7    7.5        wampler4    8.1    8.1    8.0
                                         wampler5    6.2    6.1    6.0

Filip's powers are rounded before any solver sees them: the exact solution for the rounded ones has 7.7 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import linalg

from analytics import ols_hedge

Array = NDArray[np.float64]
Digits = Callable[[str], list[dict[str, str]]]

DEGREE = {"norris": 1, "pontius": 2, "filip": 10} | {f"wampler{i}": 5 for i in range(1, 6)}
SETS = (*DEGREE, "longley")
# Of coefficients, of their standard errors, and of the residual deviation, a digit or so below what is reached.
LEAST_DIGITS = {
    "norris": (12.0, 13.0, 13.0),
    "pontius": (12.0, 12.0, 12.0),
    "longley": (12.5, 13.0, 13.0),
    "filip": (7.0, 7.0, 7.0),
    "wampler3": (9.0, 12.5, 13.0),
    "wampler4": (7.5, 12.5, 13.0),
    "wampler5": (5.5, 12.5, 13.0),
    "wampler1": (9.0, 0.0, 0.0),
    "wampler2": (12.0, 0.0, 0.0),
}
ORDERS = 25
MARGIN = 0.5


def lre(found: Array, certified: Array) -> float:
    wrong = np.max(np.abs(found - certified) / np.abs(certified))
    return 15.0 if wrong == 0.0 else min(15.0, float(-np.log10(wrong)))


def exact_rows(name: str, digits: Digits) -> tuple[list[Fraction], list[list[Fraction]]]:
    rows = digits(f"nist_{name}")
    y = [Fraction(row["y"]) for row in rows]
    if name in DEGREE:
        return y, [[Fraction(row["x"]) ** power for power in range(1, DEGREE[name] + 1)] for row in rows]
    return y, [[Fraction(value) for key, value in row.items() if key != "y"] for row in rows]


def certificate(name: str, digits: Digits) -> tuple[Array, Array, float, float]:
    """Coefficients, their standard errors, the residual deviation and R squared."""
    rows = [row for row in digits("nist_certified") if row["set"] == name]
    coefficients = [row for row in rows if row["stderr"]]
    value = {row["parameter"]: float(row["estimate"]) for row in rows}
    return (
        np.array([float(row["estimate"]) for row in coefficients]),
        np.array([float(row["stderr"]) for row in coefficients]),
        value["residual_sd"],
        value["r_squared"],
    )


def floats(name: str, digits: Digits) -> tuple[Array, Array]:
    y, x = exact_rows(name, digits)
    return np.array(y, dtype=np.float64), np.array(x, dtype=np.float64)


def ours(y: Array, x: Array) -> Array:
    fit = ols_hedge(y, x)
    return np.asarray(np.r_[fit.alpha, fit.beta])


def numpy_qr(y: Array, x: Array) -> Array:
    q, r = np.linalg.qr(np.column_stack([np.ones(len(y)), x]))
    return np.asarray(linalg.solve_triangular(r, q.T @ y))


def scipy_qr(y: Array, x: Array) -> Array:
    design = np.column_stack([np.ones(len(y)), x])
    return np.asarray(linalg.lstsq(design, y, cond=1e-18, lapack_driver="gelsy")[0])


def statsmodels_qr(y: Array, x: Array) -> Array:
    return np.asarray(sm.OLS(y, np.column_stack([np.ones(len(y)), x])).fit(method="qr").params)


def mean_lre(solver: Callable[[Array, Array], Array], y: Array, x: Array, certified: Array) -> float:
    orders = [np.random.default_rng(seed).permutation(len(y)) for seed in range(ORDERS)]
    return float(np.mean([lre(solver(y[order], x[order]), certified) for order in orders]))


@pytest.mark.parametrize("name", SETS)
def test_exact_arithmetic_proves_the_data_and_the_certificate(name: str, digits: Digits) -> None:
    """Normal equations in fractions: a wrong cell, or a wrong digit of the certificate, would show."""
    y, x = exact_rows(name, digits)
    design = [[Fraction(1), *row] for row in x]
    size = len(design[0])
    table = [
        [sum((row[i] * row[j] for row in design), Fraction(0)) for j in range(size)]
        + [sum((row[i] * value for row, value in zip(design, y, strict=True)), Fraction(0))]
        + [Fraction(int(i == j)) for j in range(size)]
        for i in range(size)
    ]
    for i in range(size):
        table[i] = [value / table[i][i] for value in table[i]]
        for j in range(size):
            if j != i:
                table[j] = [a - table[j][i] * b for a, b in zip(table[j], table[i], strict=True)]
    beta = [row[size] for row in table]
    residuals = [
        value - sum(b * a for b, a in zip(beta, row, strict=True)) for value, row in zip(y, design, strict=True)
    ]
    ssr, mean = sum(e * e for e in residuals), sum(y) / len(y)
    variance = ssr / (len(y) - size)
    coefficients, stderr, residual_sd, r_squared = certificate(name, digits)
    assert lre(np.array(beta, dtype=np.float64), coefficients) > 14.0
    assert float(1 - ssr / sum((value - mean) ** 2 for value in y)) == pytest.approx(r_squared, rel=1e-14)
    assert float(variance) ** 0.5 == pytest.approx(residual_sd, rel=1e-14)
    inverse = np.array([table[i][size + 1 + i] * variance for i in range(size)], dtype=np.float64)
    np.testing.assert_allclose(np.sqrt(inverse), stderr, rtol=1e-14)


@pytest.mark.parametrize("name", SETS)
def test_no_digit_is_lost_that_a_qr_solution_keeps(name: str, digits: Digits) -> None:
    y, x = floats(name, digits)
    certified = certificate(name, digits)[0]
    reached = mean_lre(ours, y, x, certified)
    assert reached > LEAST_DIGITS[name][0]
    for peer in (numpy_qr, scipy_qr, statsmodels_qr):
        assert reached > mean_lre(peer, y, x, certified) - MARGIN, peer.__name__


@pytest.mark.parametrize("name", [name for name in SETS if name not in {"wampler1", "wampler2"}])
def test_errors_and_fit_have_the_certified_digits(name: str, digits: Digits) -> None:
    fit = ols_hedge(*floats(name, digits))
    _, stderr, residual_sd, r_squared = certificate(name, digits)
    assert lre(np.asarray(fit.beta_stderr), stderr[1:]) > LEAST_DIGITS[name][1]
    assert lre(np.array([fit.residual_sd]), np.array([residual_sd])) > LEAST_DIGITS[name][2]
    assert fit.r_squared == pytest.approx(r_squared, rel=1e-10)


def test_an_exact_polynomial_leaves_nothing(digits: Digits) -> None:
    """Wampler 1 and 2: certified deviations are zero; ours are so to the rounding of y."""
    for name in ("wampler1", "wampler2"):
        y, x = floats(name, digits)
        fit = ols_hedge(y, x)
        assert fit.r_squared == pytest.approx(1.0, abs=1e-14)
        assert fit.residual_sd < 1e-14 * np.max(np.abs(y))


@pytest.mark.parametrize("name", ["noint1", "noint2"])
def test_a_line_through_the_origin_is_that_of_the_mirrored_sample(name: str, digits: Digits) -> None:
    """There is always a constant: in the sample with its own mirror image it is zero.

    Twice the sum of squares on 2n - 2 degrees of freedom instead of n - 1: the deviation is that certified, and the
    standard error is smaller by the root of two, for twice the spread of x.
    """
    rows = digits(f"nist_{name}")
    y, x = (np.array([float(row[key]) for row in rows]) for key in ("y", "x"))
    coefficients, stderr, residual_sd, r_squared = certificate(name, digits)
    fit = ols_hedge(np.r_[y, -y], np.r_[x, -x])
    assert fit.alpha == pytest.approx(0.0, abs=1e-14)
    assert fit.beta == pytest.approx(coefficients[0], rel=1e-14)
    assert fit.residual_sd == pytest.approx(residual_sd, rel=1e-13)
    assert fit.beta_stderr * 2**0.5 == pytest.approx(stderr[0], rel=1e-13)
    assert fit.r_squared == pytest.approx(r_squared, rel=1e-14)
