"""One frame read with care: every kind of event, and for a bad one the reason why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan, nan
from typing import Any

from orjson import JSONDecodeError, loads

from ingest.core.events import Event, Kind, LegT, MarkWord, Notice, TickerRow, Tickers
from ingest.core.fields import (
    LEAD_MS,
    LIMIT,
    SIDES,
    Unreadable,
    read_between,
    read_field,
    read_id,
    read_leg,
    read_number,
    read_symbol,
    read_time,
)
from ingest.core.rejections import Rejection
from store.marks import MarkPrice

_TINY = 5e-324
_USDM_ROWS = 1
_TICKER = "24hrMiniTicker"
_SPOT_BOOK = frozenset("usbBaA")
_SPOT_DEPTH = frozenset({"lastUpdateId", "bids", "asks"})

_UNUSED = frozenset(
    {
        "1dTicker", "1hTicker", "24hrTicker", "4hTicker", "assetIndexUpdate", "avgPrice", "compositeIndex",
        "continuous_kline", "contractInfo", "depthUpdate", "forceOrder", "indexPriceUpdate", "indexPrice_kline",
        "kline", "markPrice_kline",
    }
)  # fmt: skip
"""Kinds of market data that the venue sends to whoever asks, and that nothing is made of here."""


def examine(received_us: int, raw: bytes, legs: Mapping[str, LegT]) -> Event[LegT] | Rejection | None:
    """Read one frame; None for a sound frame that says nothing of use here."""
    try:
        message = loads(raw)
    except JSONDecodeError:
        return Rejection.BROKEN_JSON
    try:
        return _read(received_us, message, legs)
    except Unreadable as refused:
        return refused.reason


def _read(received_us: int, message: Any, legs: Mapping[str, LegT]) -> Event[LegT] | None:
    data = message.get("data", message) if isinstance(message, dict) else message
    if isinstance(data, list):
        return _array(data)
    if not isinstance(data, dict):
        raise Unreadable(Rejection.NOT_AN_EVENT)
    if "e" not in data:
        return _without_type(data, legs)
    kind = data["e"] if isinstance(data["e"], str) else ""
    reader = _READERS.get(kind)
    if reader is None:
        raise Unreadable(Rejection.UNUSED_EVENT if kind in _UNUSED else Rejection.UNKNOWN_EVENT)
    return reader(received_us, data, legs)


def _without_type(data: dict[str, Any], legs: Mapping[str, LegT]) -> Event[LegT]:
    """Spot's bookTicker and the answers to requests carry no event type."""
    if data.keys() >= _SPOT_BOOK:
        return (Kind.QUOTE, read_leg(data, "s", legs), 0, _quote(data, 0))
    error = data.get("error", data)
    request = data.get("id")
    request_id = request if isinstance(request, int) else None
    if isinstance(error, dict) and "code" in error:
        return (Kind.NOTICE, None, 0, Notice("error", f"{error['code']}: {error.get('msg', '')}"[:200], request_id))
    if "result" in data:
        return (Kind.NOTICE, None, 0, Notice("answer", str(data["result"])[:200], request_id))
    if data.keys() >= _SPOT_DEPTH:
        raise Unreadable(Rejection.UNUSED_EVENT)
    raise Unreadable(Rejection.NOT_AN_EVENT)


def _array(rows: list[Any]) -> Event[LegT] | None:
    """The rows of our market and their newest time; rows of the other futures market are not ours.

    An array whose rows do not all have a time is none. Of one that has, a row that is broken otherwise leaves the
    others as they are.
    """
    ours: list[tuple[int, dict[str, Any]]] = []
    for row in rows:
        if not isinstance(row, dict):
            raise Unreadable(Rejection.NOT_AN_EVENT)
        if row.get("st", _USDM_ROWS) == _USDM_ROWS:
            ours.append((read_time(row, "E"), row))
    newest = max((time_ms for time_ms, _ in ours), default=0)
    if not newest:
        return None
    found: list[TickerRow] = []
    faults: list[Rejection] = []
    for time_ms, row in ours:
        if row.get("e") == _TICKER:
            try:
                found.append(TickerRow(read_symbol(row), read_number(row, "c"), _turnover(row), time_ms))
            except Unreadable as refused:
                faults.append(refused.reason)
    if not (found or faults):
        return (Kind.CLOCK, None, newest, None)
    return (Kind.TICKERS, None, newest, Tickers(tuple(found), tuple(faults)))


