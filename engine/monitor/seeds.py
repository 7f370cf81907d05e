"""The pairs that a fresh board opens with, for each venue that has data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from engine.parameters import PairParameters
from store.catalogue import InstrumentInfo
from store.instruments import parse_instrument
from store.timeframes import Timeframe

MAX_REPLAY_PAIRS = 8
_PAIRS = (
    ("BTC", "ETH"),
    ("SOL", "AVAX"),
    ("LTC", "BCH"),
    ("LINK", "DOT"),
    ("ADA", "XRP"),
    ("ETH", "SOL"),
    ("BNB", "BTC"),
    ("TRX", "XRP"),
)


def default_pairs(venue: str, instruments: Sequence[InstrumentInfo]) -> tuple[PairParameters, ...]:
    """Pairs to watch from the start, both legs of which are there, in a fixed order.

    A recording is short, so its neighbours are watched second by second; uploads are left alone.
    """
    here = sorted((info for info in instruments if parse_instrument(info.id).venue == venue), key=_place)
    if venue == "upload":
        return ()
    if venue == "replay":
        neighbours = list(pairwise(info.id for info in here))[:MAX_REPLAY_PAIRS]
        return tuple(PairParameters(y, x, Timeframe.S1) for y, x in neighbours)
    named = {parse_instrument(info.id).symbol: info.id for info in here}
    wanted = ((f"{y}USDT", f"{x}USDT") for y, x in _PAIRS)
    return tuple(PairParameters(named[y], named[x]) for y, x in wanted if y in named and x in named)


def _place(info: InstrumentInfo) -> tuple[int, str]:
    return info.position, info.id
