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
    from analytics.bar_advice import AdvisedBar, advised_bar_ms
    from analytics.both_ways import BothWays, engle_granger_both
    from analytics.breaks import Cusum, cusum
    from analytics.cointegration import EngleGranger, engle_granger
    from analytics.dependence import DistanceCorrelation, distance_correlation
    from analytics.errors import AnalyticsError
    from analytics.exponential import ema
    from analytics.filter_mixture import KalmanMixture, MixtureState, kalman_mixture, mixture_start
    from analytics.hac import NeweyWest, newey_west
    from analytics.hurst_exponent import Hurst, hurst
    from analytics.innovations import KalmanHealth, kalman_health
    from analytics.kalman import KalmanHedge, KalmanState, kalman_hedge, kalman_start, kalman_step
    from analytics.multiple_testing import q_values
    from analytics.noise_likelihood import KalmanNoise, kalman_log_likelihood, kalman_noise
    from analytics.ols import OlsHedge, ols_hedge
    from analytics.reduced_rank import Johansen, johansen
    from analytics.regime_shift import RegimeShift, gregory_hansen
    from analytics.reversion import HalfLife, half_life
    from analytics.rolling import RollingHedge, RollingZscore, rolling_correlation, rolling_ols_hedge, rolling_zscore
    from analytics.rolling_reversion import rolling_half_life
    from analytics.sharpe_ratio import SharpeRatio, deflated, expected_max, sharpe
    from analytics.signal import signal_path, signal_step
    from analytics.spreads import spread
    from analytics.stationarity import IntegrationOrder, KpssResult, integration_order, kpss
    from analytics.surrogates import NoiseCheck, SurrogateWalks, noise_check, surrogate_walks
    from analytics.synchrony import BarLength, HayashiYoshida, correlation_by_bar_length, hayashi_yoshida
    from analytics.tls import TlsHedge, tls_hedge
    from analytics.trade import FundingPayment, LegTrade, RoundTrip, marked_pnl, round_trip
    from analytics.unit_root import AdfResult, adf
    from analytics.variance import VarianceRatio, VarianceRatios, variance_ratio, variance_ratios
    from analytics.volatility import RollingVolatility, rolling_volatility
    from analytics.z_honesty import (
        AlertFrequency,
        BeyondShare,
        ZPercentile,
        alert_frequency,
        beyond_share,
        percentile_of_z,
    )

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
    "bar_advice": (
        "AdvisedBar",
        "advised_bar_ms",
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
    "dependence": (
        "DistanceCorrelation",
        "distance_correlation",
    ),
    "errors": ("AnalyticsError",),
    "exponential": ("ema",),
    "filter_mixture": (
        "KalmanMixture",
        "MixtureState",
        "kalman_mixture",
        "mixture_start",
    ),
    "hac": (
        "NeweyWest",
        "newey_west",
    ),
    "hurst_exponent": (
        "Hurst",
        "hurst",
    ),
    "innovations": (
        "KalmanHealth",
        "kalman_health",
    ),
    "kalman": (
        "KalmanHedge",
        "KalmanState",
        "kalman_hedge",
        "kalman_start",
        "kalman_step",
    ),
    "multiple_testing": ("q_values",),
    "noise_likelihood": (
        "KalmanNoise",
        "kalman_log_likelihood",
        "kalman_noise",
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
    "sharpe_ratio": (
        "SharpeRatio",
        "deflated",
        "expected_max",
        "sharpe",
    ),
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
    "surrogates": (
        "NoiseCheck",
        "SurrogateWalks",
        "noise_check",
        "surrogate_walks",
    ),
    "synchrony": (
        "BarLength",
        "HayashiYoshida",
        "correlation_by_bar_length",
        "hayashi_yoshida",
    ),
    "tls": (
        "TlsHedge",
        "tls_hedge",
    ),
    "trade": (
        "FundingPayment",
        "LegTrade",
        "RoundTrip",
        "marked_pnl",
        "round_trip",
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
    "z_honesty": (
        "AlertFrequency",
        "BeyondShare",
        "ZPercentile",
        "alert_frequency",
        "beyond_share",
        "percentile_of_z",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AdfResult",
    "AdvisedBar",
    "AlertEvent",
    "AlertFrequency",
    "AlertState",
    "AnalyticsError",
    "BarLength",
    "BeyondShare",
    "BollingerBands",
    "BothWays",
    "Cusum",
    "DistanceCorrelation",
    "EngleGranger",
    "FundingPayment",
    "HalfLife",
    "HayashiYoshida",
    "Hurst",
    "IntegrationOrder",
    "Johansen",
    "KalmanHealth",
    "KalmanHedge",
    "KalmanMixture",
    "KalmanNoise",
    "KalmanState",
    "KpssResult",
    "LegTrade",
    "MixtureState",
    "NeweyWest",
    "NoiseCheck",
    "OlsHedge",
    "RegimeShift",
    "RollingHedge",
    "RollingVolatility",
    "RollingZscore",
    "RoundTrip",
    "SharpeRatio",
    "SurrogateWalks",
    "ThresholdRule",
    "TlsHedge",
    "VarianceRatio",
    "VarianceRatios",
    "ZPercentile",
    "adf",
    "advised_bar_ms",
    "alert_frequency",
    "beyond_share",
    "bollinger_bands",
    "correlation_by_bar_length",
    "cusum",
    "deflated",
    "distance_correlation",
    "ema",
    "engle_granger",
    "engle_granger_both",
    "expected_max",
    "gregory_hansen",
    "half_life",
    "hayashi_yoshida",
    "hurst",
    "integration_order",
    "johansen",
    "kalman_health",
    "kalman_hedge",
    "kalman_log_likelihood",
    "kalman_mixture",
    "kalman_noise",
    "kalman_start",
    "kalman_step",
    "kpss",
    "marked_pnl",
    "mixture_start",
    "newey_west",
    "noise_check",
    "ols_hedge",
    "percentile_of_z",
    "q_values",
    "rolling_correlation",
    "rolling_half_life",
    "rolling_ols_hedge",
    "rolling_volatility",
    "rolling_zscore",
    "round_trip",
    "sharpe",
    "signal_path",
    "signal_step",
    "sma",
    "spread",
    "surrogate_walks",
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
