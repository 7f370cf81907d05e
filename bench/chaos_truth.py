"""What the exchange sent, folded plainly, and how far a store is from it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from ingest.sim.world import World, instrument_spec
from store import keys
from store.bars import Bar, Source, parse_bar
from store.gap_ledger import read_gaps
from store.recent_ticks import read_recent_ticks
from store.ticks import Side, Tick, parse_ticks
from store.timeframes import KEPT, Timeframe

FAR_MS = 2**42
VOLUME_REL = 1e-12  # a kline's volume adds whole steps, a fold adds floats


@dataclass(slots=True)
class Found:
    """What was compared, and each difference in words."""

    trades: int = 0
    twice: int = 0
    bars: int = 0
    differences: list[str] = field(default_factory=list)

    def say(self, words: str) -> None:
        self.differences.append(words)


def sent_ticks(world: World, symbol: str, first: int, last: int) -> list[Tick]:
    """Trades `first` to `last` as the wire tells them."""
    spec = instrument_spec(symbol)
    trades = world.trades_from(symbol, first, last - first + 1, FAR_MS)
    prices = (trades.price_ticks / 10**spec.price_decimals).tolist()
    quantities = (trades.quantity_steps / 10**spec.quantity_decimals).tolist()
    sides = np.where(trades.seller_aggressed, int(Side.SELL), int(Side.BUY)).tolist()
    rows = zip(range(first, last + 1), prices, quantities, trades.time_ms.tolist(), sides, strict=True)
    return [Tick(trade_id, price, quantity, time_ms, 0, side) for trade_id, price, quantity, time_ms, side in rows]


def fold(ticks: Iterable[Tick], timeframe: Timeframe) -> dict[int, tuple[float, ...]]:
    """Open time → (open, high, low, close, volume, trades, first id, last id), of ticks in id order."""
    bars: dict[int, list[Any]] = {}
    for tick in ticks:
        price, opened = tick.price, tick.time_ms // timeframe.ms * timeframe.ms
        bar = bars.setdefault(opened, [price, price, price, price, 0.0, 0, tick.trade_id, 0])
        bar[1:4] = max(bar[1], price), min(bar[2], price), price
        bar[4:6] = bar[4] + tick.quantity, bar[5] + 1
        bar[7] = tick.trade_id
    return {opened: tuple(bar) for opened, bar in bars.items()}


def compare(client: Redis, world: World, symbol: str, *, since_ms: int, until_ms: int) -> Found:
    """Hold the store against what was sent of a symbol between two venue times; it may know more at both ends."""
    found = Found()
    name = f"sim:{symbol}"
    entries: Any = client.xrange(keys.ticks(name))
    ticks = parse_ticks(b"".join(fields[keys.FIELD] for _, fields in entries))
    if not len(ticks):
        found.say(f"{symbol}: no trades are stored")
        return found
    first, last = int(ticks["trade_id"].min()), int(ticks["trade_id"].max())
    sent = sent_ticks(world, symbol, first, last)
    _compare_ids(found, world, symbol, ticks, since_ms=since_ms, until_ms=until_ms)
    _compare_ticks(found, symbol, ticks, sent)
    once = read_recent_ticks(client, name, start_ms=0, end_ms=FAR_MS)["trade_id"]
    if once[once <= last].tolist() != np.unique(ticks["trade_id"]).tolist():
        found.say(f"{symbol}: readers do not see each trade once")
    for timeframe in KEPT:
        stored: Any = client.xrange(keys.bars(name, timeframe))
        newest = {bar.open_time_ms: bar for bar in (parse_bar(fields[keys.FIELD]) for _, fields in stored)}
        _compare_bars(found, symbol, newest, timeframe, sent=sent, until_ms=until_ms)
    unfilled = [gap for gap in read_gaps(client, name) if gap.state != "filled" and gap.last >= first]
    if unfilled:
        found.say(f"{symbol}: {len(unfilled)} gaps are not said to be filled, such as {unfilled[0]}")
    return found


def _compare_ids(
    found: Found, world: World, symbol: str, ticks: NDArray[np.void], *, since_ms: int, until_ms: int
) -> None:
    ids = np.unique(ticks["trade_id"])
    found.trades, found.twice = len(ids), len(ticks) - len(ids)
    first, last = world.last_id(symbol, since_ms) + 1, world.last_id(symbol, until_ms)
    if ids[0] > first:
        found.say(f"{symbol}: begins at {ids[0]}, {ids[0] - first} trades late")
    if ids[-1] < last:
        found.say(f"{symbol}: ends at {ids[-1]}, {last - ids[-1]} trades early")
    holes = np.flatnonzero(np.diff(ids) != 1)
    if len(holes):
        missing = int(ids[-1] - ids[0]) + 1 - len(ids)
        found.say(f"{symbol}: {missing} trades are missing in {len(holes)} places, such as after {ids[holes[0]]}")


def _compare_ticks(found: Found, symbol: str, ticks: NDArray[np.void], sent: list[Tick]) -> None:
    place = ticks["trade_id"] - sent[0].trade_id
    for column in ("price", "quantity", "time_ms", "side"):
        values = np.array([getattr(tick, column) for tick in sent])[place]
        if (ticks[column] != values).any():
            found.say(f"{symbol}: {column} of {(ticks[column] != values).sum()} stored trades is not what was sent")


def _compare_bars(
    found: Found, symbol: str, newest: dict[int, Bar], timeframe: Timeframe, *, sent: list[Tick], until_ms: int
) -> None:
    """The last revision of every bar of the time whose trades are stored."""
    expected = fold(sent, timeframe)
    begin = min(expected) + timeframe.ms  # the bar of the first trade may hold others from before it
    end = until_ms // timeframe.ms * timeframe.ms
    slots = range(begin, end, timeframe.ms)
    wrong = Counter[str]()
    close = expected[min(expected)][3]
    for opened in slots:
        wanted = expected.get(opened)
        complaint = _complaint(newest.get(opened), wanted, close)
        if complaint:
            wrong[complaint] += 1
        close = wanted[3] if wanted else close
    found.bars += len(slots)
    for words, count in wrong.items():
        found.say(f"{symbol}: {count} of {len(slots)} bars of {timeframe} {words}")


def _complaint(bar: Bar | None, wanted: tuple[float, ...] | None, close: float) -> str:
    """What is wrong with a bar; blank where nothing is. `wanted` None: nothing was traded, the `close` goes on."""
    if bar is None:
        return "are absent"
    if wanted is None:
        right = bar.trades == 0 and bar.volume == 0 and bar[1:5] == (close,) * 4
        return "" if right and bar.missing in (0, _unknown(bar)) else "should be empty"
    if bar.source == Source.KLINES:
        alike = bar[1:5] == wanted[:4] and bar.trades == wanted[5]
        return "" if alike and math.isclose(bar.volume, wanted[4], rel_tol=VOLUME_REL) else "differ from the klines"
    if tuple(bar[1:9]) != wanted:
        return "differ"
    return "" if bar.missing == 0 else "are said to lack trades"


def _unknown(bar: Bar) -> int:
    """Of klines nobody knows what is missing."""
    return bar.missing if bar.source == Source.KLINES else 0
