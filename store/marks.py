"""Mark prices and funding of perpetual futures: the last word of the venue, and what was settled."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import Any, NamedTuple

import orjson
from redis import Redis

from store import keys
from store.client import store_errors
from store.errors import CorruptRecord

KEPT_SETTLEMENTS = 1_000
"""Of one instrument, the newest: a year at three a day."""


class MarkPrice(NamedTuple):
    """What the venue said of an instrument at `time_ms` (UTC, its own clock).

    `price` is the mark price, `index_price` that of the index. `rate` is the funding rate that is to be paid at
    `next_funding_ms`, as far as it is known by then: a share of the notional, longs pay shorts where it is positive. It
    is NaN, with a time of 0, where nothing is paid.
    """

    price: float
    index_price: float
    rate: float
    next_funding_ms: int
    time_ms: int


class Settlement(NamedTuple):
    """Funding as it was paid at `time_ms`: the last rate and mark price told before it, at `told_ms`.

    `told_ms` well before `time_ms` means that nobody listened in between: the rate may then have been another.
    """

    time_ms: int
    rate: float
    price: float
    told_ms: int


def mark_fields(mark: MarkPrice) -> list[str | bytes]:
    """Field and value of each part, as they stand in the hash; NaN as an empty text."""
    return [part for name, value in mark._asdict().items() for part in (name, _text(value))]


def parse_mark(fields: dict[bytes, bytes]) -> MarkPrice | None:
    """None for an instrument that has none; raises `CorruptRecord`."""
    if not fields:
        return None
    try:
        price, index_price, rate = (_number(fields[name]) for name in (b"price", b"index_price", b"rate"))
        return MarkPrice(price, index_price, rate, int(fields[b"next_funding_ms"]), int(fields[b"time_ms"]))
    except (KeyError, ValueError) as error:
        raise CorruptRecord(f"not a mark price: {error!r}") from error


def encode_settlement(settlement: Settlement) -> bytes:
    return orjson.dumps(settlement._asdict())


def parse_settlement(raw: bytes) -> Settlement:
    """Raises `CorruptRecord`."""
    try:
        return Settlement(**orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise CorruptRecord(f"not a settlement of funding: {error}") from error


def read_marks(client: Redis, instruments: Sequence[str]) -> list[MarkPrice | None]:
    """The last word on each instrument, in one round trip; raises `StoreUnavailable` or `CorruptRecord`."""
    with store_errors(), client.pipeline(transaction=False) as pipe:
        for instrument in instruments:
            pipe.hgetall(keys.marks(instrument))
        return [parse_mark(fields) for fields in pipe.execute()]


def read_settlements(client: Redis, instrument: str) -> tuple[Settlement, ...]:
    """Each settlement that is kept, once, oldest first; raises `StoreUnavailable` or `CorruptRecord`."""
    with store_errors():
        entries: Any = client.xrange(keys.funding(instrument))
    found = (parse_settlement(fields[keys.FIELD]) for _, fields in entries if keys.FIELD in fields)
    last = {settlement.time_ms: settlement for settlement in found}
    return tuple(last[time_ms] for time_ms in sorted(last))


def _text(value: float) -> str:
    return repr(value) if isfinite(value) else ""


def _number(text: bytes) -> float:
    return float(text) if text else nan
