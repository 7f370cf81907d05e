"""Errors of the ingestor.

IngestError
├── ConfigurationError      cannot start as asked: said once, exit code 2
│   ├── InvalidSettings     environment variables that are unknown values or contradict each other
│   ├── UnknownSymbols      symbols that the venue does not trade
│   ├── StoreUnreachable    no answer from the store at start
│   ├── RegionRefused       the venue serves no one from here (HTTP 451): never retried
│   └── BrokenRecording     a recording that cannot be read, with the line that is broken
├── SimulatorEnded          the simulated exchange that we started is gone
├── Stopped                 somebody asked the process to end while it waited: no fault
└── VenueError              the venue did not give what was asked for, this time
    ├── VenueUnavailable    no answer, or 5xx: try again later
    ├── RateLimited         429 or 403, or our own budget: call nothing for `retry_after_s`
    │   └── Banned          418: nothing at all, no connection either
    ├── VenueRefused        4xx with a code of the venue
    └── BrokenWire          what came over a connection is no websocket message, or too long
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class IngestError(Exception):
    """Base of all errors of the ingestor."""


class ConfigurationError(IngestError):
    """The ingestor cannot start as it was asked to; the message is one sentence for a person."""


class InvalidSettings(ConfigurationError):
    """All that is wrong with the environment, at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("cannot start: " + "; ".join(problems))
        self.problems = tuple(problems)


class UnknownSymbols(ConfigurationError):
    """Symbols that the venue does not trade."""

    def __init__(self, feed: str, unknown: Sequence[str], not_trading: Sequence[str] = ()) -> None:
        parts = []
        if unknown:
            parts.append(f"{feed} has no symbol {', '.join(unknown)}")
        if not_trading:
            parts.append(f"{feed} does not trade {', '.join(not_trading)} now")
        super().__init__(f"{' and '.join(parts)}: correct SYMBOLS")
        self.unknown = tuple(unknown)
        self.not_trading = tuple(not_trading)


class StoreUnreachable(ConfigurationError):
    """No answer from the store at start."""

    def __init__(self, address: str, reason: object) -> None:
        super().__init__(f"the store at {address} cannot be reached: start it or correct REDIS_URL ({reason})")
        self.address = address


class RegionRefused(ConfigurationError):
    """HTTP 451: the venue does not serve this location, and asking again changes nothing."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} refuses to serve this region (HTTP 451): run the ingestor in another region, or use FEED=sim"
        )
        self.host = host


class BrokenRecording(ConfigurationError):
    """A recording that cannot be read. `line` counts from 1, None where no single line is at fault."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        place = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{place}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class EmptyShard(ConfigurationError):
    """A part of the instruments that holds none of them."""

    def __init__(self, shard: str, symbols: int) -> None:
        super().__init__(f"INGEST_SHARD={shard}: none of the {symbols} symbols falls into this part: use fewer parts")


class SimulatorEnded(IngestError):
    """The simulated exchange that we started is gone; a new start brings a new one."""


class Stopped(IngestError):
    """The process was asked to end while it waited for something."""


class VenueError(IngestError):
    """The venue did not give what was asked for, this time."""


class VenueUnavailable(VenueError):
    """No answer, or a server error: the outcome is unknown, and asking again is right."""


class RateLimited(VenueError):
    """Nothing may be asked for a while."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(f"{reason}: nothing is asked for {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class Banned(RateLimited):
    """The venue wants to hear nothing at all from this address for a while."""


class VenueRefused(VenueError):
    """The venue refused a request. `code` is its own, such as -1121 for an invalid symbol, 0 where it gave none."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"HTTP {status}, code {code}: {message}")
        self.status = status
        self.code = code


class BrokenWire(VenueError):
    """What came over a connection is no websocket message, or too long. `code` is the close code that says so."""

    def __init__(self, what: str, code: int) -> None:
        super().__init__(f"the venue sent {what}")
        self.code = code
