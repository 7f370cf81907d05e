"""The Kalman filter, to the digits of Durbin & Koopman's Nile and of Chan's pair of funds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from analytics import KalmanHedge, kalman_hedge

Array = NDArray[np.float64]
Column = Callable[[str, str], Array]


def local_level(y: Array, *, step_var: float, obs_var: float, known: int) -> KalmanHedge:
    """y_t = alpha_t + e_t: with x = 0 beta is never seen, and alpha is the level.

    A step has variance delta / (1 - delta). `known` = 1: the level starts from the first value, which is the limit of
    an ever vaguer start (Durbin & Koopman 2012, 2.9); 0: it starts at 0 with variance 10^7, as theirs in 2.2.5.
    """
    start = (y[0], obs_var + step_var) if known else (0.0, 1e7)
    return kalman_hedge(
        y[known:],
        np.zeros(len(y) - known),
        delta=step_var / (1.0 + step_var),
        obs_var=obs_var,
        initial_state=(0.0, start[0]),
        initial_cov=((0.0, 0.0), (0.0, start[1])),
    )


def log_likelihood(path: KalmanHedge) -> float:
    surprise = np.log(2.0 * math.pi) + np.log(path.innovation_var) + path.innovation**2 / path.innovation_var
    return float(-0.5 * surprise.sum())


def test_the_likelihood_of_the_nile(column: Column) -> None:
    """Durbin & Koopman (2012), chapter 2, with variances 15099 and 1469.1: the diffuse log likelihood is -632.54 (and
    -632.5456 in R's KFAS), from a start with variance 10^7 it is -641.5856, and without 2 pi, as R's dlm has it,
    -549.6917 (Petris 2010)."""
    nile = column("nile", "volume")
    exact = local_level(nile, step_var=1469.1, obs_var=15099.0, known=1)
    vague = local_level(nile, step_var=1469.1, obs_var=15099.0, known=0)
    assert f"{log_likelihood(exact):.4f}" == "-632.5456"
    assert f"{log_likelihood(vague):.4f}" == "-641.5856"
    assert f"{log_likelihood(vague) + 50.0 * math.log(2.0 * math.pi):.4f}" == "-549.6917"


@pytest.mark.parametrize(
    ("q", "printed"),
    [(1.0, -495.68), (0.0360, -492.53), (0.0745, -492.10), (0.0974, -492.07), (0.0973, -492.07)],
)
def test_the_concentrated_likelihood_on_the_way_to_its_maximum(q: float, printed: float, column: Column) -> None:
    """Durbin & Koopman (2012), table 2.1: the iterations over the ratio q of the variances, of which the last gives
    15099 for that of the observations. Constants are left out of the likelihood; the first is -495.6851 to us."""
    path = local_level(column("nile", "volume"), step_var=q, obs_var=1.0, known=1)
    obs_var = float(np.mean(path.innovation**2 / path.innovation_var))
    concentrated = -49.5 * math.log(obs_var) - 0.5 * float(np.log(path.innovation_var).sum())
    assert concentrated == pytest.approx(printed, abs=0.0052)
    if q == 0.0973:
        assert f"{obs_var:.0f}" == "15099"


def test_the_steady_state_of_the_nile(column: Column) -> None:
    """Durbin & Koopman (2012), 2.11, in closed form: P = (q + sqrt(q^2 + 4 q)) / 2 of the observations' variance before
    a bar is seen, reached within 25 years."""
    path = local_level(column("nile", "volume"), step_var=1469.1, obs_var=15099.0, known=0)
    q = 1469.1 / 15099.0
    predicted = 15099.0 * (q + math.sqrt(q * q + 4.0 * q)) / 2.0
    assert path.innovation_var[25:] == pytest.approx(predicted + 15099.0, rel=1e-6)
    assert path.p_alpha[-1] + 1469.1 == pytest.approx(predicted, rel=1e-12)


def test_chan_trades_two_funds_on_the_innovation(column: Column) -> None:
    """Chan (2013), example 3.3: EWC on EWA, delta 0.0001, observation variance 0.001, everything from zero. One unit is
    bought below one standard deviation of the innovation and sold above it, until it is back within: "APR=0.262252
    Sharpe=2.361162". The hedge of a bar is the one after it is seen, the first bar trades too, and trading is free."""
    ewa, ewc = column("ewa_ewc", "ewa"), column("ewa_ewc", "ewc")
    path = kalman_hedge(ewc, ewa, delta=1e-4, obs_var=1e-3, initial_cov=((0.0, 0.0), (0.0, 0.0)))
    units = np.where(path.z < -1.0, 1.0, np.where(path.z > 1.0, -1.0, 0.0))
    prices = np.column_stack([ewa, ewc])
    held = (units[:, np.newaxis] * np.column_stack([-path.beta, np.ones(1500)]) * prices)[:-1]
    gross = np.abs(held).sum(axis=1)
    profit = (held * np.diff(prices, axis=0) / prices[:-1]).sum(axis=1)
    returns = np.r_[0.0, np.divide(profit, gross, out=np.zeros(1499), where=gross > 0.0)]
    yearly = np.prod(1.0 + returns) ** (252.0 / 1500.0) - 1.0
    sharpe = math.sqrt(252.0) * returns.mean() / returns.std(ddof=1)
    assert (f"{yearly:.6f}", f"{sharpe:.6f}") == ("0.262252", "2.361162")
