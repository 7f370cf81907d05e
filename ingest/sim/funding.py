"""Funding of the simulated perpetuals: a pure function of symbol and time, by the rule that the venue publishes.

The mark stands above the index by a premium that swings slowly, each symbol's with a period and a phase of its own. The
rate to be paid at the end of an interval is the premium's mean over it so far, pulled towards an interest of one basis
point by at most five.
"""

from __future__ import annotations

from math import cos, pi, sin

from ingest.sim.catalogue import HOUR_MS, INSTRUMENTS

INTEREST = 0.0001
MOST_PULL = 0.0005
PREMIUM = 0.0012
"""The largest, either way: enough for rates of both signs."""

_PLACES = {spec.symbol: place for place, spec in enumerate(INSTRUMENTS)}
_INTERVAL_H = {"LINKUSDT": 4, "DOTUSDT": 4, "TRXUSDT": 1}
_USUAL_INTERVAL_H = 8


def funding_interval_ms(symbol: str) -> int:
    """Funding is paid whenever UTC time is a multiple of this."""
    return _INTERVAL_H.get(symbol, _USUAL_INTERVAL_H) * HOUR_MS


def next_funding_ms(symbol: str, time_ms: int) -> int:
    """The next settlement after a time."""
    interval_ms = funding_interval_ms(symbol)
    return (time_ms // interval_ms + 1) * interval_ms


def premium(symbol: str, time_ms: float) -> float:
    """How far the mark stands above the index, as a share of it."""
    return PREMIUM * sin(_angle(symbol, time_ms))


def funding_rate(symbol: str, time_ms: int) -> float:
    """The rate of the running interval as it is known at a time."""
    start_ms = next_funding_ms(symbol, time_ms) - funding_interval_ms(symbol)
    if time_ms == start_ms:
        mean = premium(symbol, start_ms)
    else:
        began, now = _angle(symbol, start_ms), _angle(symbol, time_ms)
        mean = PREMIUM * (cos(began) - cos(now)) / (now - began)
    return mean + min(max(INTEREST - mean, -MOST_PULL), MOST_PULL)


def _angle(symbol: str, time_ms: float) -> float:
    place = _PLACES[symbol]
    return 2.0 * pi * (time_ms / ((19 + 3 * place) * HOUR_MS)) + place
