"""A server that speaks Coinbase Exchange's wire about the simulated exchange's market, streams and REST on one port."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ingest.sim.catalogue import INSTRUMENTS, InstrumentSpec
from ingest.sim.clock import VenueClock
from ingest.sim.klines import KlineBook
from ingest.sim.tape import Trades
from ingest.sim.world import EVENT_DELAY_MS, LISTED_MS, World

PRODUCTS = {f"{spec.symbol.removesuffix('USDT')}-USD": spec for spec in INSTRUMENTS}
CHANNELS = ("matches", "ticker", "heartbeat")
BURST = 15  # calls within a second
SUBSCRIBE_WITHIN_S = 5.0
PUMP_S = 0.025
MINUTE_MS = 60_000
START_LIMIT_S = 10.0


def iso(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}417Z"


class SimulatedCoinbase:
    """Serves a world while it is open. Trades whose id is in `withheld` are not sent; REST has them. Streams (channel,
    product) in `stuck` are acknowledged and silent until they are subscribed anew.

    `most_calls` is the largest number of calls that came within a second, `refused` how many were too many.
    """

    def __init__(self, world: World, clock: VenueClock, *, withheld: Iterable[int] = ()) -> None:
        self.withheld = frozenset(withheld)
        self.stuck: set[tuple[str, str]] = set()
        self.most_calls = self.refused = 0
        self._world = world
        self._book = KlineBook(world)
        self._clock = clock
        self._calls: deque[float] = deque()
        self._clients: dict[ServerConnection, set[tuple[str, str]]] = {}

    def __enter__(self) -> SimulatedCoinbase:
        self._loop, self._stop = asyncio.new_event_loop(), asyncio.Event()
        started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve(started)), daemon=True)
        self._thread.start()
        port = started.result(START_LIMIT_S)
        self.ws_url, self.rest_url = f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self, started: Future[int]) -> None:
        async with serve(self._converse, "127.0.0.1", 0, process_request=self._route, compression=None) as server:
            started.set_result(int(server.sockets[0].getsockname()[1]))
            pump = asyncio.create_task(self._pump())
            await self._stop.wait()
            pump.cancel()

    # --- streams

    async def _converse(self, connection: ServerConnection) -> None:
        self._clients[connection] = set()
        with suppress(ConnectionClosed):
            try:
                await self._obey(connection, await asyncio.wait_for(connection.recv(), SUBSCRIBE_WITHIN_S))
                async for message in connection:
                    await self._obey(connection, message)
            except TimeoutError:
                await connection.close()
            finally:
                del self._clients[connection]

    async def _obey(self, connection: ServerConnection, message: str | bytes) -> None:
        request = orjson.loads(message)
        pairs = {(each["name"], product) for each in request["channels"] for product in each["product_ids"]}
        wrong = [f"{product} is not a valid product" for name, product in pairs if product not in PRODUCTS]
        if wrong or any(name not in CHANNELS for name, _ in pairs):
            await self._send(connection, {"type": "error", "message": "Failed to subscribe", "reason": wrong[0]})
            return
        subscribed = self._clients[connection]
        if request["type"] == "subscribe":
            for product in {product for name, product in pairs - subscribed if name == "matches"}:
                await self._send(connection, self._last_match(product))
            subscribed |= pairs
        else:
            subscribed -= pairs
            self.stuck -= pairs
        channels = [
            {"name": name, "product_ids": sorted(product for each, product in subscribed if each == name)}
            for name in CHANNELS
        ]
        await self._send(connection, {"type": "subscriptions", "channels": channels})

    def _last_match(self, product: str) -> dict[str, Any]:
        spec, until_ms = PRODUCTS[product], self._clock.now_ms() - EVENT_DELAY_MS
        last = self._world.last_id(spec.symbol, until_ms)
        return self._matches(product, self._world.trades_from(spec.symbol, last, 1, until_ms), "last_match")[0]

    async def _send(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        await connection.send(orjson.dumps(message).decode())

    async def _pump(self) -> None:
        said_ms = self._clock.now_ms()
        while True:
            until_ms = self._clock.now_ms()
            wanted = {pair for pairs in self._clients.values() for pair in pairs} - self.stuck
            said = {pair: self._frames(*pair, said_ms, until_ms) for pair in wanted}
            for connection, pairs in list(self._clients.items()):
                frames = [frame for pair in pairs & said.keys() for frame in said[pair]]
                with suppress(ConnectionClosed):
                    for frame in sorted(frames, key=lambda frame: frame["time"]):
                        await self._send(connection, frame)
            said_ms = until_ms
            await asyncio.sleep(PUMP_S)

    def _frames(self, channel: str, product: str, after_ms: int, until_ms: int) -> list[dict[str, Any]]:
        if channel == "heartbeat":
            seconds = range(after_ms // 1000 + 1, until_ms // 1000 + 1)
            return [{"type": "heartbeat", "product_id": product, "time": iso(second * 1000)} for second in seconds]
        window = (after_ms - EVENT_DELAY_MS, until_ms - EVENT_DELAY_MS)
        trades = self._world.trades_between(PRODUCTS[product].symbol, *window)
        if channel == "matches":
            found = self._matches(product, trades, "match")
            return [match for match in found if match["trade_id"] not in self.withheld]
        return self._tickers(product, trades)

    def _matches(self, product: str, trades: Trades, kind: str) -> list[dict[str, Any]]:
        return [{"type": kind} | row | {"product_id": product} for row in _rows(PRODUCTS[product], trades)]

    def _tickers(self, product: str, trades: Trades) -> list[dict[str, Any]]:
        """The book around each trade: the side that was taken from stands at its price."""
        spec = PRODUCTS[product]
        tickers = []
        for row, sold in zip(_rows(spec, trades), trades.seller_aggressed.tolist(), strict=True):
            spread = spec.spread_ticks / 10**spec.price_decimals
            bid = float(row["price"]) if sold else float(row["price"]) - spread
            quote = {
                "best_bid": f"{bid:.{spec.price_decimals}f}",
                "best_ask": f"{bid + spread:.{spec.price_decimals}f}",
            }
            tickers.append(
                {"type": "ticker", "product_id": product, "price": row["price"], "time": row["time"]} | quote
            )
        return tickers

    # --- REST

    async def _route(self, _: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return None
        now_s = self._loop.time()
        self._calls.append(now_s)
        while self._calls[0] <= now_s - 1.0:
            self._calls.popleft()
        self.most_calls = max(self.most_calls, len(self._calls))
        if len(self._calls) > BURST:
            self.refused += 1
            return _response(429, {"message": "Public rate limit exceeded"})
        parts = urlsplit(request.path)
        status, body = self._answer(unquote(parts.path).strip("/").split("/"), dict(parse_qsl(parts.query)))
        return _response(status, body)

    def _answer(self, path: list[str], query: dict[str, str]) -> tuple[int, Any]:
        now_ms = self._clock.now_ms()
        match path:
            case ["time"]:
                return 200, {"iso": iso(now_ms), "epoch": now_ms / 1000}
            case ["products"]:
                return 200, [_product(name) for name in PRODUCTS]
            case ["products", name] if name in PRODUCTS:
                return 200, _product(name)
            case ["products", name, "trades"] if name in PRODUCTS:
                return 200, self._trades(PRODUCTS[name], query, now_ms - EVENT_DELAY_MS)
            case ["products", name, "candles"] if name in PRODUCTS:
                return 200, self._candles(PRODUCTS[name], query, now_ms - EVENT_DELAY_MS)
        return 404, {"message": "NotFound"}

    def _trades(self, spec: InstrumentSpec, query: dict[str, str], until_ms: int) -> list[dict[str, Any]]:
        limit = min(int(query.get("limit", "1000")), 1000)
        newest = self._world.last_id(spec.symbol, until_ms)
        after = min(int(query.get("after", newest + 1)), newest + 1)
        rows = _rows(spec, self._world.trades_from(spec.symbol, after - limit, limit, until_ms))
        return [row for row in reversed(rows) if row["trade_id"] < after]

    def _candles(self, spec: InstrumentSpec, query: dict[str, str], until_ms: int) -> list[list[float]]:
        """Newest first; a minute without trades has none, more than 300 are not given."""
        start_ms = max(int(query["start"]) * 1000, LISTED_MS)
        end_ms = min(int(query["end"]) * 1000 + MINUTE_MS, start_ms + 300 * MINUTE_MS)
        candles = self._book.klines(spec.symbol, MINUTE_MS, start_ms, end_ms, until_ms)
        tick, step = 10**spec.price_decimals, 10**spec.quantity_decimals
        rows = zip(
            (candles.open_ms // 1000).tolist(),
            *((column / tick).tolist() for column in (candles.low, candles.high, candles.open, candles.close)),
            (candles.volume / step).tolist(),
            candles.trades.tolist(),
            strict=True,
        )
        return [list(row[:-1]) for row in reversed(list(rows)) if row[-1]]


def _rows(spec: InstrumentSpec, trades: Trades) -> list[dict[str, Any]]:
    columns = (trades.time_ms, trades.price_ticks, trades.quantity_steps, trades.seller_aggressed)
    return [
        {
            "trade_id": trades.first_id + place,
            "side": "buy" if sold else "sell",  # the maker's
            "size": f"{steps / 10**spec.quantity_decimals:.{spec.quantity_decimals}f}",
            "price": f"{ticks / 10**spec.price_decimals:.{spec.price_decimals}f}",
            "time": iso(time_ms),
        }
        for place, (time_ms, ticks, steps, sold) in enumerate(zip(*(c.tolist() for c in columns), strict=True))
    ]


def _product(name: str) -> dict[str, Any]:
    spec = PRODUCTS[name]
    base, _, quote = name.partition("-")
    return {
        "id": name,
        "base_currency": base,
        "quote_currency": quote,
        "quote_increment": f"{spec.tick:.{spec.price_decimals}f}",
        "status": "delisted" if name == "TRX-USD" else "online",
        "trading_disabled": False,
        "cancel_only": name == "BNB-USD",
    }


def _response(status: int, body: Any) -> Response:
    content = orjson.dumps(body)
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"})
    return Response(status, HTTPStatus(status).phrase, headers, content)
