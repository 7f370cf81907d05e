"""Bars and their codec: 85 bytes a bar, read back by the thousand without a Python loop."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import nan
from struct import Struct, pack
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.errors import CorruptRecord


class Source(IntEnum):
    """What a bar was made from."""

    TRADES = 0
    KLINES = 1
    TICKER = 2
    UPLOAD = 3


UNKNOWN_MISSING = 0xFFFF
"""`Bar.missing` where the source has no ids, so that nobody can know."""

MAX_MISSING = 0xFFFE
NO_TRADE_ID = -1


class Bar(NamedTuple):
    """One bar of one instrument.

    A bar without trades repeats the last close in all four prices, with `trades` and `volume` 0
    and ids `NO_TRADE_ID`. `bid` and `ask` are the last quote before the bar's end, NaN where none
    is known. `missing` counts trade ids known to be absent. A higher `revision` of the same
    `open_time_ms` replaces a lower one. `buy_volume` is the part of `volume` whose aggressor bought, NaN
    where a side is unknown; it is kept to seven digits.
    """

    open_time_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int
    first_id: int
    last_id: int
    bid: float
    ask: float
    source: int
    missing: int
    revision: int
    buy_volume: float = nan

    @property
    def completeness(self) -> float | None:
        """Share of the bar's trade ids that were seen, None where the source has no ids."""
        if self.missing == UNKNOWN_MISSING:
            return None
        return self.trades / (self.trades + self.missing) if self.missing else 1.0


PACKED_BAR = np.dtype(
    [
        ("open_time_s", "<u4"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("volume", "<f8"),
        ("trades", "<u4"),
        ("first_id", "<i8"),
        ("id_span", "<u4"),
        ("bid", "<f8"),
        ("ask", "<f8"),
        ("source", "u1"),
        ("missing", "<u2"),
        ("revision", "<u2"),
        ("buy_volume", "<f4"),
    ]
)
_BAR = Struct("<I5dIqI2dBHHf")
_NO_BUY_VOLUME = pack("<f", nan)
_FORMER_SIZE = _BAR.size - len(_NO_BUY_VOLUME)
"""Of bars written before there was a last field, which a store may still hold: nobody knows it of them."""


def encode_bar(bar: Bar) -> bytes:
    """Pack one bar into `PACKED_BAR.itemsize` bytes, every float but the last to the last bit."""
    return _BAR.pack(
        bar.open_time_ms // 1000,
        *bar[1:6],
        bar.trades,
        bar.first_id,
        bar.last_id - bar.first_id,
        bar.bid,
        bar.ask,
        bar.source,
        min(bar.missing, UNKNOWN_MISSING),
        bar.revision,
        bar.buy_volume,
    )


def parse_bar(packed: bytes) -> Bar:
    if len(packed) == _FORMER_SIZE:
        packed += _NO_BUY_VOLUME
    if len(packed) != _BAR.size:
        raise CorruptRecord(f"{len(packed)} bytes are not a bar of {_BAR.size}")
    time_s, o, h, low, c, volume, trades, first, span, bid, ask, source, missing, revision, bought = _BAR.unpack(packed)
    ids = (first, first + span)
    return Bar(time_s * 1000, o, h, low, c, volume, trades, *ids, bid, ask, source, missing, revision, bought)


def parse_bars(packed: Sequence[bytes]) -> NDArray[np.void]:
    """Many packed bars as one structured array of `PACKED_BAR`, in the order given."""
    joined = b"".join(packed)
    if len(joined) != len(packed) * PACKED_BAR.itemsize:
        joined = b"".join(one + _NO_BUY_VOLUME if len(one) == _FORMER_SIZE else one for one in packed)
    if len(joined) != len(packed) * PACKED_BAR.itemsize:
        raise CorruptRecord(f"{len(joined)} bytes are not {len(packed)} bars of {PACKED_BAR.itemsize}")
    return np.frombuffer(joined, dtype=PACKED_BAR)
