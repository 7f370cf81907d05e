"""The venues: where they are, what is asked of them, and what they allow.

Addresses, routes and weights are those of the venues' documentation as of August 2026. On Binance's futures,
trades and quotes live on two routes that one connection cannot mix. How a venue speaks is its dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from ingest.dialects.binance import BINANCE
from ingest.dialects.calls import Weights
from ingest.dialects.coinbase import COINBASE as COINBASE_DIALECT
from ingest.dialects.dialect import Dialect
from ingest.settings import FeedName
from store.feed import Origin
from store.timeframes import Timeframe

STREAMS_PER_CONNECTION = 200  # 1,024 on paper; more than this is known to be cut
TICKERS = "!miniTicker@arr"
"""The last prices of all that the venue trades, each second: its clock where quotes carry no time, and the universe."""
SYMBOLS = (
    "BTCUSDT",
    "ETHUSDT",
    "SOLUSDT",
    "AVAXUSDT",
    "LTCUSDT",
    "BCHUSDT",
    "LINKUSDT",
    "DOTUSDT",
    "ADAUSDT",
    "XRPUSDT",
    "BNBUSDT",
    "TRXUSDT",
)
COINBASE_BASES = ("BTC", "ETH", "SOL", "AVAX", "LTC", "BCH", "LINK", "DOT", "ADA", "XRP", "DOGE", "UNI")


@dataclass(frozen=True, slots=True)
class Route:
    """Streams that go over one connection: `per_symbol` suffixes of symbols in small letters, and `shared` whole names.

    With `keeps_case` symbols stand in the names as they are.
    """

    name: str
    path: str
    per_symbol: tuple[str, ...]
    shared: tuple[str, ...] = ()
    keeps_case: bool = False


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue as the ingestor uses it. `name` is the first part of its instruments' names.

    `control_per_s` is how many messages a connection may send; the reserves are addresses that serve the
    same when the first does not.
    """

    feed: FeedName
    name: str
    origin: Origin
    stream_url: str
    rest_url: str
    routes: tuple[Route, ...]
    weights: Weights
    klines: tuple[Timeframe, ...]
    info_by_symbol: bool
    control_per_s: int
    symbols: tuple[str, ...] = SYMBOLS
    dialect: Dialect = BINANCE
    stream_reserve: tuple[str, ...] = ()
    rest_reserve: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """One connection to open: a short name for logs, the whole address, what it subscribes, and where else.

    `route` is the name of the `Route` whose streams it may carry.
    """

    name: str
    url: str
    streams: tuple[str, ...]
    reserve: tuple[str, ...] = ()
    route: str = ""
    dialect: Dialect = BINANCE

    def carrying(self, streams: Sequence[str]) -> StreamAddress:
        """The same connection with other streams."""
        bases = (each.partition("?")[0] for each in (self.url, *self.reserve))
        url, *reserve = (self.dialect.address(base, streams) for base in bases)
        return replace(self, url=url, streams=tuple(streams), reserve=tuple(reserve))


SPOT = Venue(
    feed="binance-spot",
    name="spot",
    origin="LIVE",
    stream_url="wss://stream.binance.com:9443",
    rest_url="https://api.binance.com/api/v3",
    routes=(Route("spot", "/stream", ("@aggTrade", "@bookTicker"), (TICKERS,)),),
    weights=Weights(per_minute=6000, agg_trades=4, klines=2, exchange_info=20),
    klines=(Timeframe.S1, Timeframe.M1),
    info_by_symbol=True,
    control_per_s=5,
    stream_reserve=("wss://stream.binance.com:443", "wss://data-stream.binance.vision"),
    rest_reserve=("https://data-api.binance.vision/api/v3",),
)

USDM = Venue(
    feed="binance-usdm",
    name="usdm",
    origin="LIVE",
    stream_url="wss://fstream.binance.com",
    rest_url="https://fapi.binance.com/fapi/v1",
    routes=(
        Route("trades", "/market/stream", ("@aggTrade", "@markPrice@1s"), (TICKERS,)),
        Route("quotes", "/public/stream", ("@bookTicker",)),
    ),
    weights=Weights(per_minute=2400, agg_trades=20, klines=5, exchange_info=1),
    klines=(Timeframe.M1,),
    info_by_symbol=False,
    control_per_s=10,
)


