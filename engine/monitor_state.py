"""What the monitor says about itself, once a second."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord

ALIVE_MS = 5_000
"""A monitor that wrote within this time is alive: it writes every second."""


@dataclass(frozen=True, slots=True)
class MonitorState:
    """What it follows, and how many alerts it wrote since its start. Times are UTC."""

    written_ms: int
    started_ms: int
    pairs: int
    rules: int
    alerts: int

    def alive(self, now_ms: int) -> bool:
        return now_ms - self.written_ms <= ALIVE_MS


def write_monitor_state(client: Redis, state: MonitorState) -> None:
    with store_errors():
        client.set(keys.MONITOR_STATE, orjson.dumps(asdict(state)), px=60_000)


def read_monitor_state(client: Redis) -> MonitorState | None:
    """The last word of the monitor, None where none has spoken within a minute."""
    with store_errors():
        raw = client.get(keys.MONITOR_STATE)
    if raw is None:
        return None
    try:
        return MonitorState(**orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise CorruptRecord(f"not a monitor's state: {error}") from error
