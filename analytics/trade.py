"""The ledger of a trade in two legs: units fixed at the entry, four fills, half-spreads, funding.

    net = sum over legs of [units · (exit - entry) - fees - half-spreads - funding]

There is no other profit in a pair. The change of a spread whose beta is fitted anew at every bar is none: it
contains the change of beta, which nobody is paid for.

>>> y = LegTrade(units=1.0, entry=100.0, exit=103.0, fee_bps=5.0)
>>> x = LegTrade(units=-2.0, entry=50.0, exit=50.5, fee_bps=5.0, funding=(FundingPayment(8, 50.0, 0.0001),))
>>> trade = round_trip(y, x, entry_ms=1, exit_ms=9)
>>> trade.gross, round(trade.fees, 4), round(trade.funding, 4), round(trade.net, 4)
(2.0, 0.202, -0.01, 1.808)
>>> round(trade.break_even_bps, 2)
49.75
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analytics.errors import InvalidOption
from analytics.series import MOST_SIZE, Vector, as_vector, require_equal_lengths, require_finite, require_length

BPS = 1e-4


class FundingPayment(NamedTuple):
    """A settlement of a perpetual future: what is held is valued at `mark`; with a positive `rate` longs pay."""

    time_ms: int
    mark: float
    rate: float


@dataclass(frozen=True, slots=True)
class LegTrade:
    """One leg: `units` held (negative: short), prices of entry and exit as mid prices, or as fills where
    `half_spread_bps` is 0.

    `fee_bps` and `half_spread_bps` are paid on the notional of each of the two fills. `funding`: the settlements of
    this leg, with its own times; those outside the trade do not count.
    """

    units: float
    entry: float
    exit: float
    fee_bps: float = 0.0
    half_spread_bps: float = 0.0
    funding: tuple[FundingPayment, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """In the currency of the prices: `net` = `gross` - `fees` - `half_spreads` - `funding` (negative: received).

    `turnover` is the notional of the four fills; `break_even_bps` the cost on it, in basis points a fill, at which
    nothing would be left of gross less funding: negative where nothing was there to begin with.
    """

    gross: float
    fees: float
    half_spreads: float
    funding: float
    net: float
    turnover: float
    break_even_bps: float


def round_trip(y: LegTrade, x: LegTrade, *, entry_ms: int, exit_ms: int) -> RoundTrip:
    """The outcome of a trade of both legs, entered at `entry_ms` and left at `exit_ms`, with the units of the entry.

    A settlement counts from after the entry to the exit itself. Raises `InvalidOption` for prices that are not
    positive, negative costs, values that are not finite, no units at all, or an exit before the entry.
    """
    if exit_ms < entry_ms:
        raise InvalidOption("exit_ms", exit_ms, f"give a time from entry_ms = {entry_ms} on")
    for name, leg in (("y", y), ("x", x)):
        _check(name, leg)
    legs = (y, x)
    gross = math.fsum(leg.units * (leg.exit - leg.entry) for leg in legs)
    traded = [abs(leg.units) * (leg.entry + leg.exit) for leg in legs]
    turnover = math.fsum(traded)
    if not turnover > 0.0:
        raise InvalidOption("units", 0.0, "a trade holds units of a leg at least")
    fees = math.fsum(notional * leg.fee_bps * BPS for notional, leg in zip(traded, legs, strict=True))
    half_spreads = math.fsum(notional * leg.half_spread_bps * BPS for notional, leg in zip(traded, legs, strict=True))
    funding = math.fsum(payment for leg in legs for payment in _payments(leg, entry_ms, exit_ms))
    return RoundTrip(
        gross=gross,
        fees=fees,
        half_spreads=half_spreads,
        funding=funding,
        net=math.fsum((gross, -fees, -half_spreads, -funding)),
        turnover=turnover,
        break_even_bps=(gross - funding) / turnover / BPS,
    )


def marked_pnl(y: ArrayLike, x: ArrayLike, units_y: ArrayLike, units_x: ArrayLike, *, cost_bps: float = 0.0) -> Vector:
    """Profit (n,) of each bar for units held from the close of one bar to the next; prices and units (n,), finite.

    `units_y[t]` are held from the close of bar t on, so they earn first at t + 1; a change of units is a trade at
    that close and costs `cost_bps` of its notional. What is held at the end is marked, not sold. Raises
    `InvalidOption` for a negative cost, `NotFinite`, `LengthMismatch`, `WrongShape`, `TooShort` (n < 2).
    """
    if not 0.0 <= cost_bps <= MOST_SIZE:
        raise InvalidOption("cost_bps", cost_bps, "give 0 or more")
    named = {"y": y, "x": x, "units_y": units_y, "units_x": units_x}
    vectors = {name: as_vector(name, values) for name, values in named.items()}
    require_equal_lengths(*vectors.values())
    require_length(len(vectors["y"]), 2)
    for name, values in vectors.items():
        require_finite(name, values)
        if np.max(np.abs(values)) > MOST_SIZE:
            raise InvalidOption(name, float(np.max(np.abs(values))), f"give values up to {MOST_SIZE:.0e}")
    profit = np.zeros(len(vectors["y"]))
    for price, held in ((vectors["y"], vectors["units_y"]), (vectors["x"], vectors["units_x"])):
        profit[1:] += held[:-1] * np.diff(price)
        profit -= np.abs(np.diff(held, prepend=0.0)) * np.abs(price) * cost_bps * BPS
    return profit


def _check(name: str, leg: LegTrade) -> None:
    for field in fields(leg):
        if field.name == "funding":
            continue
        value = getattr(leg, field.name)
        least = -math.inf if field.name == "units" else 0.0
        open_end = field.name in ("entry", "exit")
        if not abs(value) <= MOST_SIZE or value < least or (open_end and value == 0.0):
            wanted = "a finite number" if field.name == "units" else "a positive price" if open_end else "0 or more"
            raise InvalidOption(f"{field.name} of leg {name}", value, f"give {wanted}")
    for payment in leg.funding:
        if not (0.0 < payment.mark <= MOST_SIZE and abs(payment.rate) <= MOST_SIZE):
            raise InvalidOption(f"funding of leg {name}", payment, "give a positive mark and a finite rate")


def _payments(leg: LegTrade, entry_ms: int, exit_ms: int) -> Iterator[float]:
    return (leg.units * payment.mark * payment.rate for payment in leg.funding if entry_ms < payment.time_ms <= exit_ms)
