"""Frames become events or counted rejections; nothing raises."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.decode import decode_frames
from ingest.core.events import Kind, MarkWord, Notice, TickerRow, Tickers
from ingest.core.examine import examine
from ingest.core.rejections import IGNORED, Rejection
from store.marks import MarkPrice

LEGS = {"BTCUSDT": "btc", "币安人生USDT": "other"}
TRADE = {"e": "aggTrade", "E": 1_700_000_000_005, "s": "BTCUSDT", "a": 7, "p": "64000.10", "q": "0.003"}
TRADE |= {"T": 1_700_000_000_001, "m": True}
QUOTE = {"e": "bookTicker", "u": 1, "E": 1_700_000_000_005, "T": 1_700_000_000_004, "s": "BTCUSDT"}
QUOTE |= {"b": "64000.0", "B": "1", "a": "64000.1", "A": "2"}
ROWS = [
    {"e": "24hrMiniTicker", "E": 1_700_000_000_100, "s": "A", "c": "1.5", "q": "0.00", "st": 1},
    {"e": "24hrMiniTicker", "E": 1_700_000_000_900, "s": "B_PERP", "c": "7", "q": "1", "st": 2},
    {"e": "24hrMiniTicker", "E": 1_700_000_000_200, "s": "C", "c": "2.0", "q": "7.5"},
]
MARK = {"e": "markPriceUpdate", "E": 1_700_000_000_000, "s": "BTCUSDT", "p": "64001.50", "i": "64000.25"}
MARK |= {"r": "-0.00012500", "T": 1_700_006_400_000}


def wrapped(data: object) -> bytes:
    return orjson.dumps({"stream": "x", "data": data})


def decoded(raw: bytes) -> tuple[list[Any], dict[Rejection, int]]:
    rejected: dict[Rejection, int] = {}
    return decode_frames([(5, raw)], LEGS, rejected), rejected


def test_an_aggregate_trade_in_either_form() -> None:
    tick = (7, 64000.10, 0.003, 1_700_000_000_001, 5, 2)
    expected = [(Kind.AGG_TRADE, "btc", 1_700_000_000_005, tick)]
    assert decoded(wrapped(TRADE)) == (expected, {})
    assert decoded(orjson.dumps(TRADE)) == (expected, {})
    assert decoded(wrapped(TRADE | {"nq": "1", "st": 1, "new": {"deep": [1]}})) == (expected, {})


def test_a_raw_trade_has_its_own_ids() -> None:
    raw = wrapped({k: v for k, v in TRADE.items() if k != "a"} | {"e": "trade", "t": 9, "m": False, "X": "MARKET"})
    (event,), rejected = decoded(raw)
    assert event[0] == Kind.TRADE
    assert event[3][0] == 9
    assert event[3][5] == 1
    assert not rejected


def test_quotes_of_futures_carry_a_time_and_those_of_spot_none() -> None:
    spot = {k: v for k, v in QUOTE.items() if k not in "eET"}
    assert decoded(wrapped(QUOTE))[0] == [(Kind.QUOTE, "btc", 1_700_000_000_005, (64000.0, 64000.1, 1_700_000_000_005))]
    assert decoded(wrapped(spot))[0] == [(Kind.QUOTE, "btc", 0, (64000.0, 64000.1, 0))]


def test_a_ticker_array_tells_the_time_and_the_prices_of_our_market() -> None:
    assert decoded(wrapped(ROWS)) == (
        [
            (
                Kind.TICKERS,
                None,
                1_700_000_000_200,
                Tickers((TickerRow("A", 1.5, 0.0, 1_700_000_000_100), TickerRow("C", 2.0, 7.5, 1_700_000_000_200)), ()),
            )
        ],
        {},
    )
    assert decoded(wrapped(ROWS[1:2])) == ([], {})
    other = [{"e": "24hrTicker", "E": 1_700_000_000_100, "s": "A"}]
    assert decoded(wrapped(other)) == ([(Kind.CLOCK, None, 1_700_000_000_100, None)], {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *[({"c": text}, Rejection.BAD_NUMBER) for text in ("0", "-1", "NaN", "inf", "1e400", "", "1_0")],
        *[({"q": text}, Rejection.BAD_NUMBER) for text in ("-0.1", "NaN", "-inf", "1e400", "")],
        ({"c": 1.5}, Rejection.WRONG_TYPE),
        ({"q": None}, Rejection.WRONG_TYPE),
        ({"s": 5}, Rejection.WRONG_TYPE),
        ({"s": ""}, Rejection.WRONG_TYPE),
        ({"s": "A" * 65}, Rejection.WRONG_TYPE),
    ],
)
def test_a_broken_row_of_an_array_is_counted_and_the_others_are_taken(
    changes: dict[str, Any], reason: Rejection
) -> None:
    (event,), rejected = decoded(wrapped([ROWS[0] | changes, ROWS[2]]))
    assert event[2:] == (1_700_000_000_200, Tickers((TickerRow("C", 2.0, 7.5, 1_700_000_000_200),), (reason,)))
    assert rejected == {reason: 1}


@pytest.mark.parametrize("name", ["s", "c", "q"])
def test_a_row_that_lacks_a_field_is_counted(name: str) -> None:
    lacking = {key: value for key, value in ROWS[0].items() if key != name}
    (event,), rejected = decoded(wrapped([lacking]))
    assert (event[0], event[3].rows, rejected) == (Kind.TICKERS, (), {Rejection.MISSING_FIELD: 1})


def test_a_mark_price_with_its_funding() -> None:
    expected = MarkPrice(64_001.5, 64_000.25, -0.000125, 1_700_006_400_000, 1_700_000_000_000)
    assert decoded(wrapped(MARK)) == ([(Kind.MARK, None, 1_700_000_000_000, MarkWord("BTCUSDT", expected))], {})
    assert decoded(wrapped(MARK | {"s": "ZZZ"})) == ([(Kind.CLOCK, None, 1_700_000_000_000, None)], {})


def test_a_contract_that_pays_no_funding_has_no_rate() -> None:
    (event,), rejected = decoded(wrapped(MARK | {"r": "", "T": 0}))
    assert math.isnan(event[3].mark.rate)
    assert (event[3].mark.next_funding_ms, rejected) == (0, {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *[({name: text}, Rejection.BAD_NUMBER) for name in "pi" for text in ("0", "-1", "NaN", "1e400", "", "1_0")],
        *[({"r": text}, Rejection.BAD_NUMBER) for text in ("1", "-1.5", "NaN", "inf", "x", " ", "0_1")],
        *[({name: 1.0}, Rejection.WRONG_TYPE) for name in "pirT"],
        ({"T": -1}, Rejection.IMPLAUSIBLE_TIME),
        ({"E": 5_000_000_000_000}, Rejection.IMPLAUSIBLE_TIME),
        ({"s": None}, Rejection.WRONG_TYPE),
    ],
)
def test_a_broken_mark_price_is_counted(changes: dict[str, Any], reason: Rejection) -> None:
    assert decoded(wrapped(MARK | changes)) == ([], {reason: 1})


@pytest.mark.parametrize("name", list("EspirT"))
def test_a_mark_price_that_lacks_a_field_is_counted(name: str) -> None:
    assert decoded(wrapped({k: v for k, v in MARK.items() if k != name})) == ([], {Rejection.MISSING_FIELD: 1})


@pytest.mark.parametrize(
    ("raw", "notice"),
    [
        (b'{"result":null,"id":3}', Notice("answer", "None", 3)),
        (b'{"result":["a@aggTrade"],"id":3}', Notice("answer", "['a@aggTrade']", 3)),
        (b'{"code":2,"msg":"bad"}', Notice("error", "2: bad", None)),
        (b'{"error":{"code":2,"msg":"bad"},"id":4}', Notice("error", "2: bad", 4)),
        (b'{"e":"serverShutdown","E":1700000000000}', Notice("shutdown", "serverShutdown", None)),
        (b'{"stream":"x","data":{"e":"serverShutdown","E":1700000000000}}', Notice("shutdown", "serverShutdown", None)),
    ],
)
def test_what_the_session_must_hear(raw: bytes, notice: Notice) -> None:
    (event,), rejected = decoded(raw)
    assert (event[0], event[3], rejected) == (Kind.NOTICE, notice, {})


def test_microseconds_are_told_by_their_magnitude() -> None:
    (event,), _ = decoded(wrapped(TRADE | {"E": 1_700_000_000_005_123, "T": 1_700_000_000_001_999}))
    assert (event[2], event[3][3]) == (1_700_000_000_005, 1_700_000_000_001)


def test_symbols_need_not_be_ascii() -> None:
    (event,), _ = decoded(wrapped(TRADE | {"s": "币安人生USDT"}))
    assert event[1] == "other"


BAD = [
    (b"", Rejection.BROKEN_JSON),
    (b'{"stream":"x","data":', Rejection.BROKEN_JSON),
    (b"\x00\xff\xfe binary", Rejection.BROKEN_JSON),
    (wrapped(TRADE).replace(b'"64000.10"', b"NaN"), Rejection.BROKEN_JSON),
    (wrapped(TRADE) + b"\x00", Rejection.BROKEN_JSON),
    (b'{"data":' * 100_000, Rejection.BROKEN_JSON),
    (b"[" * 200_000 + b"]" * 200_000, Rejection.BROKEN_JSON),
    (b"null", Rejection.NOT_AN_EVENT),
    (b"17", Rejection.NOT_AN_EVENT),
    (b'{"stream":"x","data":"text"}', Rejection.NOT_AN_EVENT),
    (b'{"stream":"x","data":[1]}', Rejection.NOT_AN_EVENT),
    (b"{}", Rejection.NOT_AN_EVENT),
    (wrapped(TRADE | {"e": "mystery"}), Rejection.UNKNOWN_EVENT),
    (wrapped(TRADE | {"e": ["aggTrade"]}), Rejection.UNKNOWN_EVENT),
    (wrapped(TRADE | {"s": "NOSUCH"}), Rejection.UNKNOWN_SYMBOL),
    (wrapped(TRADE | {"s": ["BTCUSDT"]}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"p": 64000.1}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"q": None}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"a": "7"}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"a": True}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"a": 7.0}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"m": "true"}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"m": 1}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"T": 1.7e12}), Rejection.WRONG_TYPE),
    (wrapped(TRADE | {"a": -1}), Rejection.BAD_NUMBER),
    (wrapped(TRADE | {"a": 2**63}), Rejection.BAD_NUMBER),
    *[
        (wrapped(TRADE | {name: text}), Rejection.BAD_NUMBER)
        for name in ("p", "q")
        for text in ("NaN", "inf", "1e400", "-1", "0", "0.000", "", " ", "abc", "1_000", "1e16", "0x10", "1,5")
    ],
    *[(wrapped({k: v for k, v in TRADE.items() if k != name}), Rejection.MISSING_FIELD) for name in "EsapqTm"],
    (wrapped(TRADE | {"T": TRADE["E"] + 6_000}), Rejection.IMPLAUSIBLE_TIME),  # type: ignore[operator]
    (wrapped(TRADE | {"E": 5_000_000_000_000}), Rejection.IMPLAUSIBLE_TIME),
    (wrapped(TRADE | {"T": -1}), Rejection.IMPLAUSIBLE_TIME),
    (wrapped(QUOTE | {"b": "64000.2"}), Rejection.CROSSED_QUOTE),
    (wrapped(QUOTE | {"a": "0"}), Rejection.BAD_NUMBER),
    (wrapped([{"E": 1}, 5]), Rejection.NOT_AN_EVENT),
    (wrapped([{"s": "A"}]), Rejection.MISSING_FIELD),
]


@pytest.mark.parametrize(
    "data",
    [
        *[QUOTE | {"e": kind} for kind in ("kline", "depthUpdate", "forceOrder", "24hrTicker")],
        {"lastUpdateId": 160, "bids": [["0.0024", "10"]], "asks": [["0.0026", "100"]]},
    ],
)
def test_sound_market_data_of_a_kind_that_is_not_used_is_ignored(data: dict[str, Any]) -> None:
    assert decoded(wrapped(data)) == ([], {Rejection.UNUSED_EVENT: 1})
    assert Rejection.UNUSED_EVENT in IGNORED


@pytest.mark.parametrize(("raw", "reason"), BAD, ids=[f"{i}-{reason}" for i, (_, reason) in enumerate(BAD)])
def test_what_is_wrong_is_counted_by_its_reason(raw: bytes, reason: Rejection) -> None:
    assert decoded(raw) == ([], {reason: 1})


def test_bad_frames_between_good_ones_change_nothing() -> None:
    good = (5, wrapped(TRADE))
    mixed = [frame for raw, _ in BAD for frame in ((5, raw), good)]
    rejected: dict[Rejection, int] = {}
    assert decode_frames(mixed, LEGS, rejected) == decode_frames([good] * len(BAD), LEGS, {})
    assert sum(rejected.values()) == len(BAD)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("esapqTEmtubBA"), inner, max_size=6),
    max_leaves=12,
)


@given(st.binary(max_size=60) | JSON.map(lambda data: repr(data).encode()))
def test_arbitrary_bytes_never_raise(raw: bytes) -> None:
    events, rejected = decoded(raw)
    assert len(events) + sum(rejected.values()) <= 1


@given(
    st.sampled_from([TRADE, QUOTE, MARK]),
    st.dictionaries(st.sampled_from("esapqTEmtbir"), JSON, max_size=3),
    st.booleans(),
)
def test_the_fast_way_and_the_careful_one_agree(base: dict[str, Any], changes: dict[str, Any], wrap: bool) -> None:
    try:
        raw = wrapped(base | changes) if wrap else orjson.dumps(base | changes)
    except TypeError:  # an integer that no JSON writer takes
        return
    events, rejected = decoded(raw)
    careful = examine(5, raw, LEGS)
    if isinstance(careful, Rejection):
        assert (events, rejected) == ([], {careful: 1})
    else:
        assert (events, rejected) == ([careful] if careful else [], {})


def test_a_symbol_with_an_underscore_is_read_like_any_other() -> None:
    rejected: dict[Rejection, int] = {}
    (event,) = decode_frames([(5, wrapped(TRADE | {"s": "A_1"}))], {"A_1": "leg"}, rejected)
    assert event[1] == "leg"
    assert not rejected
