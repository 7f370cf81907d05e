"""Hedge ratios of one window by the methods that need nothing but its prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.errors import AnalyticsError
from analytics.ols import ols_hedge
from analytics.tls import tls_hedge
from engine.parameters import Method, Scale
from engine.rows import Note
from engine.snapshot import Snapshot
from engine.snapshots.rolling_rows import min_count


@dataclass(frozen=True, slots=True)
class WindowBeta:
    """The hedge ratio of the last window by one method, in units of x per y; None with the reason in words."""

    method: str
    beta: float | None
    reason: str = ""


def window_betas(snapshot: Snapshot) -> tuple[WindowBeta, ...]:
    """By OLS, by OLS of x on y inverted, and by TLS, on the view's scale; a Kalman path adds its own last beta.

    From the last `window` bars of the snapshot's rows, bars without a price of both legs left out,
    and those at which a leg had not traded for too long.
    """
    p = snapshot.parameters
    rows = snapshot.rows[-p.window :]
    used = rows[(rows["y"] > 0.0) & (rows["x"] > 0.0) & (rows["note"] != Note.STALE_LEG)]
    y, x = (np.log(used[leg]) if p.scale is Scale.LOG else used[leg].astype(np.float64) for leg in ("y", "x"))
    lines: tuple[tuple[str, Callable[[], float]], ...] = (
        ("OLS, y on x", lambda: ols_hedge(y, x).beta),
        ("OLS, x on y, inverted", lambda: 1.0 / ols_hedge(x, y).beta),
        ("TLS", lambda: tls_hedge(y, x).beta),
    )
    need = min_count(p.window)
    short = f"{len(used)} of {need} bars" if len(used) < need else ""
    fits = tuple(WindowBeta(name, None, short) if short else _fitted(name, fit) for name, fit in lines)
    return (*fits, *((_last_beta(snapshot),) if p.method is Method.KALMAN else ()))


def _fitted(method: str, fit: Callable[[], float]) -> WindowBeta:
    try:
        return WindowBeta(method, fit())
    except AnalyticsError as error:
        return WindowBeta(method, None, str(error))
    except ZeroDivisionError:
        return WindowBeta(method, None, "the legs do not move together")


def _last_beta(snapshot: Snapshot) -> WindowBeta:
    beta = float(snapshot.rows["beta"][-1]) if len(snapshot.rows) else np.nan
    return WindowBeta("Kalman", beta) if np.isfinite(beta) else WindowBeta("Kalman", None, snapshot.reason)
