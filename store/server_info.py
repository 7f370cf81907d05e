"""What the Redis server tells of itself. A hosted server may keep some of it back: that is None."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis

from store.client import store_errors

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Memory is in 10⁶ bytes; a `limit_mb` of None is none at all. `evicted` keys went for lack of memory."""

    name: str
    version: str
    used_mb: float | None
    peak_mb: float | None
    limit_mb: float | None
    policy: str
    fragmentation: float | None
    clients: int | None
    most_clients: int | None
    commands_per_s: float | None
    evicted: int | None
    uptime_s: int | None


def read_server_info(client: Redis) -> ServerInfo:
    """Raises `StoreUnavailable`."""
    with store_errors():
        told: Any = client.info()
    return ServerInfo(
        name="valkey" if "valkey_version" in told else "redis",
        version=str(told.get("valkey_version") or told.get("redis_version") or ""),
        used_mb=_mb(told.get("used_memory")),
        peak_mb=_mb(told.get("used_memory_peak")),
        limit_mb=_mb(told.get("maxmemory") or None),
        policy=str(told.get("maxmemory_policy") or ""),
        fragmentation=told.get("mem_fragmentation_ratio"),
        clients=told.get("connected_clients"),
        most_clients=told.get("maxclients"),
        commands_per_s=told.get("instantaneous_ops_per_sec"),
        evicted=told.get("evicted_keys"),
        uptime_s=told.get("uptime_in_seconds"),
    )


def _mb(size: int | None) -> float | None:
    return None if size is None else round(size / _MB, 2)