def _trade(kind: Kind, id_field: str) -> Callable[[int, dict[str, Any], Mapping[str, LegT]], Event[LegT]]:
    def read(received_us: int, data: dict[str, Any], legs: Mapping[str, LegT]) -> Event[LegT]:
        leg = read_leg(data, "s", legs)
        time_ms, event_ms = read_time(data, "T"), read_time(data, "E")
        if time_ms > event_ms + LEAD_MS:
            raise Unreadable(Rejection.IMPLAUSIBLE_TIME)
        trade_id = read_id(data, id_field)
        maker = read_field(data, "m")
        if not isinstance(maker, bool):
            raise Unreadable(Rejection.WRONG_TYPE)
        tick = (trade_id, read_number(data, "p"), read_number(data, "q"), time_ms, received_us, SIDES[maker])
        return (kind, leg, event_ms, tick)

    return read


def _futures_quote(_: int, data: dict[str, Any], legs: Mapping[str, LegT]) -> Event[LegT]:
    leg = read_leg(data, "s", legs)
    event_ms = read_time(data, "E") if "E" in data else 0
    return (Kind.QUOTE, leg, event_ms, _quote(data, event_ms))


def _mark(_: int, data: dict[str, Any], legs: Mapping[str, LegT]) -> Event[LegT]:
    """Of a symbol that nobody asked for it tells the time, no more."""
    time_ms = read_time(data, "E")
    symbol = read_symbol(data)
    if symbol not in legs:
        return (Kind.CLOCK, None, time_ms, None)
    rate, next_funding_ms = _rate(data), read_time(data, "T")
    if isnan(rate):
        next_funding_ms = 0
    mark = MarkPrice(read_number(data, "p"), read_number(data, "i"), rate, next_funding_ms, time_ms)
    return (Kind.MARK, None, time_ms, MarkWord(symbol, mark))


def _clock(_: int, data: dict[str, Any], __: Mapping[str, LegT]) -> Event[LegT]:
    return (Kind.CLOCK, None, read_time(data, "E"), None)


def _shutdown(_: int, data: dict[str, Any], __: Mapping[str, LegT]) -> Event[LegT]:
    return (Kind.NOTICE, None, read_time(data, "E") if "E" in data else 0, Notice("shutdown", "serverShutdown", None))


def _quote(data: dict[str, Any], time_ms: int) -> tuple[float, float, int]:
    bid, ask = read_number(data, "b"), read_number(data, "a")
    if bid > ask:
        raise Unreadable(Rejection.CROSSED_QUOTE)
    return (bid, ask, time_ms)


def _turnover(data: dict[str, Any]) -> float:
    """Turnover of 24 h, which may be none."""
    return read_between(read_field(data, "q"), -_TINY, LIMIT * LIMIT)


def _rate(data: dict[str, Any]) -> float:
    """A funding rate, a share of the notional of either sign; NaN for the empty text of contracts that pay none."""
    text = read_field(data, "r")
    return nan if text == "" else read_between(text, -1.0, 1.0)


_READERS: dict[str, Callable[[int, dict[str, Any], Mapping[str, Any]], Event[Any]]] = {
    "aggTrade": _trade(Kind.AGG_TRADE, "a"),
    "trade": _trade(Kind.TRADE, "t"),
    "bookTicker": _futures_quote,
    _TICKER: _clock,
    "markPriceUpdate": _mark,
    "serverShutdown": _shutdown,
}
