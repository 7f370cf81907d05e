"""Pure statistics of pairs: arrays in, frozen results out, named errors for what cannot be computed.

The public names are imported when first asked for, so that a process loads only what it uses.

>>> from analytics import half_life, ols_hedge
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.alerts import AlertEvent, AlertState, ThresholdRule
    from analytics.both_ways import BothWays, engle_granger_both
    from analytics.cointegration import EngleGranger, engle_granger
    from analytics.errors import AnalyticsError
    from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge, kalman_start, kalman_step
    from analytics.ols import OlsHedge, ols_hedge
    from analytics.reversion import HalfLife, half_life
    from analytics.rolling import (
        RollingHedge,
        RollingZscore,
        rolling_correlation,
        rolling_ols_hedge,
        rolling_zscore,
    )
    from analytics.signal import signal_path, signal_step
    from analytics.spreads import spread
    from analytics.tls import TlsHedge, tls_hedge
    from analytics.unit_root import AdfResult, adf

# No file is named as one of its public names: an import of the file would hide the name here.
_HOMES = {
    "alerts": ("AlertEvent", "AlertState", "ThresholdRule"),
    "both_ways": ("BothWays", "engle_granger_both"),
    "cointegration": ("EngleGranger", "engle_granger"),
    "errors": ("AnalyticsError",),
    "kalman": ("KalmanHedge", "KalmanState", "kalman_hedge", "kalman_start", "kalman_step"),
    "ols": ("OlsHedge", "ols_hedge"),
    "reversion": ("HalfLife", "half_life"),
    "rolling": ("RollingHedge", "RollingZscore", "rolling_correlation", "rolling_ols_hedge", "rolling_zscore"),
    "signal": ("signal_path", "signal_step"),
    "spreads": ("spread",),
    "tls": ("TlsHedge", "tls_hedge"),
    "unit_root": ("AdfResult", "adf"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AdfResult",
    "AlertEvent",
    "AlertState",
    "AnalyticsError",
    "BothWays",
    "EngleGranger",
    "HalfLife",
    "KalmanHedge",
    "KalmanState",
    "OlsHedge",
    "RollingHedge",
    "RollingZscore",
    "ThresholdRule",
    "TlsHedge",
    "adf",
    "engle_granger",
    "engle_granger_both",
    "half_life",
    "kalman_hedge",
    "kalman_start",
    "kalman_step",
    "ols_hedge",
    "rolling_correlation",
    "rolling_ols_hedge",
    "rolling_zscore",
    "signal_path",
    "signal_step",
    "spread",
    "tls_hedge",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"analytics has no {name!r}")
    value = getattr(import_module(f"analytics.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
