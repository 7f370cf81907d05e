"""What the measurement of rules works on: a market of bars of a second, and an analyst's rules on many pairs of it."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from itertools import combinations, cycle, islice

import numpy as np
from redis import Redis

from engine.desk.desk import Desk
from engine.desk.records import level_record, pair_record
from engine.desk.types import RuleKind, RuleWords
from engine.parameters import Method, PairParameters
from ingest.core.batch import Batch, LegBatch
from ingest.core.publisher import Publisher
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo
from store.epoch import ensure_epoch
from store.retention import stream_caps
from store.sql.rules import append_rule
from store.timeframes import Timeframe

VENUE = "sim"
LEGS = tuple(f"{VENUE}:L{number:02d}USDT" for number in range(40))
HISTORY = 3_700  # bars: an hour, as much as is kept, and the windows before it
KINDS = (RuleKind.Z, RuleKind.CORRELATION, RuleKind.VOLATILITY, RuleKind.BETA_DRIFT)
LAST_KINDS = (RuleKind.GAP, RuleKind.NO_DATA)
RULES_A_PAIR = len(KINDS) + 1
_AT_ONCE = 100  # bars of each leg in one write of the history
_STORE_MB = 512


class Market:
    """Legs that share a walk, each with a deviation of its own that returns: bars as an ingestor writes them."""

    def __init__(self, client: Redis, seconds: int) -> None:
        noise = np.random.default_rng(5)
        bars = HISTORY + seconds
        walk = np.cumsum(noise.normal(0.0, 2e-4, bars))
        own = np.zeros((len(LEGS), bars))
        steps = noise.normal(0.0, 1e-4, own.shape)
        for number in range(1, bars):
            own[:, number] = 0.95 * own[:, number - 1] + steps[:, number]
        betas = noise.uniform(0.7, 1.3, (len(LEGS), 1))
        self._prices: list[list[float]] = (100.0 * np.exp(betas * walk + own)).tolist()
        ensure_epoch(client)
        self._publisher = Publisher(client, VENUE, stream_caps(_STORE_MB, len(LEGS)))
        self._publisher.register([InstrumentInfo(name, name[-7:-4], "USDT", 0.01, i) for i, name in enumerate(LEGS)])
        self.published = 0
        self._first_s = int(time.time()) - HISTORY

    def publish_history(self) -> None:
        """All but the seconds that are to come."""
        while self.published < HISTORY:
            self._publish(min(_AT_ONCE, HISTORY - self.published))

    def begin(self, second: int) -> None:
        """The next bar to be published is that of the second, whatever was published: there is a gap before it."""
        self._first_s = second - self.published

    def publish_next(self) -> int:
        """One more bar of every leg in one write; its close in UTC ms."""
        self._publish(1)
        return (self._first_s + self.published) * 1000

    def _publish(self, bars: int) -> None:
        numbers = range(self.published, self.published + bars)
        legs = (
            LegBatch(name, (), tuple(self._bar(number, prices[number]) for number in numbers), (), None, None, b"")
            for name, prices in zip(LEGS, self._prices, strict=True)
        )
        self._publisher.publish(Batch(VENUE, tuple(legs), ()))
        self.published += bars

    def _bar(self, number: int, price: float) -> bytes:
        time_ms, first = (self._first_s + number) * 1000, 3 * number
        prices, quotes = (price,) * 4, (price - 0.01, price + 0.01)
        return encode_bar(Bar(time_ms, *prices, 1.0, 3, first, first + 2, *quotes, Source.TRADES, 0, 0, 0.5))


def chosen_pairs(count: int) -> list[PairParameters]:
    """Pairs of a second, one half by each of the causal methods that fit."""
    legs = random.Random(2).sample(list(combinations(LEGS, 2)), count)
    methods = islice(cycle((Method.ROLLING, Method.KALMAN)), count)
    return [PairParameters(y, x, Timeframe.S1, method=method) for (y, x), method in zip(legs, methods, strict=True)]


def write_rules(desk: Desk, pairs: Sequence[PairParameters], effective_ms: int) -> None:
    """`RULES_A_PAIR` on each pair, with the levels that their kinds begin with."""
    level = level_record(RuleWords(), effective_ms)
    with desk.database.write() as connection:
        for pair, last in zip(pairs, cycle(LAST_KINDS), strict=False):
            for kind in (*KINDS, last):
                append_rule(
                    connection, pair_record(pair), kind=kind, origin="user", created_ms=effective_ms, level=level
                )
    desk.changed()
