"""Errors of the simulated exchange.

SimulationError
├── UnknownSymbol     no such simulated instrument (also a LookupError)
├── UnknownPair       no relation is planted between these two (also a LookupError)
├── InvalidStream     a stream name or control message that the venue refuses, with its code
├── RestRefusal       a REST call that the venue refuses, with its status and code
├── InvalidFaults     a text that names no known faults
├── InvalidBreaks     a text that names breaks that cannot be planted
└── NotStarted        the server thread ended before it listened
"""

from __future__ import annotations

from collections.abc import Mapping


class SimulationError(Exception):
    """Base of all errors of the simulated exchange."""


class UnknownSymbol(SimulationError, LookupError):
    """No such simulated instrument."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"{symbol[:40]!r} is not simulated: GET /sim/truth lists what is")
        self.symbol = symbol


class UnknownPair(SimulationError, LookupError):
    """No relation is planted between these two."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no relation is planted for {name[:80]!r}: GET /sim/truth lists those that are")
        self.name = name


class InvalidStream(SimulationError):
    """A stream name or control message that the venue refuses."""

    def __init__(self, code: int, message: str, request_id: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.request_id = request_id


class RestRefusal(SimulationError):
    """A REST call that the venue refuses."""

    def __init__(self, status: int, code: int, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


class NotStarted(SimulationError):
    """The server thread ended before it listened."""


class InvalidFaults(SimulationError):
    """A text that names no known faults: each part of it that is none, and why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("SIM_FAULTS has " + "; ".join(f"{part[:80]!r}: {why}" for part, why in reasons.items()))
        self.reasons = reasons


class InvalidBreaks(SimulationError):
    """A text that names breaks that cannot be planted: each part of it that is none, and why."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("SIM_BREAKS has " + "; ".join(f"{part[:80]!r}: {why}" for part, why in reasons.items()))
        self.reasons = reasons
