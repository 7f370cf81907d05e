"""An ingestor's connections and core at work in a test, without a store; and what it should have made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

import numpy as np
import requests

from ingest.core.core import Core
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.feeding import Feeding
from ingest.live.fill import MissingIds
from ingest.live.links import Links
from ingest.live.opener import Clock
from ingest.live.rest import RestClient
from ingest.live.venues import Venue, simulated
from ingest.sim.exchange import SimulatedExchange
from store.bars import Bar, parse_bar
from store.ticks import parse_ticks

LIMIT_S = 90.0
START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC


@dataclass
class JumpingClock:
    """Real time that jumps over every pause between attempts: hours of them pass at once."""

    jumped_s: float = 0.0

    def now_s(self) -> float:
        return time.monotonic() + self.jumped_s

    def wait(self, event: Event, seconds: float) -> bool:
        self.jumped_s += seconds
        return event.is_set()

    @property
    def clock(self) -> Clock:
        return Clock(self.now_s, self.wait)


@dataclass
class Follower:
    """Feeds the core by hand, as the session's loop does, and keeps all that comes out."""

    links: Links
    core: Core
    rest: RestClient
    ticks: dict[str, bytes] = field(default_factory=dict)
    bars: dict[str, dict[int, Bar]] = field(default_factory=dict)
    feeding: Feeding = field(init=False)

    def __post_init__(self) -> None:
        self.feeding = Feeding(self.links.queue, self.core)

    @property
    def connections(self) -> list[StreamConnection]:
        return self.links._connections

    def work(self) -> None:
        """One turn of the loop."""
        self.feeding.step(5_000)
        for filled in self.links.filler.results():
            self.core.fill(filled.gap.symbol, filled.ticks)
        for gap in self.core.wanted_gaps():
            self.links.filler.want(MissingIds(gap.symbol, gap.first, gap.last))
        batch = self.core.take()
        self.links.note(batch.venue, batch.notices)
        for leg in batch.legs:
            symbol = leg.instrument.partition(":")[2]
            self.ticks[symbol] = self.ticks.get(symbol, b"") + b"".join(leg.ticks)
            self.bars.setdefault(symbol, {}).update({bar.open_time_ms: bar for bar in map(parse_bar, leg.seconds)})

    def work_until(self, condition: Callable[[], object], what: str, *, limit_s: float = LIMIT_S) -> None:
        deadline_s = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline_s, f"waited {limit_s} s for {what}; trouble: {self.links.trouble}"
            self.work()
            time.sleep(0.01)

    def ids(self, symbol: str) -> list[int]:
        """The trade ids as they were stored, in order."""
        return [int(trade_id) for trade_id in parse_ticks(self.ticks.get(symbol, b""))["trade_id"]]


@contextmanager
def following(venue: Venue, symbols: list[str], patience: Patience | None = None) -> Iterator[Follower]:
    rest = RestClient(venue)
    links = Links(venue, rest, symbols, silent_after_s=15.0, patience=patience)
    links.open()
    try:
        yield Follower(links, Core(venue.name, symbols), rest)
    finally:
        links.close()
        rest.close()


def simulated_venue(*exchanges: SimulatedExchange) -> Venue:
    """The simulated venue at the first exchange, the others in reserve."""
    venue = simulated(exchanges[0].rest_url)
    return replace(
        venue,
        stream_reserve=tuple(exchange.ws_url for exchange in exchanges[1:]),
        rest_reserve=tuple(f"{exchange.rest_url}/api/v3" for exchange in exchanges[1:]),
    )


def assert_nothing_missing_nor_twice(follower: Follower, symbol: str) -> None:
    """Ids without a hole and without a repeat."""
    ids = follower.ids(symbol)
    assert len(ids) == len(set(ids)), "a trade was stored twice"
    assert sorted(ids) == list(range(min(ids), max(ids) + 1)), "a trade is missing"


def assert_bars_are_the_exchanges(follower: Follower, exchange: SimulatedExchange, symbol: str) -> None:
    """Whole seconds of ours are the exchange's own klines, which it makes from its market and not from frames."""
    bars = follower.bars[symbol]
    own = [bars[open_ms] for open_ms in sorted(bars)][1:]
    url = f"{exchange.rest_url}/api/v3/klines"
    query = {"symbol": symbol, "interval": "1s", "startTime": own[0].open_time_ms, "limit": min(len(own), 1000)}
    rows = requests.get(url, params={key: str(value) for key, value in query.items()}, timeout=10).json()
    told = np.array([[float(row[column]) for column in (0, 1, 2, 3, 4, 5, 8)] for row in rows])
    ours = np.array([[bar[column] for column in range(7)] for bar in own[: len(rows)]], dtype=float)
    assert len(rows) >= 5
    np.testing.assert_allclose(ours, told, rtol=1e-12)
    assert all(bar.missing == 0 for bar in own[: len(rows)])


def choose(exchange: SimulatedExchange, faults: str) -> None:
    """Switch the exchange's faults, as a user would."""
    answer = requests.get(f"{exchange.rest_url}/sim/faults", params={"set": faults}, timeout=10)
    assert answer.status_code == 200, answer.text
