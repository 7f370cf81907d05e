"""Which columns of a table mean what, by the names that files give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from store.trade_columns import TRADE_COLUMNS

_TIMES = (
    "timestamp", "time", "ts", "datetime", "date_time", "open_time", "opentime", "open_time_ms", "unix",
    "unix_timestamp", "unix_time", "epoch", "gmt_time", "utc_time", "time_utc", "utc", "local_time", "period_start",
)  # fmt: skip
NAMES: Mapping[str, tuple[str, ...]] = {
    **TRADE_COLUMNS,
    "symbol": (*TRADE_COLUMNS["symbol"], "ticker", "pair"),
    "time": (*dict.fromkeys((*_TIMES, *TRADE_COLUMNS["time"])), "date"),
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "max", "high_price"),
    "low": ("low", "l", "min", "low_price"),
    "close": ("close", "c", "close_price", "last", "adj_close", "value"),
    "volume": ("volume", "vol", "v", "base_volume", "tick_volume", "tickvol"),
    "trades": ("trades", "number_of_trades", "trade_count", "tradecount", "num_trades", "count"),
}
"""Names by which columns are known, the preferred first; those of trades as a replay knows them, and more."""

_TRADE = ("time", "price", "size")
_OF_TRADES = ("symbol", "time", "clock", "price", "size", "id", "maker", "side")
_OF_BARS = ("symbol", "time", "clock", "open", "high", "low", "close", "volume", "trades")


def find_columns(header: Sequence[str]) -> dict[str, int] | None:
    """Meaning → place of the columns that are used; None where these are no names of a table of prices.

    Trades have time, price and size; bars a time and a close, or a price alone. A date and a time of day in
    two columns are ``time`` and ``clock``.
    """
    names = [_plain(name) for name in header]
    places = {
        meaning: names.index(known) for meaning, aliases in NAMES.items() for known in aliases[::-1] if known in names
    }
    if "volume" not in places:
        of_a_currency = [place for place, name in enumerate(names) if re.fullmatch(r"volume_\w{2,10}", name)]
        places.update({"volume": of_a_currency[0]} if of_a_currency else {})
    if "date" in names and names[places["time"]] == "time":
        places["clock"], places["time"] = places["time"], names.index("date")
    return _of_one_kind(places)


def _of_one_kind(places: dict[str, int]) -> dict[str, int] | None:
    if "time" not in places:
        return None
    bars = ("close" in places and any(name in places for name in ("open", "high", "low"))) or "size" not in places
    if not bars and "price" in places:
        return {meaning: places[meaning] for meaning in _OF_TRADES if meaning in places}
    if "close" not in places and "price" in places:
        places["close"] = places["price"]
    return {meaning: places[meaning] for meaning in _OF_BARS if meaning in places} if "close" in places else None


def is_trades(columns: Mapping[str, object]) -> bool:
    """Whether columns as `find_columns` gives them are of trades; of bars otherwise."""
    return all(name in columns for name in _TRADE)


def wanted_words() -> str:
    """What a header must name, for a refusal."""
    return (
        "name the columns in a first line: timestamp, price, size for trades; timestamp, open, high, low, close, "
        "volume for bars (a timestamp and a close are enough)"
    )


def _plain(name: str) -> str:
    """``<OPEN>``, ``Open Time`` and ``open-time`` as ``open``, ``open_time``, ``open_time``."""
    return re.sub(r"[\s\-]+", "_", name.strip().strip("<>\"'").strip().lower())