COINBASE = Venue(
    feed="coinbase",
    name="coinbase",
    origin="LIVE",
    stream_url="wss://ws-feed.exchange.coinbase.com",
    rest_url="https://api.exchange.coinbase.com",
    routes=(Route("coinbase", "", ("@matches", "@ticker", "@heartbeat"), keeps_case=True),),
    weights=Weights(per_minute=600, agg_trades=1, klines=1, exchange_info=1, calls_per_s=10.0),
    klines=(Timeframe.M1,),
    info_by_symbol=True,
    control_per_s=8,
    symbols=tuple(f"{base}-USD" for base in COINBASE_BASES),
    dialect=COINBASE_DIALECT,
)


def simulated(address: str) -> Venue:
    """The simulated exchange at `address`; it answers streams and REST on one port."""
    parts = urlsplit(address)
    secure = parts.scheme in ("https", "wss")
    http, ws = ("https", "wss") if secure else ("http", "ws")
    return Venue(
        feed="sim",
        name="sim",
        origin="SIMULATED",
        stream_url=f"{ws}://{parts.netloc}",
        rest_url=f"{http}://{parts.netloc}/api/v3",
        routes=(Route("sim", "/stream", ("@aggTrade", "@bookTicker", "@markPrice@1s"), (TICKERS,)),),
        weights=SPOT.weights,
        klines=(Timeframe.S1, Timeframe.M1),
        info_by_symbol=False,
        control_per_s=5,
    )


def stream_addresses(venue: Venue, symbols: Sequence[str]) -> tuple[StreamAddress, ...]:
    """The connections that carry all streams of `symbols`, none with more than is safe."""
    return tuple(address for route in venue.routes for address in _route_addresses(venue, route, symbols))


def _route_addresses(venue: Venue, route: Route, symbols: Sequence[str]) -> Iterator[StreamAddress]:
    size = max(1, (STREAMS_PER_CONNECTION - len(route.shared)) // len(route.per_symbol))
    for start in range(0, len(symbols), size):
        own = tuple(stream for symbol in symbols[start : start + size] for stream in streams_of(route, symbol))
        streams = own + (route.shared if start == 0 else ())
        name = route.name if len(symbols) <= size else f"{route.name}-{start // size + 1}"
        yield route_address(venue, route, name, streams)


def route_address(venue: Venue, route: Route, name: str, streams: Sequence[str]) -> StreamAddress:
    """A connection of a route that carries these streams."""
    url, *reserve = (f"{base}{route.path}" for base in (venue.stream_url, *venue.stream_reserve))
    return StreamAddress(name, url, (), tuple(reserve), route.name, venue.dialect).carrying(streams)


def streams_of(route: Route, symbol: str) -> tuple[str, ...]:
    """What a route carries of a symbol."""
    name = symbol if route.keeps_case else symbol.lower()
    return tuple(name + kind for kind in route.per_symbol)


def live_venue(feed: Literal["sim", "binance-spot", "binance-usdm", "coinbase"], sim_address: str | None) -> Venue:
    """The venue of a live feed; `sim_address` is where the simulated exchange answers."""
    if feed == "sim":
        if sim_address is None:
            raise ValueError("a simulated feed needs the address of its exchange")
        return simulated(sim_address)
    return {"binance-spot": SPOT, "binance-usdm": USDM, "coinbase": COINBASE}[feed]


def at(
    venue: Venue,
    *,
    stream_url: str,
    rest_url: str,
    stream_reserve: tuple[str, ...] = (),
    rest_reserve: tuple[str, ...] = (),
) -> Venue:
    """The same venue at other addresses and none of its own: a stand-in that speaks its wire."""
    return replace(
        venue,
        stream_url=stream_url,
        rest_url=rest_url,
        stream_reserve=stream_reserve,
        rest_reserve=rest_reserve,
    )
