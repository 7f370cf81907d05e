"""Hedge ratios of one window by the methods that need nothing but its prices."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analytics.errors import AnalyticsError, NumericalTrouble
from analytics.ols import ols_hedge
from analytics.reduced_rank import ENOUGH, johansen
from analytics.student import NORMAL_975
from analytics.tls import tls_hedge
from engine.null_reasons import UNBOUNDED
from engine.parameters import Method, Scale
from engine.rows import Note
from engine.snapshot import Snapshot
from engine.snapshots.pair_bars import Vector
from engine.snapshots.rolling_rows import min_count


@dataclass(frozen=True, slots=True)
class WindowBeta:
    """The hedge ratio of the last window by one method, in units of x per y, with its 95 % interval.

    `reason` says in words why there is none: no ratio, or no interval of it.
    """

    method: str
    beta: float | None
    reason: str = ""
    low: float | None = None
    high: float | None = None


def window_betas(snapshot: Snapshot) -> tuple[WindowBeta, ...]:
    """By OLS, by OLS of x on y inverted, by TLS and by Johansen, on the view's scale; a Kalman path adds its last beta.

    From the last `window` bars of the snapshot's rows, bars without a price of both legs left out,
    and those at which a leg had not traded for too long.
    """
    p = snapshot.parameters
    rows = snapshot.rows[-p.window :]
    used = rows[(rows["y"] > 0.0) & (rows["x"] > 0.0) & (rows["note"] != Note.STALE_LEG)]
    y, x = (np.log(used[leg]) if p.scale is Scale.LOG else used[leg].astype(np.float64) for leg in ("y", "x"))
    lines: tuple[tuple[str, Callable[[], _Estimate]], ...] = (
        ("OLS, y on x", lambda: _ols(y, x)),
        ("OLS, x on y, inverted", lambda: _inverted(_ols(x, y))),
        ("TLS", lambda: _tls(y, x)),
        ("Johansen", lambda: _johansen(y, x)),
    )
    need = min_count(p.window)
    short = f"{len(used)} of {need} bars" if len(used) < need else ""
    fits = tuple(WindowBeta(name, None, short) if short else _fitted(name, fit) for name, fit in lines)
    return (*fits, *((_last_beta(snapshot),) if p.method is Method.KALMAN else ()))


class _Estimate(NamedTuple):
    beta: float
    low: float | None = None
    high: float | None = None
    reason: str = ""


def _ols(explained: Vector, by: Vector) -> _Estimate:
    fit = ols_hedge(explained, by)
    return _Estimate(fit.beta, fit.beta_low, fit.beta_high)


def _inverted(found: _Estimate) -> _Estimate:
    beta, low, high, _ = found
    if low is None or high is None or low <= 0.0 <= high:
        return _Estimate(1.0 / beta, reason="the interval of x on y holds 0, which has no inverse")
    return _Estimate(1.0 / beta, 1.0 / high, 1.0 / low)


def _tls(y: Vector, x: Vector) -> _Estimate:
    fit = tls_hedge(y, x)
    if not math.isfinite(fit.beta_low):
        return _Estimate(fit.beta, reason=UNBOUNDED)
    return _Estimate(fit.beta, fit.beta_low, fit.beta_high)


def _johansen(y: Vector, x: Vector) -> _Estimate:
    found = johansen(np.column_stack([y, x]), trend="rc")
    if found.hedge_ratio is None:
        raise NumericalTrouble("leg y has no part in the relation")
    if found.rank != 1:
        return _Estimate(found.hedge_ratio, reason="the trace test does not find exactly one relation")
    if found.hedge_stderr is None:
        returns = found.n * float(found.eigenvalues[0])
        few = f"the window holds too few returns of the relation: n times the eigenvalue is {returns:.0f}"
        return _Estimate(found.hedge_ratio, reason=f"{few}, its error is known from {ENOUGH:.0f} on")
    half = NORMAL_975 * found.hedge_stderr
    return _Estimate(found.hedge_ratio, found.hedge_ratio - half, found.hedge_ratio + half)


def _fitted(method: str, fit: Callable[[], _Estimate]) -> WindowBeta:
    try:
        found = fit()
        return WindowBeta(method, found.beta, found.reason, found.low, found.high)
    except AnalyticsError as error:
        return WindowBeta(method, None, str(error))
    except ZeroDivisionError:
        return WindowBeta(method, None, "the legs do not move together")


def _last_beta(snapshot: Snapshot) -> WindowBeta:
    names = ("beta", "beta_low", "beta_high")
    beta, low, high = (float(snapshot.rows[name][-1]) if len(snapshot.rows) else np.nan for name in names)
    if not np.isfinite(beta):
        return WindowBeta("Kalman", None, snapshot.reason)
    return WindowBeta("Kalman", beta, low=low, high=high)
