"""Frames of Binance's wire → events, or counted rejections. Pure; never raises on what arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Protocol

from orjson import loads

from ingest.core.events import Event, Kind, LegT
from ingest.core.examine import examine
from ingest.core.fields import LATEST_MS, LEAD_MS, LIMIT, MAX_ID, SIDES
from ingest.core.rejections import Rejection
from store.marks import MarkPrice

_AGG_TRADE = int(Kind.AGG_TRADE)
_TRADE = int(Kind.TRADE)
_QUOTE = int(Kind.QUOTE)
_TICKERS = int(Kind.TICKERS)
_MARK = int(Kind.MARK)
_ID_FIELDS = {"aggTrade": "a", "trade": "t"}


class Decode(Protocol):
    """(Receive time in µs, frame) pairs → events in their order; a frame that is of no use adds one to `rejected`.

    Pure; raises nothing. `legs` maps the symbols of interest to whatever the caller keeps for them.
    """

    def __call__(
        self, frames: Iterable[tuple[int, bytes]], legs: Mapping[str, LegT], rejected: MutableMapping[Rejection, int]
    ) -> list[Event[LegT]]: ...


def decode_frames(
    frames: Iterable[tuple[int, bytes]], legs: Mapping[str, LegT], rejected: MutableMapping[Rejection, int]
) -> list[Event[LegT]]:
    """Decode (receive time in µs, frame) pairs, combined form or bare, in their order.

    `legs` maps the symbols of interest to whatever the caller keeps for them. Frames that are of
    no use add one to `rejected`. The kinds that make up nearly all traffic are read here, on
    the assumption that all is well; whatever does not fit goes to `examine`, which decides.
    """
    events: list[Event[LegT]] = []
    append = events.append
    id_field_of = _ID_FIELDS.get
    for received_us, raw in frames:
        try:
            data = loads(raw)["data"]
            kind = data.get("e")
            id_field = id_field_of(kind)
            if id_field is not None:
                leg = legs[data["s"]]
                time_ms, event_ms, trade_id = data["T"], data["E"], data[id_field]
                price_text, quantity_text, maker = data["p"], data["q"], data["m"]
                price, quantity = float(price_text), float(quantity_text)
                if (
                    type(time_ms) is type(event_ms) is type(trade_id) is int
                    and type(price_text) is type(quantity_text) is str
                    and 0.0 < price < LIMIT
                    and 0.0 < quantity < LIMIT
                    and 0 <= time_ms <= event_ms + LEAD_MS
                    and event_ms < LATEST_MS
                    and 0 <= trade_id < MAX_ID
                    and type(maker) is bool
                    and b"_" not in raw
                ):
                    append(
                        (
                            _AGG_TRADE if id_field == "a" else _TRADE,
                            leg,
                            event_ms,
                            (trade_id, price, quantity, time_ms, received_us, SIDES[maker]),
                        )
                    )
                    continue
            elif kind == "bookTicker" or "e" not in data:  # spot's name no type and carry no time
                leg = legs[data["s"]]
                event_ms = data.get("E", 0)
                bid_text, ask_text = data["b"], data["a"]
                bid, ask = float(bid_text), float(ask_text)
                if (
                    type(event_ms) is int
                    and type(bid_text) is type(ask_text) is str
                    and 0.0 < bid <= ask < LIMIT
                    and 0 <= event_ms < LATEST_MS
                    and b"_" not in raw
                ):
                    append((_QUOTE, leg, event_ms, (bid, ask, event_ms)))
                    continue
            elif kind == "markPriceUpdate":
                symbol, event_ms, funding_ms = data["s"], data["E"], data["T"]
                price_text, index_text, rate_text = data["p"], data["i"], data["r"]
                price, index, rate = float(price_text), float(index_text), float(rate_text)
                if (
                    symbol in legs
                    and type(event_ms) is type(funding_ms) is int
                    and type(price_text) is type(index_text) is type(rate_text) is str
                    and 0.0 < price < LIMIT
                    and 0.0 < index < LIMIT
                    and -1.0 < rate < 1.0
                    and 0 <= event_ms < LATEST_MS
                    and 0 <= funding_ms < LATEST_MS
                    and b"_" not in raw
                ):
                    append((_MARK, None, event_ms, (symbol, MarkPrice(price, index, rate, funding_ms, event_ms))))
                    continue
        except (ValueError, LookupError, TypeError, AttributeError):
            pass
        _note(examine(received_us, raw, legs), events, rejected)
    return events


def _note(
    found: Event[LegT] | Rejection | None, events: list[Event[LegT]], rejected: MutableMapping[Rejection, int]
) -> None:
    """Keep an event, or count why there is none; of a ticker array the rows that are broken too."""
    if isinstance(found, Rejection):
        rejected[found] = rejected.get(found, 0) + 1
    elif found is not None:
        events.append(found)
        if found[0] == _TICKERS:
            for reason in found[3].faults:
                rejected[reason] = rejected.get(reason, 0) + 1
