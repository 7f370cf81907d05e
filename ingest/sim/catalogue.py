"""The dozen simulated instruments and the relations planted between them.

Log prices follow, relative to each instrument's reference price::

    root    r(t) = walk(t) + drift * D(t)
    other   r_y(t) = beta(t) * r_x(t) + spread(t) [+ break(t)]

so that ``log y = alpha(t) + beta(t) * log x + spread`` with ``alpha = log y0 - beta * log x0``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HOUR_MS = 3_600_000


class Relation(StrEnum):
    """What is planted between two instruments."""

    COINTEGRATED = "cointegrated"
    VARYING = "varying"
    BREAKING = "breaking"
    LOOKALIKE = "lookalike"


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """How one instrument trades. Prices move in ticks of ``10**-price_decimals``."""

    symbol: str
    price: float
    price_decimals: int
    spread_ticks: int
    quantity_decimals: int
    median_quantity: float
    trades_per_hour: int
    quotes_per_hour: int
    bursts_per_hour: int

    @property
    def tick(self) -> float:
        return 10.0**-self.price_decimals

    @property
    def step(self) -> float:
        return 10.0**-self.quantity_decimals


@dataclass(frozen=True, slots=True)
class RootSpec:
    """An instrument with a walk of its own: log moves of `hourly_volatility`, pulled back so slowly
    (`reversion_half_life_h`) that no window of a board sees it, and a share in the common smooth drift."""

    symbol: str
    hourly_volatility: float
    reversion_half_life_h: float
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class PairPlan:
    """What is planted for (y, x): a beta path and an Ornstein–Uhlenbeck spread in log prices.

    ``beta(t) = beta + beta_amplitude * sin(2π t / beta_period_ms)``, t in ms since the Unix epoch.
    A lookalike pair has neither beta nor spread: nothing holds its legs together.
    """

    y: str
    x: str
    relation: Relation
    note: str
    beta: float | None = None
    half_life_s: float | None = None
    spread_sd: float | None = None
    beta_amplitude: float = 0.0
    beta_period_ms: int = 0

    @property
    def name(self) -> str:
        return f"{self.y}-{self.x}"


def _spec(
    symbol: str,
    price: float,
    decimals: tuple[int, int],
    *,
    spread: int,
    size: float,
    per_s: float,
    bursts: int,
) -> InstrumentSpec:
    trades = round(per_s * 3600)
    # A quiet instrument is still quoted every two seconds: market makers do not sleep.
    quotes = max(3 * trades, 1800)
    return InstrumentSpec(symbol, price, decimals[0], spread, decimals[1], size, trades, quotes, bursts)


INSTRUMENTS = (
    _spec("BTCUSDT", 64_000.0, (1, 3), spread=20, size=0.02, per_s=8.0, bursts=4),
    _spec("ETHUSDT", 3_200.0, (2, 3), spread=20, size=0.25, per_s=6.0, bursts=4),
    _spec("SOLUSDT", 150.0, (2, 2), spread=2, size=4.0, per_s=4.0, bursts=6),
    _spec("AVAXUSDT", 28.0, (3, 1), spread=6, size=15.0, per_s=1.5, bursts=3),
    _spec("LTCUSDT", 85.0, (2, 3), spread=2, size=5.0, per_s=1.0, bursts=2),
    _spec("BCHUSDT", 420.0, (2, 3), spread=12, size=0.8, per_s=0.3, bursts=1),
    _spec("LINKUSDT", 15.0, (3, 2), spread=3, size=25.0, per_s=1.5, bursts=3),
    _spec("DOTUSDT", 6.5, (3, 1), spread=2, size=40.0, per_s=0.6, bursts=2),
    _spec("ADAUSDT", 0.45, (4, 0), spread=1, size=900.0, per_s=2.0, bursts=4),
    _spec("XRPUSDT", 0.55, (4, 1), spread=1, size=800.0, per_s=3.0, bursts=5),
    _spec("BNBUSDT", 580.0, (2, 2), spread=8, size=0.8, per_s=2.5, bursts=3),
    _spec("TRXUSDT", 0.16, (5, 0), spread=5, size=2_000.0, per_s=0.04, bursts=0),
)

ROOTS = (
    RootSpec("ETHUSDT", 0.006, 140.0, drift=1.0),
    RootSpec("AVAXUSDT", 0.008, 140.0, drift=1.2),
    RootSpec("BCHUSDT", 0.007, 140.0),
    # Kept close to its reference price, else a moving beta would move LINK more than DOT's own moves do.
    RootSpec("DOTUSDT", 0.008, 6.0),
    RootSpec("XRPUSDT", 0.007, 140.0),
)

PAIRS = (
    PairPlan("BTCUSDT", "ETHUSDT", Relation.COINTEGRATED, "constant beta, liquid legs", 0.80, 240.0, 0.0010),
    PairPlan("SOLUSDT", "AVAXUSDT", Relation.COINTEGRATED, "constant beta", 1.15, 480.0, 0.0015),
    PairPlan("LTCUSDT", "BCHUSDT", Relation.COINTEGRATED, "constant beta, slow return", 0.75, 900.0, 0.0015),
    PairPlan("LINKUSDT", "DOTUSDT", Relation.VARYING, "beta swings slowly", 0.90, 360.0, 0.0012, 0.25, 12 * HOUR_MS),
    PairPlan("ADAUSDT", "XRPUSDT", Relation.BREAKING, "comes apart in stated hours", 0.90, 300.0, 0.0012),
    PairPlan("ETHUSDT", "SOLUSDT", Relation.LOOKALIKE, "common smooth drift, independent walks"),
    PairPlan("BNBUSDT", "BTCUSDT", Relation.COINTEGRATED, "constant beta, quick return", 0.70, 120.0, 0.0008),
    PairPlan("TRXUSDT", "XRPUSDT", Relation.COINTEGRATED, "y trades every 25 s", 0.50, 600.0, 0.0010),
)

DRIFT_PERIODS_MS = (9 * HOUR_MS, 31 * HOUR_MS)
DRIFT_AMPLITUDES = (0.022, 0.018)
"""The common drift D(t): log amplitudes and periods of two sine waves."""

BREAK_CYCLE_H = 8
BREAK_FIRST_H = 5
"""A breaking pair is apart during the last three hours of each 8 h of the UTC day: 05–08, 13–16, 21–24."""

BREAK_SIZE = 0.012
BREAK_HOURLY_VOLATILITY = 0.004
"""How far (log) and how wildly the spread of a breaking pair walks while it is apart: ten and more of its
normal deviations, so that the break is beyond doubt."""
