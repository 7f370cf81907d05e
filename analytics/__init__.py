"""Pure statistics of pairs: arrays in, frozen results out, named errors for what cannot be computed.

The public names are imported when first asked for, so that a process loads only what it uses.

>>> from analytics import half_life, ols_hedge
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.alerts import AlertEvent, AlertState, ThresholdRule
    from analytics.anchored import vwap
    from analytics.bands import BollingerBands, bollinger_bands, sma
    from analytics.both_ways import BothWays, engle_granger_both
    from analytics.breaks import Cusum, cusum
    from analytics.cointegration import EngleGranger, engle_granger
    from analytics.errors import AnalyticsError
    from analytics.exponential import ema
    from analytics.hurst_exponent import Hurst, hurst
    from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge, kalman_start, kalman_step
    from analytics.ols import OlsHedge, ols_hedge
    from analytics.reduced_rank import Johansen, johansen
    from analytics.regime_shift import RegimeShift, gregory_hansen
    from analytics.reversion import HalfLife, half_life
    from analytics.rolling import RollingHedge, RollingZscore, rolling_correlation, rolling_ols_hedge, rolling_zscore
    from analytics.rolling_reversion import rolling_half_life
    from analytics.signal import signal_path, signal_step
    from analytics.spreads import spread
    from analytics.stationarity import IntegrationOrder, KpssResult, integration_order, kpss
    from analytics.tls import TlsHedge, tls_hedge
    from analytics.unit_root import AdfResult, adf
    from analytics.variance import VarianceRatio, VarianceRatios, variance_ratio, variance_ratios
    from analytics.volatility import RollingVolatility, rolling_volatility

# No file is named as one of its public names: an import of the file would hide the name here.
_HOMES = {
    "alerts": (
        "AlertEvent",
        "AlertState",
        "ThresholdRule",
    ),
    "anchored": ("vwap",),
    "bands": (
        "BollingerBands",
        "bollinger_bands",
        "sma",
    ),
    "both_ways": (
        "BothWays",
        "engle_granger_both",
    ),
    "breaks": (
        "Cusum",
        "cusum",
    ),
    "cointegration": (
        "EngleGranger",
        "engle_granger",
    ),
    "errors": ("AnalyticsError",),
    "exponential": ("ema",),
    "hurst_exponent": (
        "Hurst",
        "hurst",
    ),
    "kalman": (
        "KalmanHedge",
        "KalmanState",
        "kalman_hedge",
        "kalman_start",
        "kalman_step",
    ),
    "ols": (
        "OlsHedge",
        "ols_hedge",
    ),
    "reduced_rank": (
        "Johansen",
        "johansen",
    ),
    "regime_shift": (
        "RegimeShift",
        "gregory_hansen",
    ),
    "reversion": (
        "HalfLife",
        "half_life",
    ),
    "rolling": (
        "RollingHedge",
        "RollingZscore",
        "rolling_correlation",
        "rolling_ols_hedge",
        "rolling_zscore",
    ),
    "rolling_reversion": ("rolling_half_life",),
    "signal": (
        "signal_path",
        "signal_step",
    ),
    "spreads": ("spread",),
    "stationarity": (
        "IntegrationOrder",
        "KpssResult",
        "integration_order",
        "kpss",
    ),
    "tls": (
        "TlsHedge",
        "tls_hedge",
    ),
    "unit_root": (
        "AdfResult",
        "adf",
    ),
    "variance": (
        "VarianceRatio",
        "VarianceRatios",
        "variance_ratio",
        "variance_ratios",
    ),
    "volatility": (
        "RollingVolatility",
        "rolling_volatility",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AdfResult",
    "AlertEvent",
    "AlertState",
    "AnalyticsError",
    "BollingerBands",
    "BothWays",
    "Cusum",
    "EngleGranger",
    "HalfLife",
    "Hurst",
    "IntegrationOrder",
    "Johansen",
    "KalmanHedge",
    "KalmanState",
    "KpssResult",
    "OlsHedge",
    "RegimeShift",
    "RollingHedge",
    "RollingVolatility",
    "RollingZscore",
    "ThresholdRule",
    "TlsHedge",
    "VarianceRatio",
    "VarianceRatios",
    "adf",
    "bollinger_bands",
    "cusum",
    "ema",
    "engle_granger",
    "engle_granger_both",
    "gregory_hansen",
    "half_life",
    "hurst",
    "integration_order",
    "johansen",
    "kalman_hedge",
    "kalman_start",
    "kalman_step",
    "kpss",
    "ols_hedge",
    "rolling_correlation",
    "rolling_half_life",
    "rolling_ols_hedge",
    "rolling_volatility",
    "rolling_zscore",
    "signal_path",
    "signal_step",
    "sma",
    "spread",
    "tls_hedge",
    "variance_ratio",
    "variance_ratios",
    "vwap",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"analytics has no {name!r}")
    value = getattr(import_module(f"analytics.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
