"""What is known of a connection, and how long it waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.errors import RegionRefused
from ingest.live.dial import CONNECT_TIMEOUT_S
from ingest.live.rhythm import SILENT_AFTER_S


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things are waited for. The venue ends a line after 24 h: begin before that, and not all at once."""

    silent_after_s: float = SILENT_AFTER_S
    replace_after_s: float = 23.5 * 3600
    replace_spread_s: float = 900.0
    overlap_s: float = 60.0
    connect_s: float = CONNECT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class LineInUse:
    """Where it leads, and when (monotonic seconds) it was opened, last heard, and is to be replaced."""

    host: str
    opened_s: float
    last_s: float | None
    replace_at_s: float


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """What is known of a connection. Connected means that data comes.

    `opened` counts lines, `lost` ends without a successor, `replaced` those with one. `silent` streams should
    deliver and do not, each with the monotonic second at which it was last heard. `refused` ends it for good.
    """

    connected: bool = False
    opened: int = 0
    lost: int = 0
    replaced: int = 0
    detail: str = "connecting"
    silent: tuple[tuple[str, float], ...] = ()
    refused: RegionRefused | None = None
