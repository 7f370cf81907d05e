"""A venue's REST calls: history, gaps, and which symbols there are.

Nothing here retries: a refusal says how long to ask nothing, and the caller decides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import requests

from ingest.dialects.calls import Call
from ingest.dialects.facts import SymbolFacts
from ingest.errors import Banned, RateLimited, VenueRefused, VenueUnavailable
from ingest.live.budget import WeightBudget
from ingest.live.gate import Gate
from ingest.live.hosts import Hosts
from ingest.live.pace import Pace
from ingest.live.refusals import Refusal, refused
from ingest.live.rhythm import mean_gap_s
from ingest.live.venues import Venue
from store.bars import Bar
from store.ticks import Tick
from store.timeframes import Timeframe

TIMEOUT_S = (5.0, 15.0)  # to connect, and between two bytes
PAGE = 1000

T = TypeVar("T")


class RestClient:
    """The calls the ingestor needs, for several threads. Weights are kept within the venue's budget."""

    def __init__(self, venue: Venue) -> None:
        self.gate = Gate()
        self.skew_s: float | None = None
        """How far the venue's clock was ahead of ours when it was last asked."""
        self._calls = venue.dialect.calls(venue.weights, info_by_symbol=venue.info_by_symbol)
        self._hosts = Hosts((venue.rest_url, *venue.rest_reserve))
        self._gaps_s: dict[str, float] = {}
        self._http = requests.Session()
        self._http.headers["User-Agent"] = "spreadboard"
        self._budget = WeightBudget(venue.weights.per_minute)
        self._pace = Pace(venue.weights.calls_per_s)
        self._lock = Lock()

    def close(self) -> None:
        self._http.close()

    def server_time_ms(self) -> int:
        """The venue's clock."""
        asked_s = time.time()
        now_ms = self._get(self._calls.time())
        self.skew_s = now_ms / 1000 - (asked_s + time.time()) / 2
        return now_ms

    def trade_gap_s(self, symbol: str) -> float | None:
        """Mean time between the trades of a symbol in the last page of them that tells, None before one did."""
        return self._gaps_s.get(symbol)

    def symbol_facts(self, symbols: Sequence[str]) -> dict[str, SymbolFacts]:
        """Facts of those `symbols` that the venue knows."""
        facts: dict[str, SymbolFacts] = {}
        for call in self._calls.symbols(symbols):
            try:
                found: dict[str, SymbolFacts] = self._get(call)
                facts |= found
            except VenueRefused as refused:
                if not self._calls.is_unknown_symbol(refused):
                    raise
        return {symbol: facts[symbol] for symbol in symbols if symbol in facts}

    def all_symbols(self) -> dict[str, SymbolFacts]:
        """Facts of all that the venue lists."""
        return self._get(self._calls.all_symbols())

    def trades(self, symbol: str, *, from_id: int | None = None, limit: int = PAGE) -> list[Tick]:
        """Up to `limit` trades in id order, from an id on (inclusive), or the newest."""
        ticks = self._get(self._calls.trades(symbol, from_id=from_id, limit=limit))
        gap_s = mean_gap_s([tick.time_ms for tick in ticks])
        if gap_s is not None:
            self._gaps_s[symbol] = gap_s
        return ticks

    def klines(self, symbol: str, timeframe: Timeframe, *, start_ms: int, end_ms: int) -> list[Bar]:
        """Bars that open within [start_ms, end_ms), at most `PAGE`, oldest first."""
        end_ms = min(end_ms, start_ms + PAGE * timeframe.ms)
        pages = [self._get(call) for call in self._calls.klines(symbol, timeframe, start_ms, end_ms)]
        bars = self._calls.joined([bar for page in pages for bar in page])
        return [bar for bar in bars if start_ms <= bar.open_time_ms < end_ms]

    def _get(self, call: Call[T]) -> T:
        base = self._may_call(call.weight)
        host = urlsplit(base).netloc
        try:
            response = self._http.get(f"{base}/{call.path}", params=call.query, timeout=TIMEOUT_S)
            with self._lock:
                self._note_weight(response)
            if response.status_code != requests.codes.ok:
                self._refused(response, host, call.path)
            answer = call.parse(_json(response.content, call.path))
        except requests.RequestException as error:
            self._failed()
            raise VenueUnavailable(f"{host} does not answer {call.path}: {type(error).__name__}") from error
        except VenueUnavailable:
            self._failed()
            raise
        with self._lock:
            self._hosts.worked()
        return answer

    def _may_call(self, weight: int) -> str:
        """The address to call, with the weight spent; raises `RateLimited` when nothing may be asked now.

        Calls that come closer to each other than the venue allows wait here for a moment.
        """
        with self._lock:
            self._pace.wait()
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
        used = self._calls.used_weight(response.headers)
        if used is not None:
            self._budget.said(time.monotonic(), used)

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
