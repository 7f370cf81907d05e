"""Frames of Coinbase Exchange's wire → events, or counted rejections. Pure; never raises on what arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orjson import JSONDecodeError, loads

from ingest.core.events import Event, Kind, LegT, Notice
from ingest.core.fields import (
    LATEST_MS,
    SIDES,
    Unreadable,
    read_field,
    read_id,
    read_leg,
    read_number,
)
from ingest.core.rejections import Rejection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_BUYER_IS_MAKER = {"buy": True, "sell": False}

_UNUSED = frozenset(
    {
        "activate", "auction", "change", "done", "l2update", "last_match", "open", "received", "rfq_match", "snapshot",
        "status",
    }
)  # fmt: skip
"""Kinds of messages that the venue sends to whoever asks, and that nothing is made of here."""


def decode_coinbase(
    frames: Iterable[tuple[int, bytes]], legs: Mapping[str, LegT], rejected: MutableMapping[Rejection, int]
) -> list[Event[LegT]]:
    """An `ingest.core.decode.Decode`."""
    events: list[Event[LegT]] = []
    for received_us, raw in frames:
        try:
            event = _read(received_us, loads(raw), legs)
        except JSONDecodeError:
            reason: Rejection | None = Rejection.BROKEN_JSON
        except Unreadable as unreadable:
            reason = unreadable.reason
        else:
            reason = None
            events.append(event)
        if reason is not None:
            rejected[reason] = rejected.get(reason, 0) + 1
    return events


def parse_time(text: Any) -> int:
    """ISO 8601 with a zone → ms, what is finer cut off. Raises `ValueError`."""
    moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{text!r:.40} is not a time with a zone")
    return (moment - _EPOCH) // _MILLISECOND


def side_of(maker: str) -> int:
    """`store.ticks.Side` of the aggressor, from the side of the maker. Raises `KeyError`."""
    return SIDES[_BUYER_IS_MAKER[maker]]


def _read(received_us: int, message: Any, legs: Mapping[str, LegT]) -> Event[LegT]:
    if not isinstance(message, dict) or "type" not in message:
        raise Unreadable(Rejection.NOT_AN_EVENT)
    kind = message["type"] if isinstance(message["type"], str) else ""
    reader = _READERS.get(kind)
    if reader is None:
        raise Unreadable(Rejection.UNUSED_EVENT if kind in _UNUSED else Rejection.UNKNOWN_EVENT)
    return reader(received_us, message, legs)


def _match(received_us: int, data: dict[str, Any], legs: Mapping[str, LegT]) -> Event[LegT]:
    leg = read_leg(data, "product_id", legs)
    time_ms, maker = _time(data), read_field(data, "side")
    if maker not in ("buy", "sell"):
        raise Unreadable(Rejection.WRONG_TYPE)
    price, size = read_number(data, "price"), read_number(data, "size")
    return (Kind.TRADE, leg, time_ms, (read_id(data, "trade_id"), price, size, time_ms, received_us, side_of(maker)))


def _ticker(_: int, data: dict[str, Any], legs: Mapping[str, LegT]) -> Event[LegT]:
    leg, time_ms = read_leg(data, "product_id", legs), _time(data)
    bid, ask = read_number(data, "best_bid"), read_number(data, "best_ask")
    if bid > ask:
        raise Unreadable(Rejection.CROSSED_QUOTE)
    return (Kind.QUOTE, leg, time_ms, (bid, ask, time_ms))


def _heartbeat(_: int, data: dict[str, Any], __: Mapping[str, LegT]) -> Event[LegT]:
    return (Kind.CLOCK, None, _time(data), None)


def _answer(_: int, data: dict[str, Any], __: Mapping[str, LegT]) -> Event[LegT]:
    return (Kind.NOTICE, None, 0, Notice("answer", str(data.get("channels"))[:200], None))


def _error(_: int, data: dict[str, Any], __: Mapping[str, LegT]) -> Event[LegT]:
    words = f"{data.get('message', '')}: {data.get('reason', '')}"
    return (Kind.NOTICE, None, 0, Notice("error", words[:200], None))


def _time(data: dict[str, Any]) -> int:
    text = read_field(data, "time")
    if not isinstance(text, str):
        raise Unreadable(Rejection.WRONG_TYPE)
    try:
        time_ms = parse_time(text)
    except (ValueError, OverflowError):
        raise Unreadable(Rejection.IMPLAUSIBLE_TIME) from None
    if not 0 <= time_ms < LATEST_MS:
        raise Unreadable(Rejection.IMPLAUSIBLE_TIME)
    return time_ms


_READERS: dict[str, Callable[[int, dict[str, Any], Mapping[str, Any]], Event[Any]]] = {
    "match": _match,
    "ticker": _ticker,
    "heartbeat": _heartbeat,
    "subscriptions": _answer,
    "error": _error,
}
