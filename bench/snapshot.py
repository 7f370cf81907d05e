"""A snapshot's price as the window kept grows from one hour to a day of seconds: a refresh must not notice.

Each figure is the median over bars that close one by one in a real store. Of a pair one reader
computes and shares the row, another reads it; an instrument's rows, of the Market page, are
computed by each. Run: python -m bench.snapshot
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from redis import Redis
from redis.exceptions import RedisError

from bench.table import table, verdict
from engine.market.parameters import MarketParameters
from engine.market.snapshot import MarketSnapshot
from engine.parameters import Method, PairParameters
from engine.reader import Reader
from engine.snapshot import Snapshot
from engine.thresholds import DEFAULT_THRESHOLD
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.client import connect_reader
from store.embedded import server_command
from store.epoch import ensure_epoch
from store.timeframes import Timeframe

HOUR = 3_600
DAY = 24 * HOUR
FIRST_SECOND = 1_767_225_600
BARS_TIMED = 300
MOST_GROWTH = 1.3
METHODS = (Method.ROLLING, Method.KALMAN, None)  # None: the Market page's rows of one instrument

Prices = tuple[list[float], list[float]]


@dataclass(frozen=True, slots=True)
class Costs:
    """In ms: all rows computed and shared, all rows read by who joins late, and one more bar for each of them."""

    first: float
    join: float
    refresh: float
    follow: float
    nothing_new: float


@contextmanager
def private_store() -> Iterator[str]:
    """The address of a server of our own, gone with the block."""
    directory = Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp"))
    socket = directory / "s"
    command = server_command(directory, socket, persist=False)
    server = subprocess.Popen([sys.executable, "-m", "store.parent_death", "--", *command])
    client = connect_reader(f"unix://{socket}")
    try:
        while server.poll() is None:
            try:
                client.ping()
                break
            except RedisError:
                time.sleep(0.01)
        ensure_epoch(client)
        yield f"unix://{socket}"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def made_prices() -> Prices:
    """Prices of a cointegrated pair for a day and the bars that are timed."""
    rng = np.random.default_rng(1)
    x = 11.0 + np.cumsum(rng.normal(0.0, 1e-4, DAY + BARS_TIMED))
    y = -1.0 + 0.8 * x + rng.normal(0.0, 1e-4, len(x))
    return np.exp(y).tolist(), np.exp(x).tolist()


def made_bar(second: int, price: float) -> Bar:
    time_ms = (FIRST_SECOND + second) * 1000
    first = second * 3
    return Bar(
        time_ms,
        price,
        price,
        price,
        price,
        1.0,
        3,
        first,
        first + 2,
        price,
        price,
        Source.TRADES,
        missing=0,
        revision=0,
    )


def reader_of(url: str, history_bars: int) -> Reader:
    """A reader of another process, as far as the store can tell; it refreshes each time it is asked."""
    ticks = count()
    return Reader(
        connect_reader(url), lambda: (DEFAULT_THRESHOLD,), history_bars=history_bars, now_s=lambda: float(next(ticks))
    )


def register(client: Redis, names: Sequence[str]) -> None:
    """Instruments that the board knows."""
    for position, name in enumerate(names):
        client.hset(keys.INSTRUMENTS, name, encode_info(InstrumentInfo(name, "X", "USDT", 0.01, position)))


def publish_bars(client: Redis, names: Sequence[str], prices: Prices, first: int, end: int) -> None:
    """Second bars [first, end) of both legs."""
    for start in range(first, end, 5_000):
        pipeline = client.pipeline(transaction=False)
        for second in range(start, min(start + 5_000, end)):
            for name, leg in zip(names, prices, strict=True):
                entry: Any = {keys.FIELD: encode_bar(made_bar(second, leg[second]))}
                pipeline.xadd(keys.bars(name, Timeframe.S1), entry)
        pipeline.execute()


class Case:
    """Legs of their own with so many rows kept, on streams with as many bars, and two readers."""

    def __init__(self, url: str, method: Method | None, history_bars: int, prices: Prices) -> None:
        self._names = tuple(f"sim:{leg}{(method or 'MARKET').upper()}{history_bars}" for leg in ("Y", "X"))
        self._client, self._prices = connect_reader(url), prices
        register(self._client, self._names)
        y, x = self._names
        pair = None if method is None else PairParameters(y, x, timeframe=Timeframe.S1, method=method)
        self._asked = pair or MarketParameters(y, Timeframe.S1)
        self._computing, self._following = reader_of(url, history_bars), reader_of(url, history_bars)
        self._second = history_bars
        self._publish(0, history_bars)
        self._computing.instruments()
        self._following.instruments()
        self.first, self.join = self._timed_ms(self._computing), self._timed_ms(self._following)
        self.refreshes: list[float] = []
        self.follows: list[float] = []
        self.idles: list[float] = []

    def step(self) -> None:
        """One more bar."""
        self._publish(self._second, self._second + 1)
        self._second += 1
        self.refreshes.append(self._timed_ms(self._computing))
        self.follows.append(self._timed_ms(self._following))
        self.idles.append(self._timed_ms(self._following))

    def costs(self) -> Costs:
        if self._bits(self._computing) != self._bits(self._following):
            raise SystemExit("the two readers differ: nothing here is worth printing")
        return Costs(self.first, self.join, *map(statistics.median, (self.refreshes, self.follows, self.idles)))

    def _bits(self, reader: Reader) -> bytes:
        return self._read(reader).rows.tobytes()

    def _timed_ms(self, reader: Reader) -> float:
        start = time.perf_counter()
        self._read(reader)
        return (time.perf_counter() - start) * 1e3

    def _read(self, reader: Reader) -> Snapshot | MarketSnapshot:
        asked = self._asked
        return reader.snapshot(asked) if isinstance(asked, PairParameters) else reader.market(asked)

    def _publish(self, first: int, end: int) -> None:
        publish_bars(self._client, self._names, self._prices, first, end)


def measure(url: str, method: Method | None) -> tuple[Costs, Costs]:
    """With an hour and with a day kept, bar by bar in turn, so that a busy machine spoils neither alone."""
    prices = made_prices()
    cases = [Case(url, method, kept, prices) for kept in (HOUR, DAY)]
    for _ in range(BARS_TIMED):
        for case in cases:
            case.step()
    hour, day = (case.costs() for case in cases)
    return hour, day


def main() -> None:
    rows, flat = [], True
    with private_store() as url:
        for method in METHODS:
            hour, day = measure(url, method)
            for kept, costs in (("1 h", hour), ("24 h", day)):
                figures = (costs.first, costs.join, costs.refresh, costs.follow, costs.nothing_new)
                rows.append([f"{method or 'market'}, {kept} kept", *(f"{figure:.2f}" for figure in figures)])
            growth = [getattr(day, name) / getattr(hour, name) for name in ("refresh", "follow", "nothing_new")]
            rows.append(["  24 h / 1 h", "", "", *(f"{ratio:.2f}x" for ratio in growth)])
            flat = flat and max(growth) <= MOST_GROWTH
    head = ["snapshot, ms", "first of all", "late join", "refresh, computing", "refresh, reading", "nothing new"]
    print(table(head, rows))
    print(f"wanted: a refresh costs <= {MOST_GROWTH}x of it at 24 h: {verdict(flat)}")


if __name__ == "__main__":
    main()
