"""The venue's REST calls. Pure but for the weight meters: target and times in, status, headers and body out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from ingest.sim.errors import RestRefusal, UnknownPair
from ingest.sim.klines import KlineBook
from ingest.sim.market_data import MarketData
from ingest.sim.query import Query
from ingest.sim.truth import PairTruth, Truth
from ingest.sim.weights import WeightMeter
from ingest.sim.world import LISTED_MS, World

FUTURES_BUDGET = 2400
SPOT_BUDGET = 6000


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; the body is JSON."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Call = Callable[[Query, int], Any]


class RestApi:
    """``/fapi/v1`` and ``/api/v3``, each with its weights and budget, and ``/sim/truth`` without."""

    def __init__(
        self, world: World, book: KlineBook, *, futures_budget: int = FUTURES_BUDGET, spot_budget: int = SPOT_BUDGET
    ) -> None:
        market = MarketData(world, book)
        self._truth = Truth(world)
        self._meters = {"/fapi/v1": WeightMeter(futures_budget), "/api/v3": WeightMeter(spot_budget)}
        self._metering = Lock()
        self._calls: dict[str, Call] = {
            "aggTrades": market.agg_trades,
            "klines": market.klines,
            "exchangeInfo": market.exchange_info,
            "time": lambda _query, now_ms: {"serverTime": now_ms},
            "ping": lambda _query, _now_ms: {},
        }

    def answer(self, target: str, now_ms: int, real_s: float) -> Answer:
        """Answer ``GET target`` at the venue's time `now_ms`; weights are metered by real time."""
        headers: dict[str, str] = {}
        try:
            return Answer(200, orjson.dumps(self._body(target, now_ms, real_s, headers)), headers)
        except RestRefusal as refusal:
            if refusal.retry_after_s is not None:
                headers["Retry-After"] = str(refusal.retry_after_s)
            return Answer(refusal.status, orjson.dumps({"code": refusal.code, "msg": refusal.message}), headers)

    def _body(self, target: str, now_ms: int, real_s: float, headers: dict[str, str]) -> Any:
        parts = urlsplit(target)
        query = Query(dict(parse_qsl(parts.query, keep_blank_values=True)))
        prefix, _, name = parts.path.rpartition("/")
        if parts.path == "/sim/truth":
            return self._truth.describe(now_ms)
        if prefix == "/sim/truth":
            return self._truth_of(name, query, now_ms)
        if prefix not in self._meters or name not in self._calls:
            raise RestRefusal(404, -1000, f"There is no {parts.path[:80]}")
        self._charge(prefix, _weight(prefix, name, query), real_s, headers)
        return self._calls[name](query, now_ms)

    def _charge(self, prefix: str, weight: int, real_s: float, headers: dict[str, str]) -> None:
        with self._metering:
            charge = self._meters[prefix].charge(weight, real_s)
        headers["X-MBX-USED-WEIGHT-1M"] = str(charge.used)
        if charge.retry_after_s is not None:
            limit = self._meters[prefix].per_minute
            message = f"Too many requests; current limit is {limit} request weight per 1 MINUTE."
            raise RestRefusal(429, -1003, message, charge.retry_after_s)

    def _truth_of(self, pair: str, query: Query, now_ms: int) -> PairTruth:
        time_ms = query.time_ms("time", now_ms)
        if time_ms < LISTED_MS:
            raise RestRefusal(400, -1130, "Nothing was listed before 2020-01-01T00:00Z.")
        try:
            return self._truth.at(pair, time_ms)
        except UnknownPair as error:
            raise RestRefusal(404, -1121, str(error)) from error


def _weight(prefix: str, name: str, query: Query) -> int:
    spot = prefix == "/api/v3"
    match name:
        case "aggTrades":
            return 4 if spot else 20
        case "klines":
            limit = query.limit(500, 1000)
            return 2 if spot else 1 if limit < 100 else 2 if limit < 500 else 5
        case "exchangeInfo":
            return 20 if spot else 1
        case _:
            return 1
