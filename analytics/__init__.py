"""Pure statistics of pairs: arrays in, frozen results out, named errors for what cannot be computed.

The public names are imported when first asked for, so that a process loads only what it uses.

>>> from analytics import half_life, ols_hedge
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for readers of types; an alias says that the name is passed on
    from analytics.alerts import AlertEvent as AlertEvent
    from analytics.alerts import AlertState as AlertState
    from analytics.alerts import Side as Side
    from analytics.alerts import ThresholdRule as ThresholdRule
    from analytics.anchored import vwap as vwap
    from analytics.bands import BollingerBands as BollingerBands
    from analytics.bands import bollinger_bands as bollinger_bands
    from analytics.bands import sma as sma
    from analytics.bar_advice import AdvisedBar as AdvisedBar
    from analytics.bar_advice import advised_bar_ms as advised_bar_ms
    from analytics.both_ways import BothWays as BothWays
    from analytics.both_ways import engle_granger_both as engle_granger_both
    from analytics.breaks import Cusum as Cusum
    from analytics.breaks import cusum as cusum
    from analytics.cointegration import EngleGranger as EngleGranger
    from analytics.cointegration import engle_granger as engle_granger
    from analytics.dependence import DistanceCorrelation as DistanceCorrelation
    from analytics.dependence import distance_correlation as distance_correlation
    from analytics.errors import AnalyticsError as AnalyticsError
    from analytics.exponential import ema as ema
    from analytics.filter_mixture import KalmanMixture as KalmanMixture
    from analytics.filter_mixture import MixtureState as MixtureState
    from analytics.filter_mixture import kalman_mixture as kalman_mixture
    from analytics.filter_mixture import mixture_start as mixture_start
    from analytics.hac import NeweyWest as NeweyWest
    from analytics.hac import newey_west as newey_west
    from analytics.hurst_exponent import Hurst as Hurst
    from analytics.hurst_exponent import hurst as hurst
    from analytics.innovations import KalmanHealth as KalmanHealth
    from analytics.innovations import kalman_health as kalman_health
    from analytics.kalman import KalmanHedge as KalmanHedge
    from analytics.kalman import KalmanState as KalmanState
    from analytics.kalman import kalman_hedge as kalman_hedge
    from analytics.kalman import kalman_start as kalman_start
    from analytics.kalman import kalman_step as kalman_step
    from analytics.moments import ReturnMoments as ReturnMoments
    from analytics.moments import return_moments as return_moments
    from analytics.multiple_testing import q_values as q_values
    from analytics.noise_likelihood import KalmanNoise as KalmanNoise
    from analytics.noise_likelihood import kalman_log_likelihood as kalman_log_likelihood
    from analytics.noise_likelihood import kalman_noise as kalman_noise
    from analytics.ols import OlsHedge as OlsHedge
    from analytics.ols import ols_hedge as ols_hedge
    from analytics.outcomes import HitRate as HitRate
    from analytics.outcomes import Outcome as Outcome
    from analytics.outcomes import hit_rate as hit_rate
    from analytics.outcomes import outcome as outcome
    from analytics.reduced_rank import Johansen as Johansen
    from analytics.reduced_rank import johansen as johansen
    from analytics.regime_shift import RegimeShift as RegimeShift
    from analytics.regime_shift import gregory_hansen as gregory_hansen
    from analytics.reversion import HalfLife as HalfLife
    from analytics.reversion import half_life as half_life
    from analytics.rolling import RollingHedge as RollingHedge
    from analytics.rolling import RollingZscore as RollingZscore
    from analytics.rolling import rolling_correlation as rolling_correlation
    from analytics.rolling import rolling_ols_hedge as rolling_ols_hedge
    from analytics.rolling import rolling_zscore as rolling_zscore
    from analytics.rolling_reversion import rolling_half_life as rolling_half_life
    from analytics.sharpe_ratio import SharpeRatio as SharpeRatio
    from analytics.sharpe_ratio import deflated as deflated
    from analytics.sharpe_ratio import expected_max as expected_max
    from analytics.sharpe_ratio import sharpe as sharpe
    from analytics.signal import signal_path as signal_path
    from analytics.signal import signal_step as signal_step
    from analytics.spreads import spread as spread
    from analytics.stationarity import IntegrationOrder as IntegrationOrder
    from analytics.stationarity import KpssResult as KpssResult
    from analytics.stationarity import integration_order as integration_order
    from analytics.stationarity import kpss as kpss
    from analytics.surrogates import NoiseCheck as NoiseCheck
    from analytics.surrogates import SurrogateWalks as SurrogateWalks
    from analytics.surrogates import noise_check as noise_check
    from analytics.surrogates import surrogate_walks as surrogate_walks
    from analytics.synchrony import BarLength as BarLength
    from analytics.synchrony import HayashiYoshida as HayashiYoshida
    from analytics.synchrony import correlation_by_bar_length as correlation_by_bar_length
    from analytics.synchrony import hayashi_yoshida as hayashi_yoshida
    from analytics.tls import TlsHedge as TlsHedge
    from analytics.tls import tls_hedge as tls_hedge
    from analytics.trade import FundingPayment as FundingPayment
    from analytics.trade import LegTrade as LegTrade
    from analytics.trade import RoundTrip as RoundTrip
    from analytics.trade import marked_pnl as marked_pnl
    from analytics.trade import round_trip as round_trip
    from analytics.unit_root import AdfResult as AdfResult
    from analytics.unit_root import adf as adf
    from analytics.variance import VarianceRatio as VarianceRatio
    from analytics.variance import VarianceRatios as VarianceRatios
    from analytics.variance import variance_ratio as variance_ratio
    from analytics.variance import variance_ratios as variance_ratios
    from analytics.volatility import RollingVolatility as RollingVolatility
    from analytics.volatility import rolling_volatility as rolling_volatility
    from analytics.z_honesty import AlertFrequency as AlertFrequency
    from analytics.z_honesty import BeyondShare as BeyondShare
    from analytics.z_honesty import ZPercentile as ZPercentile
    from analytics.z_honesty import alert_frequency as alert_frequency
    from analytics.z_honesty import beyond_share as beyond_share
    from analytics.z_honesty import percentile_of_z as percentile_of_z

# Every public name under the file that has it. No file is named as one of them: importing it would hide the name here.
_HOMES = {
    "alerts": "AlertEvent AlertState Side ThresholdRule",
    "anchored": "vwap",
    "bands": "BollingerBands bollinger_bands sma",
    "bar_advice": "AdvisedBar advised_bar_ms",
    "both_ways": "BothWays engle_granger_both",
    "breaks": "Cusum cusum",
    "cointegration": "EngleGranger engle_granger",
    "dependence": "DistanceCorrelation distance_correlation",
    "errors": "AnalyticsError",
    "exponential": "ema",
    "filter_mixture": "KalmanMixture MixtureState kalman_mixture mixture_start",
    "hac": "NeweyWest newey_west",
    "hurst_exponent": "Hurst hurst",
    "innovations": "KalmanHealth kalman_health",
    "kalman": "KalmanHedge KalmanState kalman_hedge kalman_start kalman_step",
    "moments": "ReturnMoments return_moments",
    "multiple_testing": "q_values",
    "noise_likelihood": "KalmanNoise kalman_log_likelihood kalman_noise",
    "ols": "OlsHedge ols_hedge",
    "outcomes": "HitRate Outcome hit_rate outcome",
    "reduced_rank": "Johansen johansen",
    "regime_shift": "RegimeShift gregory_hansen",
    "reversion": "HalfLife half_life",
    "rolling": "RollingHedge RollingZscore rolling_correlation rolling_ols_hedge rolling_zscore",
    "rolling_reversion": "rolling_half_life",
    "sharpe_ratio": "SharpeRatio deflated expected_max sharpe",
    "signal": "signal_path signal_step",
    "spreads": "spread",
    "stationarity": "IntegrationOrder KpssResult integration_order kpss",
    "surrogates": "NoiseCheck SurrogateWalks noise_check surrogate_walks",
    "synchrony": "BarLength HayashiYoshida correlation_by_bar_length hayashi_yoshida",
    "tls": "TlsHedge tls_hedge",
    "trade": "FundingPayment LegTrade RoundTrip marked_pnl round_trip",
    "unit_root": "AdfResult adf",
    "variance": "VarianceRatio VarianceRatios variance_ratio variance_ratios",
    "volatility": "RollingVolatility rolling_volatility",
    "z_honesty": "AlertFrequency BeyondShare ZPercentile alert_frequency beyond_share percentile_of_z",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

if not TYPE_CHECKING:  # there a name that is not above is an error
    __all__ = list(_HOME)

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"analytics has no {name!r}")
        value = getattr(import_module(f"analytics.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
