"""Binance's dialect: spot, USD-M futures, and the simulated exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from urllib.parse import quote

import orjson

from ingest.core.decode import decode_frames
from ingest.core.events import Event, LegT
from ingest.core.rejections import Rejection
from ingest.dialects.binance_calls import BinanceCalls
from ingest.dialects.calls import Calls, Weights
from ingest.dialects.dialect import Asking, Dialect, Word

_WRAPPER = b'{"stream":"'
_NAME = len(_WRAPPER)


class Binance(Dialect):
    """Streams are named in the address, and in a wrapper around each message."""

    trades = (b"@aggTrade", b"@trade")

    def decode(
        self, frames: Iterable[tuple[int, bytes]], legs: Mapping[str, LegT], rejected: MutableMapping[Rejection, int]
    ) -> list[Event[LegT]]:
        return decode_frames(frames, legs, rejected)

    def address(self, base: str, streams: Sequence[str]) -> str:
        return f"{base}?streams={'/'.join(quote(stream, safe='@!') for stream in streams)}"

    def subscribed_by_address(self, streams: Sequence[str]) -> tuple[str, ...]:
        return tuple(streams)

    def request(self, asking: Asking, streams: Sequence[str], number: int) -> bytes:
        return orjson.dumps({"method": asking.upper(), "params": list(streams), "id": number})

    def names(self, frames: Sequence[bytes]) -> list[bytes]:
        return [raw[_NAME : raw.find(b'"', _NAME)] for raw in frames]

    def word(self, raw: bytes) -> Word:
        try:
            message = orjson.loads(raw)
            name = message.get("stream", "").encode()
            data = message.get("data", message)
            kind = data.get("e") if isinstance(data, dict) else None
        except (orjson.JSONDecodeError, AttributeError):
            return Word()  # the core counts it
        return Word(name, kind == "serverShutdown")

    def calls(self, weights: Weights, *, info_by_symbol: bool) -> Calls:
        return BinanceCalls(weights, info_by_symbol=info_by_symbol)


BINANCE = Binance()
