"""The state of a rule as it is written down."""

from __future__ import annotations

from functools import lru_cache

import orjson

from analytics.alerts import AlertState, Level
from store.errors import CorruptRecord

_KEPT = 8_192  # states: of a thousand rules few differ, and few change at a bar


@lru_cache(_KEPT)
def write_state(state: AlertState) -> str:
    """JSON of what is not as at the start."""
    start = AlertState()._asdict()
    return orjson.dumps({name: value for name, value in state._asdict().items() if value != start[name]}).decode()


@lru_cache(_KEPT)
def read_state(text: str) -> AlertState:
    """What `write_state` wrote, or the bare level of an earlier form; raises `CorruptRecord`."""
    try:
        if not text.startswith("{"):
            return AlertState(Level(text))
        fields = orjson.loads(text)
        levels = {name: Level(fields[name]) for name in ("level", "breach") if name in fields}
        return AlertState(**{**fields, **levels})
    except (orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise CorruptRecord(f"not the state of a rule: {error}") from error
