"""What each process of a board says of itself, every two seconds, in one hash of the store.

Its age goes by the store's clock, which stamps it: processes may stand on machines whose clocks differ. Other times
are the process's own, to be read against `said_ms`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord
from store.latencies import Latency

ProcessKind = Literal["ingest", "monitor", "web", "archive"]
STALE_MS = 4_000
KEEP_MS = 600_000

# Writing and stamping are one step, so that no beat is older than it says.
_WRITE = """
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
return now
"""
_READ = """
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return {now, redis.call('HGETALL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection of an ingestor to its venue. Times are UTC ms of the ingestor's clock, None for not (yet).

    `tried` counts attempts, `opened` the lines that came of them, `lost` those that ended without a successor,
    `replaced` those with one. `skew_s` is how far the venue's clock is ahead of the ingestor's.
    """

    venue: str
    name: str
    host: str
    connected: bool
    detail: str
    streams: int
    silent: tuple[str, ...] = ()
    since_ms: int | None = None
    last_frame_ms: int | None = None
    rotation_ms: int | None = None
    tried: int = 0
    opened: int = 0
    lost: int = 0
    replaced: int = 0
    skew_s: float | None = None


@dataclass(frozen=True, slots=True)
class Vitals:
    """What only the process itself knows: rates a second, counts since its start, times of the last minute."""

    rates: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    latencies: dict[str, Latency] = field(default_factory=dict)
    connections: tuple[ConnectionView, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One process. `memory_mb` is 10⁶ bytes resident, `cpu_share` of one core; both None where the system is silent.

    `written_ms` is the store's clock, `said_ms` and `started_ms` the process's own.
    """

    kind: ProcessKind
    host: str
    pid: int
    started_ms: int
    said_ms: int
    versions: dict[str, str]
    memory_mb: float | None
    cpu_share: float | None
    threads: int
    descriptors: int | None
    vitals: Vitals = field(default_factory=Vitals)
    written_ms: int = 0

    @property
    def name(self) -> str:
        """By which it is told from all others, also from one before it."""
        return process_name(self.kind, self.host, self.pid)

    @property
    def clock_ahead_s(self) -> float:
        """How far the process's clock is ahead of the store's, to the time that a word takes."""
        return round((self.said_ms - self.written_ms) / 1000, 2)

    def stale(self, now_ms: int) -> bool:
        """Whether two beats and more are missing; `now_ms` is the store's clock."""
        return now_ms - self.written_ms > STALE_MS


def process_name(kind: ProcessKind, host: str, pid: int) -> str:
    return f"{kind}@{host}:{pid}"


@dataclass(frozen=True, slots=True)
class Processes:
    """All that spoke within ten minutes, by name, and the store's clock when they were read."""

    now_ms: int
    states: tuple[ProcessState, ...]


def write_process(client: Redis, state: ProcessState) -> int:
    """Say how a process is; returns the store's UTC ms. Raises `StoreUnavailable`."""
    with store_errors():
        return int(client.eval(_WRITE, 1, keys.PROCESSES, state.name, encode_process(state)))


def read_processes(client: Redis) -> Processes:
    """Who is there; what no codec of ours wrote is left out. Raises `StoreUnavailable`."""
    now_ms, fields = _read(client)
    states = [state for raw in fields.values() if (state := _parsed(raw)) is not None]
    recent = [state for state in states if now_ms - state.written_ms <= KEEP_MS]
    return Processes(now_ms, tuple(sorted(recent, key=lambda state: (state.kind, state.host, state.started_ms))))


def remove_process(client: Redis, name: str) -> None:
    """A process that ends as it should leaves no row behind. Raises `StoreUnavailable`."""
    with store_errors():
        client.hdel(keys.PROCESSES, name)


def remove_old_processes(client: Redis) -> None:
    """Clear away those that have been silent for ten minutes, of whatever version. Raises `StoreUnavailable`."""
    now_ms, fields = _read(client)
    stamps = {name: raw.partition(b" ")[0] for name, raw in fields.items()}
    old = [name for name, stamp in stamps.items() if not stamp.isdigit() or now_ms - int(stamp) > KEEP_MS]
    if old:
        with store_errors():
            client.hdel(keys.PROCESSES, *old)


def encode_process(state: ProcessState) -> bytes:
    """JSON without the stamp, which the store puts before it."""
    fields = asdict(state)
    del fields["written_ms"]
    return orjson.dumps(fields)


def parse_process(raw: bytes) -> ProcessState:
    """Raises `CorruptRecord`."""
    try:
        stamp, _, body = raw.partition(b" ")
        fields = orjson.loads(body)
        return ProcessState(**{**fields, "vitals": _vitals(fields["vitals"]), "written_ms": int(stamp)})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptRecord(f"not a process's state: {error}") from error


def _vitals(fields: dict[str, Any]) -> Vitals:
    connections = [ConnectionView(**{**each, "silent": tuple(each["silent"])}) for each in fields["connections"]]
    latencies = {name: Latency(**latency) for name, latency in fields["latencies"].items()}
    more = {"latencies": latencies, "connections": tuple(connections), "notes": tuple(fields["notes"])}
    return Vitals(**{**fields, **more})


def _parsed(raw: bytes) -> ProcessState | None:
    try:
        return parse_process(raw)
    except CorruptRecord:
        return None  # of another version


def _read(client: Redis) -> tuple[int, dict[bytes, bytes]]:
    with store_errors():
        now_ms, fields = client.eval(_READ, 1, keys.PROCESSES)
    return int(now_ms), dict(zip(fields[::2], fields[1::2], strict=True))
