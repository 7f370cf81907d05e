"""Ticks and their codec: one stream entry holds a micro-batch of packed ticks in trade-id order."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import starmap
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.errors import CorruptRecord


class Side(IntEnum):
    """The side of the trade's aggressor."""

    UNKNOWN = 0
    BUY = 1
    SELL = 2


NOT_RECEIVED = 0


class Tick(NamedTuple):
    """One trade. Times are UTC: the exchange's in ms, our receipt in µs (`NOT_RECEIVED` where it was fetched later)."""

    trade_id: int
    price: float
    quantity: float
    time_ms: int
    received_us: int
    side: int


class Quote(NamedTuple):
    """Best bid and ask. Spot quotes carry no exchange time: there `time_ms` is the receive time."""

    bid: float
    ask: float
    time_ms: int


TICK_DTYPE = np.dtype(
    [
        ("trade_id", "<i8"),
        ("price", "<f8"),
        ("quantity", "<f8"),
        ("time_ms", "<i8"),
        ("received_us", "<i8"),
        ("side", "u1"),
    ]
)
_PACK = Struct("<qddqqB").pack


def encode_ticks(ticks: Iterable[Tick]) -> bytes:
    """Pack ticks back to back, `TICK_DTYPE.itemsize` (41) bytes each."""
    return b"".join(starmap(_PACK, ticks))


def parse_ticks(packed: bytes) -> NDArray[np.void]:
    """A read-only structured array of `TICK_DTYPE` over the packed bytes."""
    if len(packed) % TICK_DTYPE.itemsize:
        raise CorruptRecord(f"{len(packed)} bytes are not whole ticks of {TICK_DTYPE.itemsize}")
    return np.frombuffer(packed, dtype=TICK_DTYPE)
