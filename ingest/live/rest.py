"""A venue's REST calls: history, gaps, and which symbols there are.

Nothing here sleeps or retries: a refusal says how long to ask nothing, and the caller decides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from ingest.errors import RateLimited, RegionRefused, VenueRefused, VenueUnavailable
from ingest.live.budget import WeightBudget
from ingest.live.payloads import SymbolFacts, parse_agg_trades, parse_exchange_info, parse_klines
from ingest.live.venues import Venue
from store.bars import Bar
from store.ticks import Tick
from store.timeframes import Timeframe

TIMEOUT_S = (5.0, 15.0)  # to connect, and between two bytes
PAGE = 1000
INVALID_SYMBOL = -1121
DEFAULT_RETRY_S = {429: 60.0, 418: 120.0, 403: 60.0}
USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"


class RestClient:
    """The calls the ingestor needs, for several threads. Weights are kept within the venue's budget."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._host = urlsplit(venue.rest_url).netloc
        self._http = requests.Session()
        self._http.headers["User-Agent"] = "spreadboard"
        self._budget = WeightBudget(venue.weights.per_minute)
        self._lock = Lock()

    def close(self) -> None:
        self._http.close()

    def server_time_ms(self) -> int:
        """The venue's clock."""
        answer = self._get("time", {}, 1)
        try:
            return int(answer["serverTime"])
        except (KeyError, TypeError, ValueError) as error:
            raise VenueUnavailable(f"time answered something else: {answer!r:.80}") from error

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
        answer = self._get("aggTrades", query, self._venue.weights.agg_trades)
        return parse_agg_trades(answer)

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
        with self._lock:
            now_s = time.monotonic()
            wait_s = self._budget.wait_s(now_s, weight)
            if wait_s > 0:
                raise RateLimited(f"the request budget of {self._host} is used up", wait_s)
            self._budget.spend(now_s, weight)
        try:
            response = self._http.get(f"{self._venue.rest_url}/{call}", params=query, timeout=TIMEOUT_S)
            body = response.content
        except requests.RequestException as error:
            raise VenueUnavailable(f"{self._host} does not answer {call}: {type(error).__name__}") from error
        with self._lock:
            self._note_weight(response)
        if response.status_code != requests.codes.ok:
            self._refused(response, call)
        return _json(body, call)

    def _note_weight(self, response: requests.Response) -> None:
        used = response.headers.get(USED_WEIGHT, "")
        if used.isdecimal():
            self._budget.said(time.monotonic(), int(used))

    def _refused(self, response: requests.Response, call: str) -> None:
        status = response.status_code
        if status == 451:
            raise RegionRefused(self._host)
        if status in DEFAULT_RETRY_S:
            seconds = retry_after_s(response.headers.get("Retry-After"), time.time(), DEFAULT_RETRY_S[status])
            with self._lock:
                self._budget.block(time.monotonic(), seconds)
            raise RateLimited(f"{self._host} answered HTTP {status} to {call}", seconds)
        if status >= 500:
            raise VenueUnavailable(f"{self._host} answered HTTP {status} to {call}")
        code, message = _error_body(response.content)
        raise VenueRefused(status, code, message)


def retry_after_s(header: str | None, now_s: float, default_s: float) -> float:
    """Seconds that a ``Retry-After`` header asks for, given as seconds or as an HTTP date."""
    if header is None:
        return default_s
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now_s)
    except ValueError:
        return default_s


def _json(body: bytes, call: str) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise VenueUnavailable(f"{call} answered no JSON: {body[:80]!r}") from error


def _error_body(body: bytes) -> tuple[int, str]:
    try:
        answer = orjson.loads(body)
        return int(answer.get("code", 0)), str(answer.get("msg", ""))[:200]
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return 0, body[:80].decode("utf-8", "replace")
