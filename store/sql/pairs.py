"""How a pair with its parameters stands in a row of the database."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from store.errors import CorruptRecord


class PairRecord(NamedTuple):
    """The legs, the query that names the parameters, and the one word that tells equal ones."""

    pair_key: str
    y: str
    x: str
    query: dict[str, str]


def encode_pair(pair: PairRecord) -> dict[str, Any]:
    return {**pair._asdict(), "query": orjson.dumps(pair.query).decode()}


def parse_pair(row: Any) -> PairRecord:
    """Read the four columns of a pair from a result row that has them."""
    try:
        query = {str(name): str(value) for name, value in orjson.loads(row.query).items()}
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise CorruptRecord(f"not the parameters of a pair: {row.query[:80]!r}") from error
    return PairRecord(row.pair_key, row.y, row.x, query)
