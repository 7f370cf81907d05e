"""Says which pairs somebody looks at now: the monitor tests them beside what is watched."""

from __future__ import annotations

from redis import Redis

from engine.parameters import PairParameters
from store import keys
from store.client import store_errors

FORGOTTEN_AFTER_MS = 3_600_000


def mark_looked_at(client: Redis, parameters: PairParameters, now_ms: int) -> None:
    """Somebody looks at this pair now (UTC ms); raises `StoreUnavailable`."""
    with store_errors():
        pipeline = client.pipeline(transaction=False)
        pipeline.zadd(keys.LOOKED_AT, {parameters.key: now_ms})
        pipeline.zremrangebyscore(keys.LOOKED_AT, "-inf", now_ms - FORGOTTEN_AFTER_MS)
        pipeline.execute()
