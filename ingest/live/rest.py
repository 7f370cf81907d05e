"""A venue's REST calls: history, gaps, and which symbols there are.

Nothing here sleeps or retries: a refusal says how long to ask nothing, and the caller decides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from ingest.errors import Banned, RateLimited, VenueRefused, VenueUnavailable
from ingest.live.budget import WeightBudget
from ingest.live.gate import Gate
from ingest.live.hosts import Hosts
from ingest.live.payloads import SymbolFacts, parse_agg_trades, parse_exchange_info, parse_klines
from ingest.live.refusals import Refusal, refused
from ingest.live.rhythm import mean_gap_s
from ingest.live.venues import Venue
from store.bars import Bar
from store.ticks import Tick
from store.timeframes import Timeframe

TIMEOUT_S = (5.0, 15.0)  # to connect, and between two bytes
PAGE = 1000
INVALID_SYMBOL = -1121
USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"


class RestClient:
    """The calls the ingestor needs, for several threads. Weights are kept within the venue's budget."""

    def __init__(self, venue: Venue) -> None:
        self.gate = Gate()
        self.skew_s: float | None = None
        """How far the venue's clock was ahead of ours when it was last asked."""
        self._venue = venue
        self._hosts = Hosts((venue.rest_url, *venue.rest_reserve))
        self._gaps_s: dict[str, float] = {}
        self._http = requests.Session()
        self._http.headers["User-Agent"] = "spreadboard"
        self._budget = WeightBudget(venue.weights.per_minute)
        self._lock = Lock()

    def close(self) -> None:
        self._http.close()

    def server_time_ms(self) -> int:
        """The venue's clock."""
        asked_s = time.time()
        answer = self._get("time", {}, 1)
        try:
            now_ms = int(answer["serverTime"])
        except (KeyError, TypeError, ValueError) as error:
            raise VenueUnavailable(f"time answered something else: {answer!r:.80}") from error
        self.skew_s = now_ms / 1000 - (asked_s + time.time()) / 2
        return now_ms

    def trade_gap_s(self, symbol: str) -> float | None:
        """Mean time between the trades of a symbol in the last page of them that tells, None before one did."""
        return self._gaps_s.get(symbol)

    def symbol_facts(self, symbols: Sequence[str]) -> dict[str, SymbolFacts]:
        """Facts of those `symbols` that the venue knows."""
        facts: dict[str, SymbolFacts] = {}
        for query in self._info_queries(symbols):
            try:
                facts |= parse_exchange_info(self._get("exchangeInfo", query, self._venue.weights.exchange_info))
            except VenueRefused as refused:
                if refused.code != INVALID_SYMBOL:
                    raise
        return {symbol: facts[symbol] for symbol in symbols if symbol in facts}

    def all_symbols(self) -> dict[str, SymbolFacts]:
        """Facts of all that the venue lists, without what makes most of the spot venue's 15 MB of them."""
        query = {"showPermissionSets": "false"} if self._venue.info_by_symbol else {}
        return parse_exchange_info(self._get("exchangeInfo", query, self._venue.weights.exchange_info))

    def _info_queries(self, symbols: Sequence[str]) -> list[dict[str, str]]:
        # The whole list of the spot venue is 15 MB of JSON; asked one by one, a refusal names its symbol.
        return [{"symbol": symbol} for symbol in symbols] if self._venue.info_by_symbol else [{}]

    def agg_trades(
        self, symbol: str, *, from_id: int | None = None, start_ms: int | None = None, limit: int = PAGE
    ) -> list[Tick]:
        """Up to `limit` trades from an id on (inclusive), or from a time on, or the newest."""
        query: dict[str, str] = {"symbol": symbol, "limit": str(limit)}
        if from_id is not None:
            query["fromId"] = str(from_id)
        if start_ms is not None:
            query["startTime"] = str(start_ms)
        ticks = parse_agg_trades(self._get("aggTrades", query, self._venue.weights.agg_trades))
        gap_s = mean_gap_s([tick.time_ms for tick in ticks])
        if gap_s is not None:
            self._gaps_s[symbol] = gap_s
        return ticks

    def klines(self, symbol: str, timeframe: Timeframe, *, start_ms: int, end_ms: int, limit: int = PAGE) -> list[Bar]:
        """Up to `limit` bars that open within [start_ms, end_ms), oldest first."""
        query = {
            "symbol": symbol,
            "interval": str(timeframe),
            "startTime": str(start_ms),
            "endTime": str(end_ms - 1),
            "limit": str(limit),
        }
        bars = parse_klines(self._get("klines", query, self._venue.weights.klines))
        return [bar for bar in bars if start_ms <= bar.open_time_ms < end_ms]

    def _get(self, call: str, query: dict[str, str], weight: int) -> Any:
        base = self._may_call(weight)
        host = urlsplit(base).netloc
        try:
            response = self._http.get(f"{base}/{call}", params=query, timeout=TIMEOUT_S)
            with self._lock:
                self._note_weight(response)
            if response.status_code != requests.codes.ok:
                self._refused(response, host, call)
            answer = _json(response.content, call)
        except requests.RequestException as error:
            self._failed()
            raise VenueUnavailable(f"{host} does not answer {call}: {type(error).__name__}") from error
        except VenueUnavailable:
            self._failed()
            raise
        with self._lock:
            self._hosts.worked()
        return answer

    def _may_call(self, weight: int) -> str:
        """The address to call, with the weight spent; raises `RateLimited` when nothing may be asked now."""
        with self._lock:
            now_s = time.monotonic()
            base = self._hosts.current(now_s)
            wait_s = max(self._budget.wait_s(now_s, weight), self.gate.banned_s(now_s))
            if wait_s > 0:
                raise RateLimited(f"the request budget of {urlsplit(base).netloc} is used up", wait_s)
            self._budget.spend(now_s, weight)
            return base

    def _failed(self) -> None:
        with self._lock:
            self._hosts.failed(time.monotonic())

    def _note_weight(self, response: requests.Response) -> None:
        used = response.headers.get(USED_WEIGHT, "")
        if used.isdecimal():
            self._budget.said(time.monotonic(), int(used))

    def _refused(self, response: requests.Response, host: str, call: str) -> None:
        status, retry_after = response.status_code, response.headers.get("Retry-After")
        error = refused(Refusal(host, call, status, retry_after, response.content), time.time())
        if isinstance(error, Banned):
            self.gate.ban(time.monotonic(), error.retry_after_s)
        elif isinstance(error, RateLimited):
            with self._lock:
                self._budget.block(time.monotonic(), error.retry_after_s)
        raise error


def _json(body: bytes, call: str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise VenueUnavailable(f"{call} answered no JSON: {body[:80]!r}") from error
