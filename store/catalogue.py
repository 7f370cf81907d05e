"""The instruments that are there, as the ingestor registered them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson

from store.errors import CorruptRecord
from store.timeframes import Timeframe


@dataclass(frozen=True, slots=True)
class InstrumentInfo:
    """Facts of one instrument. `tick_size` is the price step; `position` orders a venue's list.

    `finest` is the finest timeframe that it has bars of. Of one that is not `followed` any more nothing new comes.
    `completeness` is the share of all its trade ids that are there, of an upload whose trades have ids; None of others.
    """

    id: str
    base: str
    quote: str
    tick_size: float
    position: int
    finest: str = Timeframe.S1.value
    followed: bool = True
    completeness: float | None = None


def encode_info(info: InstrumentInfo) -> bytes:
    return orjson.dumps(asdict(info))


def parse_info(raw: bytes) -> InstrumentInfo:
    try:
        return InstrumentInfo(**orjson.loads(raw))
    except (orjson.JSONDecodeError, TypeError) as error:
        raise CorruptRecord(f"not an instrument: {error}") from error
