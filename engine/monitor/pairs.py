"""Which pairs the monitor follows: those watched, those with rules, and those somebody looks at now."""

from __future__ import annotations

from typing import Any

from redis import Redis

from engine.errors import ParameterError
from engine.parameters import PairParameters, parse_parameters
from store import keys
from store.client import store_errors

LOOKED_AT_MS = 60_000
MAX_LOOKED_AT = 500
_NAMES = ("timeframe", "window", "z_window", "method", "scale", "field", "beta")


def looked_at(client: Redis, now_ms: int) -> tuple[PairParameters, ...]:
    """Pairs that a page showed within `LOOKED_AT_MS`, the last looked at first, at most `MAX_LOOKED_AT`."""
    with store_errors():
        members: Any = client.zrevrangebyscore(
            keys.LOOKED_AT, "+inf", now_ms - LOOKED_AT_MS, start=0, num=MAX_LOOKED_AT
        )
    pairs = (parse_pair_key(member.decode()) for member in members)
    return tuple(pair for pair in pairs if pair is not None)


def parse_pair_key(key: str) -> PairParameters | None:
    """The pair that a `PairParameters.key` stands for, None for anything else."""
    y, _, rest = key.partition("|")
    x, _, query = rest.partition("|")
    try:
        parameters = parse_parameters(y, x, dict(zip(_NAMES, query.split("|"), strict=False)))
    except ParameterError:
        return None
    return parameters if parameters.key == key else None
