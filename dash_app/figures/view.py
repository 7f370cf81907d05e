"""The part of a snapshot that is drawn: its last bars, their close times, and how each series is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dash_app.words import clock, listed, price_digits, sentence, symbol
from engine.ledger import NO_GAPS, Ledger
from engine.parameters import Method, PairParameters, Scale
from engine.snapshot import Snapshot
from engine.views import GapRecord

_METHOD_NAMES = {
    Method.ROLLING: "rolling OLS",
    Method.KALMAN: "Kalman",
    Method.OLS: "OLS, today's fit in hindsight",
    Method.TLS: "total least squares, today's fit in hindsight",
    Method.FIXED: "your own ratio",
}


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg as people read it."""

    instrument: str
    quote: str
    tick_size: float

    @property
    def uploaded(self) -> bool:
        """Whether it came as a file: nothing new comes of it, and it has no quote currency."""
        return self.instrument.startswith("upload:")

    @property
    def symbol(self) -> str:
        return symbol(self.instrument)

    @property
    def short(self) -> str:
        """The symbol without its quote currency: ``BTC``."""
        return self.symbol.removesuffix(self.quote) or self.symbol

    @property
    def quoted(self) -> str:
        """The symbol with its quote currency, if it has one."""
        return listed(self.symbol, self.quote)

    @property
    def digits(self) -> int:
        return price_digits(self.tick_size)


@dataclass(frozen=True, slots=True)
class PairView:
    """A snapshot with its legs, and how many of its last bars are shown.

    `beta_note` is what the last tests say of the hedge ratio on bars so short, blank where that is nothing;
    `ledgers` are the gaps in the trades of y and of x.
    """

    snapshot: Snapshot
    y: Leg
    x: Leg
    show: int
    beta_note: str = ""
    ledgers: tuple[Ledger, Ledger] = (NO_GAPS, NO_GAPS)

    @property
    def parameters(self) -> PairParameters:
        return self.snapshot.parameters

    @property
    def rows(self) -> NDArray[np.void]:
        return self.snapshot.rows[-self.show :]

    @property
    def bar_ms(self) -> int:
        return self.parameters.timeframe.ms

    @property
    def quote(self) -> str:
        """Of both legs, blank where neither has one."""
        if self.y.quote == self.x.quote:
            return self.y.quote
        return f"{self.y.quote or '–'} / {self.x.quote or '–'}"

    @property
    def log(self) -> bool:
        return self.parameters.scale is Scale.LOG

    @property
    def spread_factor(self) -> float:
        """Log spreads are shown in basis points, raw ones in the quote currency of y."""
        return 1e4 if self.log else 1.0

    @property
    def spread_digits(self) -> int:
        return 1 if self.log else self.y.digits

    @property
    def spread_unit(self) -> str:
        return "bp" if self.log else self.y.quote

    @property
    def spread_name(self) -> str:
        return listed("spread", self.spread_unit)

    @property
    def method_name(self) -> str:
        return _METHOD_NAMES[self.parameters.method]

    @property
    def until(self) -> str:
        """The last close, for what follows bars of a second at a slower pace than the rest; blank on longer ones."""
        as_of_ms = self.snapshot.as_of_ms
        return f", to {clock(as_of_ms)}" if as_of_ms is not None and self.bar_ms < 60_000 else ""

    @property
    def lack(self) -> str:
        """Why there is no z at the last bar, in words; blank where there is one."""
        s = self.snapshot
        if len(s.rows) and np.isfinite(s.rows["z"][-1]):
            return ""
        if len(s.rows) and s.have < s.need:
            return f"Warming up: {s.have} of {s.need} bars"
        return sentence(s.reason) or "Not enough data"

    @property
    def gaps(self) -> list[GapRecord]:
        """Gaps of both legs in the span of the bars shown, by the time of the trade after them."""
        found = [gap for ledger in self.ledgers for gap in ledger.since(self.since_ms)]
        return sorted(found, key=lambda gap: gap.before_ms)

    @property
    def since_ms(self) -> int:
        """When the first bar shown opened."""
        rows = self.rows
        return int(rows["open_time_ms"][0]) if len(rows) else 0

    @property
    def gaps_version(self) -> str:
        """Another one, other gaps."""
        return f"{self.ledgers[0].version}-{self.ledgers[1].version}"

    def span_ms(self) -> tuple[float, float]:
        """Closes of the first and last bar shown, with room for the open bar at the right."""
        rows = self.rows
        if not len(rows):
            return (0.0, float(self.bar_ms))
        first, last = (float(rows["open_time_ms"][i] + self.bar_ms) for i in (0, -1))
        return first, last + max(1.5 * self.bar_ms, 0.008 * (last - first))


def close_times(rows: NDArray[np.void], bar_ms: int) -> NDArray[np.float64]:
    """UTC ms of each bar's close: people see bars named by it."""
    return (rows["open_time_ms"] + bar_ms).astype(np.float64)


def numbers(values: NDArray[np.floating], digits: int) -> list[float | None]:
    """A list for a chart: rounded to what can be seen, None where unknown."""
    rounded = np.round(values.astype(np.float64), digits)
    return [value if value == value else None for value in rounded.tolist()]  # noqa: PLR0124  (NaN is not itself)
