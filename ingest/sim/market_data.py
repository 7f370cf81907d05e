"""What the venue's REST calls tell of its markets: trades, klines, instruments. Pure."""

from __future__ import annotations

from typing import Any

from ingest.sim.catalogue import INSTRUMENTS, InstrumentSpec
from ingest.sim.errors import RestRefusal
from ingest.sim.klines import KlineBook, Klines
from ingest.sim.query import Query
from ingest.sim.tape import Trades
from ingest.sim.wire import RAW_ID_OFFSET
from ingest.sim.world import EVENT_DELAY_MS, LISTED_MS, World


class MarketData:
    """Answers from the world, never with anything later than the venue's time."""

    def __init__(self, world: World, book: KlineBook) -> None:
        self._world = world
        self._book = book

    def agg_trades(self, query: Query, now_ms: int) -> list[dict[str, Any]]:
        spec = query.instrument()
        limit = query.limit(500, 1000)
        until_ms = now_ms - EVENT_DELAY_MS
        if query.has("fromId"):
            if query.has("startTime") or query.has("endTime"):
                raise RestRefusal(400, -1128, "Combination of optional parameters invalid.")
            from_id = query.integer("fromId")
        elif query.has("startTime"):
            # From the first trade at or after the start.
            before_ms = max(query.time_ms("startTime", 0), LISTED_MS) - 1
            until_ms = min(until_ms, query.time_ms("endTime", now_ms))
            if until_ms <= before_ms:
                return []
            from_id = self._world.last_id(spec.symbol, before_ms) + 1
        else:
            until_ms = max(min(until_ms, query.time_ms("endTime", now_ms)), LISTED_MS)
            from_id = self._world.last_id(spec.symbol, until_ms) + 1 - limit
        return _trade_rows(spec, self._world.trades_from(spec.symbol, from_id, limit, until_ms))

    def klines(self, query: Query, now_ms: int) -> list[list[Any]]:
        spec = query.instrument()
        slot_ms = query.interval_ms()
        limit = query.limit(500, 1000)
        until_ms = now_ms - EVENT_DELAY_MS
        newest_ms = min(until_ms, query.time_ms("endTime", until_ms)) // slot_ms * slot_ms
        start_ms = newest_ms - (limit - 1) * slot_ms
        if query.has("startTime"):
            start_ms = -(-query.time_ms("startTime", 0) // slot_ms) * slot_ms
        start_ms = max(start_ms, LISTED_MS)
        end_ms = min(newest_ms, start_ms + (limit - 1) * slot_ms) + slot_ms
        if end_ms <= start_ms:
            return []
        return _kline_rows(spec, slot_ms, self._book.klines(spec.symbol, slot_ms, start_ms, end_ms, until_ms))

    def exchange_info(self, _query: Query, now_ms: int) -> dict[str, Any]:
        return {"timezone": "UTC", "serverTime": now_ms, "symbols": [_symbol_facts(spec) for spec in INSTRUMENTS]}


def _trade_rows(spec: InstrumentSpec, trades: Trades) -> list[dict[str, Any]]:
    price, quantity = f"%.{spec.price_decimals}f", f"%.{spec.quantity_decimals}f"
    rows = zip(
        range(trades.first_id, trades.first_id + len(trades)),
        (trades.price_ticks / 10**spec.price_decimals).tolist(),
        (trades.quantity_steps / 10**spec.quantity_decimals).tolist(),
        trades.time_ms.tolist(),
        trades.seller_aggressed.tolist(),
        strict=True,
    )
    return [
        {
            "a": a,
            "p": price % p,
            "q": quantity % q,
            "f": a + RAW_ID_OFFSET,
            "l": a + RAW_ID_OFFSET,
            "T": t,
            "m": m,
        }
        for a, p, q, t, m in rows
    ]


def _kline_rows(spec: InstrumentSpec, slot_ms: int, klines: Klines) -> list[list[Any]]:
    def texts(column: Any, decimals: int) -> list[str]:
        return [f"{value:.{decimals}f}" for value in (column / 10**decimals).tolist()]

    prices, sizes = spec.price_decimals, spec.quantity_decimals
    opens = klines.open_ms.tolist()
    columns = (
        opens,
        *(texts(column, prices) for column in (klines.open, klines.high, klines.low, klines.close)),
        texts(klines.volume, sizes),
        [open_ms + slot_ms - 1 for open_ms in opens],
        texts(klines.turnover, prices + sizes),
        klines.trades.tolist(),
        texts(klines.bought_volume, sizes),
        texts(klines.bought_turnover, prices + sizes),
        ["0"] * len(klines),
    )
    return [list(row) for row in zip(*columns, strict=True)]


def _symbol_facts(spec: InstrumentSpec) -> dict[str, Any]:
    tick, step = f"{spec.tick:.{spec.price_decimals}f}", f"{spec.step:.{spec.quantity_decimals}f}"
    return {
        "symbol": spec.symbol,
        "status": "TRADING",
        "contractType": "PERPETUAL",
        "baseAsset": spec.symbol.removesuffix("USDT"),
        "quoteAsset": "USDT",
        "pricePrecision": spec.price_decimals,
        "quantityPrecision": spec.quantity_decimals,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "100000000", "stepSize": step},
        ],
    }
