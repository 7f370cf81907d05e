"""Coinbase's frames become events or counted rejections; nothing raises."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.events import Kind
from ingest.core.rejections import IGNORED, Rejection
from ingest.dialects.coinbase import COINBASE
from ingest.dialects.coinbase_frames import decode_coinbase, parse_time
from store.ticks import Side

LEGS = {"BTC-USD": "btc"}
MATCH = {
    "type": "match", "trade_id": 865127782, "maker_order_id": "5f4b", "taker_order_id": "252b", "side": "buy",
    "size": "0.00029411", "price": "64000.10", "product_id": "BTC-USD", "sequence": 80119530451,
    "time": "2026-07-01T12:00:45.277987Z",
}  # fmt: skip
TIME_MS = 1_782_907_245_277
TICKER = {"type": "ticker", "product_id": "BTC-USD", "price": "64000.10", "best_bid": "64000.09"}
TICKER |= {"best_ask": "64000.10", "time": MATCH["time"], "trade_id": 865127782}


def decoded(message: object) -> tuple[list[Any], dict[Rejection, int]]:
    rejected: dict[Rejection, int] = {}
    raw = message if isinstance(message, bytes) else orjson.dumps(message)
    return decode_coinbase([(5, raw)], LEGS, rejected), rejected


@pytest.mark.parametrize(("maker", "aggressor"), [("buy", Side.SELL), ("sell", Side.BUY)])
def test_the_side_of_a_match_is_its_makers(maker: str, aggressor: Side) -> None:
    tick = (865127782, 64000.10, 0.00029411, TIME_MS, 5, aggressor)
    assert decoded(MATCH | {"side": maker}) == ([(Kind.TRADE, "btc", TIME_MS, tick)], {})


def test_a_ticker_is_a_quote_and_a_heartbeat_tells_the_time() -> None:
    assert decoded(TICKER) == ([(Kind.QUOTE, "btc", TIME_MS, (64000.09, 64000.10, TIME_MS))], {})
    beat = {"type": "heartbeat", "sequence": 90, "last_trade_id": 20, "product_id": "ETH-USD", "time": MATCH["time"]}
    assert decoded(beat) == ([(Kind.CLOCK, None, TIME_MS, None)], {})


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("2026-07-01T12:00:45.277987Z", TIME_MS),
        ("2026-07-01T12:00:45.277Z", TIME_MS),
        ("2026-07-01T14:00:45.277+02:00", TIME_MS),
        ("2026-07-01T12:00:45Z", TIME_MS - 277),
        ("1970-01-01T00:00:00.001Z", 1),
    ],
)
def test_times_are_read_to_the_millisecond(text: str, time_ms: int) -> None:
    assert parse_time(text) == time_ms


def test_what_the_session_must_hear() -> None:
    (answer,), _ = decoded({"type": "subscriptions", "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}]})
    (error,), rejected = decoded({"type": "error", "message": "Failed to subscribe", "reason": "X is not a product"})
    assert (answer[3].kind, error[3].kind, error[3].detail) == (
        "answer",
        "error",
        "Failed to subscribe: X is not a product",
    )
    assert not rejected


BAD = [
    (b"", Rejection.BROKEN_JSON),
    (b"\xff\x00", Rejection.BROKEN_JSON),
    (b"[" * 5_000, Rejection.BROKEN_JSON),
    ([MATCH], Rejection.NOT_AN_EVENT),
    (None, Rejection.NOT_AN_EVENT),
    ({"e": "aggTrade"}, Rejection.NOT_AN_EVENT),
    (MATCH | {"type": "mystery"}, Rejection.UNKNOWN_EVENT),
    (MATCH | {"type": ["match"]}, Rejection.UNKNOWN_EVENT),
    (MATCH | {"product_id": "NO-SUCH"}, Rejection.UNKNOWN_SYMBOL),
    (MATCH | {"product_id": ["BTC-USD"]}, Rejection.WRONG_TYPE),
    (MATCH | {"trade_id": "7"}, Rejection.WRONG_TYPE),
    (MATCH | {"trade_id": True}, Rejection.WRONG_TYPE),
    (MATCH | {"trade_id": -1}, Rejection.BAD_NUMBER),
    (MATCH | {"side": "both"}, Rejection.WRONG_TYPE),
    (MATCH | {"side": None}, Rejection.WRONG_TYPE),
    (MATCH | {"price": 64000.1}, Rejection.WRONG_TYPE),
    *[
        (MATCH | {name: text}, Rejection.BAD_NUMBER)
        for name in ("price", "size")
        for text in ("NaN", "inf", "1e400", "-1", "0", "", "1_000", "abc")
    ],
    *[
        (MATCH | {"time": text}, Rejection.IMPLAUSIBLE_TIME)
        for text in ("", "yesterday", "2026-07-01T12:00:45.277", "2099-01-01T00:00:00Z", "1969-01-01T00:00:00Z")
    ],
    (MATCH | {"time": TIME_MS}, Rejection.WRONG_TYPE),
    *[
        ({k: v for k, v in MATCH.items() if k != name}, Rejection.MISSING_FIELD)
        for name in ("trade_id", "side", "size", "price", "product_id", "time")
    ],
    (TICKER | {"best_bid": "64000.11"}, Rejection.CROSSED_QUOTE),
    (TICKER | {"best_ask": "0"}, Rejection.BAD_NUMBER),
    ({"type": "heartbeat", "product_id": "BTC-USD"}, Rejection.MISSING_FIELD),
]


@pytest.mark.parametrize(("message", "reason"), BAD, ids=[f"{i}-{reason}" for i, (_, reason) in enumerate(BAD)])
def test_what_is_wrong_is_counted_by_its_reason(message: object, reason: Rejection) -> None:
    assert decoded(message) == ([], {reason: 1})


@pytest.mark.parametrize("kind", ["last_match", "status", "l2update", "snapshot", "open", "done", "received", "change"])
def test_what_is_of_no_use_is_ignored(kind: str) -> None:
    assert decoded(MATCH | {"type": kind}) == ([], {Rejection.UNUSED_EVENT: 1})
    assert Rejection.UNUSED_EVENT in IGNORED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(MATCH)), inner, max_size=6),
    max_leaves=10,
)


@given(st.binary(max_size=60) | JSON.map(lambda data: repr(data).encode()))
def test_arbitrary_bytes_never_raise(raw: bytes) -> None:
    events, rejected = decoded(raw)
    assert len(events) + sum(rejected.values()) == 1


@given(st.dictionaries(st.sampled_from(sorted(MATCH)), JSON, max_size=3))
def test_arbitrary_fields_never_raise(changes: dict[str, Any]) -> None:
    try:
        raw = orjson.dumps(MATCH | changes)
    except TypeError:  # an integer that no JSON writer takes
        return
    events, rejected = decoded(raw)
    assert len(events) + sum(rejected.values()) == 1


def test_frames_are_named_by_product_and_channel() -> None:
    frames = [
        orjson.dumps(MATCH),
        orjson.dumps(TICKER),
        b'{"type":"subscriptions","channels":[]}',
        b"",
        b'{"type":"match"}',
    ]
    assert COINBASE.names(frames) == [b"BTC-USD@matches", b"BTC-USD@ticker", b"", b"", b""]
    turned = orjson.dumps(dict(reversed(MATCH.items())))
    assert COINBASE.names([turned]) == [b""]
    assert COINBASE.word(turned).stream == b"BTC-USD@matches"
    assert COINBASE.word(b"[1]") == COINBASE.word(b"\x00") == COINBASE.word(b'{"type":["match"]}') == (b"", False)


def test_streams_are_asked_for_by_channel() -> None:
    streams = ("BTC-USD@matches", "ETH-USD@matches", "BTC-USD@heartbeat")
    assert COINBASE.subscribed_by_address(streams) == ()
    assert orjson.loads(COINBASE.request("unsubscribe", streams, 7)) == {
        "type": "unsubscribe",
        "channels": [
            {"name": "matches", "product_ids": ["BTC-USD", "ETH-USD"]},
            {"name": "heartbeat", "product_ids": ["BTC-USD"]},
        ],
    }
