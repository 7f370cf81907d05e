"""Names of streams, and what the venue sends on each."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.errors import InvalidStream


class Kind(StrEnum):
    """What a stream carries. A silent one is well formed and accepted, and never sends anything."""

    AGG_TRADE = "aggTrade"
    BOOK_TICKER = "bookTicker"
    MARK_PRICE = "markPrice@1s"
    MINI_TICKERS = "miniTicker@arr"
    SILENT = "silent"


class Route(StrEnum):
    """The path a connection came by. A futures connection carries the streams of its route only."""

    ANY = ""
    MARKET = "market"
    PUBLIC = "public"


class Stream(NamedTuple):
    """One stream as a client named it; `symbol` is empty for streams of the whole market."""

    name: str
    kind: Kind
    symbol: str


_BY_LOWER_SYMBOL = {spec.symbol.lower(): spec.symbol for spec in INSTRUMENTS}
_WELL_FORMED = re.compile(r"![A-Za-z]+@\w+(@\w+)?|[^@!/?&\s]{1,64}@\w+(@\w+)*")
_PER_SYMBOL = {kind.value: kind for kind in (Kind.AGG_TRADE, Kind.BOOK_TICKER, Kind.MARK_PRICE)}
_PUBLIC_PREFIXES = ("bookTicker", "depth")


def parse_stream(name: str, route: Route = Route.ANY) -> Stream:
    """Read a stream's name; raise `InvalidStream` when it is malformed.

    An unknown symbol or suffix, or one that belongs on the other route, is accepted and stays silent, as at
    the venue.
    """
    if not _WELL_FORMED.fullmatch(name):
        raise InvalidStream(2, f"Invalid request: {name[:80]!r} is not a stream name")
    if name == f"!{Kind.MINI_TICKERS}":
        return Stream(name, Kind.SILENT if route is Route.PUBLIC else Kind.MINI_TICKERS, "")
    lower_symbol, _, suffix = name.partition("@")
    symbol = _BY_LOWER_SYMBOL.get(lower_symbol, "")
    kind = _PER_SYMBOL.get(suffix, Kind.SILENT)
    on_public = suffix.startswith(_PUBLIC_PREFIXES)
    if not symbol or (route is Route.PUBLIC and not on_public) or (route is Route.MARKET and on_public):
        return Stream(name, Kind.SILENT, symbol)
    return Stream(name, kind, symbol)


def stream_of(kind: Kind, symbol: str = "") -> Stream:
    """The stream of one kind for one symbol (none for the array of mini tickers)."""
    name = f"!{kind}" if kind is Kind.MINI_TICKERS else f"{symbol.lower()}@{kind}"
    return Stream(name, kind, symbol)
