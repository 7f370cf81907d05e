"""Coinbase Exchange's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence

import orjson

from ingest.core.events import Event, LegT
from ingest.core.rejections import Rejection
from ingest.dialects.calls import Calls, Weights
from ingest.dialects.coinbase_calls import CoinbaseCalls
from ingest.dialects.coinbase_frames import decode_coinbase
from ingest.dialects.dialect import Asking, Dialect, Word

_TYPE, _PRODUCT = b'{"type":"', b'"product_id":"'
_CHANNELS = {b"match": b"@matches", b"ticker": b"@ticker", b"heartbeat": b"@heartbeat"}


class Coinbase(Dialect):
    """Streams are subscribed by a message once the connection is open; a frame names its product and type."""

    trades = (b"@matches",)

    def decode(
        self, frames: Iterable[tuple[int, bytes]], legs: Mapping[str, LegT], rejected: MutableMapping[Rejection, int]
    ) -> list[Event[LegT]]:
        return decode_coinbase(frames, legs, rejected)

    def address(self, base: str, streams: Sequence[str]) -> str:  # noqa: ARG002  # one for all
        return base

    def subscribed_by_address(self, streams: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002  # none are
        return ()

    def request(self, asking: Asking, streams: Sequence[str], number: int) -> bytes:  # noqa: ARG002  # no numbers
        channels: dict[str, list[str]] = {}
        for stream in streams:
            product, _, channel = stream.partition("@")
            channels.setdefault(channel, []).append(product)
        wanted = [{"name": channel, "product_ids": products} for channel, products in channels.items()]
        return orjson.dumps({"type": asking, "channels": wanted})

    def names(self, frames: Sequence[bytes]) -> list[bytes]:
        return [_name(raw) for raw in frames]

    def word(self, raw: bytes) -> Word:
        """Another order of members, or spaces between them."""
        try:
            message = orjson.loads(raw)
            channel = _CHANNELS[message["type"].encode()]
            return Word(message["product_id"].encode() + channel)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            return Word()  # the core counts it

    def calls(self, weights: Weights, *, info_by_symbol: bool) -> Calls:  # noqa: ARG002  # always by symbol
        return CoinbaseCalls(weights)


def _name(raw: bytes) -> bytes:
    if not raw.startswith(_TYPE):
        return b""
    channel = _CHANNELS.get(raw[len(_TYPE) : raw.find(b'"', len(_TYPE))])
    start = raw.find(_PRODUCT) + len(_PRODUCT)
    if channel is None or start < len(_PRODUCT):
        return b""
    return raw[start : raw.find(b'"', start)] + channel


COINBASE = Coinbase()
