"""What is known of a pair's life, as it is written down."""

from __future__ import annotations

import orjson

from engine.stages import Life, Order
from store.errors import CorruptRecord


def write_facts(life: Life) -> str:
    """JSON of what is not as at the start."""
    start = Life()._asdict()
    known = {name: value for name, value in life._asdict().items() if value != start[name]}
    known |= {"seen": [*life.seen]}
    return orjson.dumps(known, default=_listed).decode()


def read_facts(text: str) -> Life:
    """What `write_facts` wrote; raises `CorruptRecord`."""
    try:
        facts = orjson.loads(text)
        sets = {name: frozenset(facts[name]) for name in ("signals", "breaks") if name in facts}
        seen = {"seen": Order(*facts["seen"])} if "seen" in facts else {}
        return Life(**{**facts, **sets, **seen})
    except (orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise CorruptRecord(f"not what is known of a pair: {error}") from error


def _listed(value: object) -> list[int]:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is no fact")
