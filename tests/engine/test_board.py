"""What readers get besides snapshots: feeds, instruments, bars, open prices, health."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from engine.board import Board, open_board
from engine.errors import UnknownInstrument
from engine.monitor_state import MonitorState, write_monitor_state
from engine.parameters import PairParameters, PriceField
from engine.reader import Reader
from engine.thresholds import DEFAULT_THRESHOLD
from store import keys
from store.bars import encode_bar
from store.client import connect_reader
from store.feed import FeedState, encode_feed
from store.timeframes import Timeframe
from tests.engine.pair_data import Clock, X, Y, append_bars, made_legs, reader_of, register
from tests.store.standing_still import stopped

P = PairParameters(Y, X)
NOW_MS = 1_767_300_000_000
FEED = FeedState(
    venue="sim",
    origin="SIMULATED",
    state="streaming",
    written_ms=NOW_MS,
    started_ms=NOW_MS - 60_000,
    venue_time_ms=NOW_MS,
    received_ms=NOW_MS - 300,
    trades_per_s=30.0,
    quotes_per_s=90.0,
    lag_p95_ms=4.0,
    trades=1_800,
    rejected=0,
    duplicates=0,
    reconnects=0,
)


def publish_feed(client: Redis, feed: FeedState) -> None:
    client.sadd(keys.VENUES, feed.venue)
    client.set(keys.feed(feed.venue), encode_feed(feed))


def test_feeds_come_by_venue_and_are_none_before_any(client: Redis) -> None:
    assert reader_of(client).feeds() == ()
    usdm = replace(FEED, venue="usdm", origin="LIVE")
    publish_feed(client, usdm)
    publish_feed(client, FEED)
    assert reader_of(client).feeds() == (FEED, usdm)


def test_instruments_say_what_is_kept_of_them(client: Redis) -> None:
    legs = made_legs(100, gaps=False)
    append_bars(client, Y, [*legs.y[:99], legs.y[99]._replace(trades=30, missing=10)])
    append_bars(client, Y, made_legs(40, timeframe=Timeframe.S1).y, Timeframe.S1)
    y, x = reader_of(client).instruments()
    assert (y.id, x.id) == (Y, X)
    assert y.first_ms == legs.y[0].open_time_ms
    assert y.last_ms == legs.y[99].open_time_ms + 60_000
    trades = sum(bar.trades for bar in legs.y[40:99]) + 30
    assert y.completeness == pytest.approx(trades / (trades + 10))
    assert (x.first_ms, x.last_ms, x.completeness) == (None, None, None)


def test_bars_of_a_stretch_of_time(client: Redis) -> None:
    legs = made_legs(120, gaps=False)
    append_bars(client, Y, [*legs.y[:50], *legs.y[53:]])
    reader = reader_of(client)

    def opens(**options: int) -> list[int]:
        bars = reader.bars(Y, Timeframe.M1, **options)
        return [int(second) // 60 - legs.y[0].open_time_ms // 60_000 for second in bars["open_time_s"]]

    at = [bar.open_time_ms for bar in legs.y]
    assert opens(limit=3) == [117, 118, 119]
    assert opens(end_ms=at[10], limit=3) == [7, 8, 9]
    assert opens(start_ms=at[48], end_ms=at[56]) == [48, 49, 53, 54, 55]
    assert opens(start_ms=at[48], limit=3) == [48, 49, 53]
    assert opens(start_ms=at[119] + 1) == []
    assert opens(start_ms=0, end_ms=at[2]) == [0, 1]
    assert opens(start_ms=at[5], end_ms=at[5]) == []
    five = reader.bars(Y, Timeframe.M5, limit=2)
    assert five["open_time_s"].tolist() == [at[110] // 1000, at[115] // 1000]
    assert len(reader.bars(X, Timeframe.M1)) == 0
    with pytest.raises(UnknownInstrument):
        reader.bars("sim:NOPE", Timeframe.M1)


def test_open_prices_are_those_of_the_unfinished_bars(client: Redis) -> None:
    reader, legs = reader_of(client), made_legs(10, gaps=False)
    assert reader.open_prices(P).y is None
    client.hset(keys.open_bars(Y), "1m", encode_bar(legs.y[7]))
    client.hset(keys.open_bars(X), "1m", encode_bar(legs.x[6]._replace(bid=float("nan"))))
    prices = reader.open_prices(P)
    assert (prices.y, prices.x) == (legs.y[7].close, legs.x[6].close)
    assert prices.open_time_ms == legs.y[7].open_time_ms
    mid = reader.open_prices(replace(P, field=PriceField.MID))
    assert mid.y == pytest.approx(legs.y[7].close)
    assert mid.x is None


def test_a_look_is_left_for_the_monitor(client: Redis) -> None:
    reader = Reader(client, lambda: (DEFAULT_THRESHOLD,), now_s=lambda: 5.0, clock_ms=lambda: NOW_MS)
    reader.look(P)
    client.zadd(keys.LOOKED_AT, {P.key: 1})
    reader.look(P)  # said a moment ago
    assert client.zscore(keys.LOOKED_AT, P.key) == 1


def test_health_tells_fit_from_unfit(client: Redis, redis_url: str, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/board.sqlite"

    def board() -> Board:
        return replace(open_board(redis_url, database), clock_ms=lambda: NOW_MS)

    empty = board().health()
    assert (empty.fit, empty.store, empty.warmed_up) == (False, "ok", False)
    assert "warming up" in empty.reasons[0]
    register(client, Y, X)
    append_bars(client, Y, made_legs(3).y)
    publish_feed(client, FEED)
    write_monitor_state(client, MonitorState(NOW_MS - 900, NOW_MS - 50_000, pairs=1, rules=1, alerts=0))
    fit = board().health()
    assert (fit.fit, fit.monitor, fit.data_age_ms, fit.reasons) == (True, True, 300, ())
    dead = open_board("unix:///nonexistent/socket", database).health()
    assert (dead.fit, dead.store) == (False, "unreachable")
    assert "does not answer" in dead.reasons[0]


def test_a_slow_store_leaves_a_board_fit_that_was_and_one_that_knew_nothing_unfit(
    client: Redis, redis_url: str, tmp_path: Path
) -> None:
    register(client, Y, X)
    append_bars(client, Y, made_legs(3).y)
    publish_feed(client, FEED)
    now = [0.0]
    database = f"sqlite:///{tmp_path}/board.sqlite"
    warm, cold = (
        replace(
            open_board(redis_url, database),
            reader=Reader(connect_reader(redis_url), tuple, now_s=lambda: now[0]),
            clock_ms=lambda: NOW_MS,
        )
        for _ in range(2)
    )
    before = warm.health()
    now[0] += 60.0
    with stopped(client):
        slow, unknown = warm.health(), cold.health()
    assert (before.fit, before.store) == (True, "ok")
    assert (slow.fit, slow.store, slow.feeds, slow.data_age_ms) == (True, "slow", before.feeds, 300)
    assert "slow to answer" in slow.reasons[0]
    assert (unknown.fit, unknown.store, unknown.feeds) == (False, "slow", ())
    assert "warming up" in unknown.reasons[1]


def test_while_one_refreshes_the_others_get_the_last_snapshot(client: Redis) -> None:
    legs = made_legs(80, gaps=False)
    for name, bars in ((Y, legs.y), (X, legs.x)):
        append_bars(client, name, bars)
    register(client, Y, X)
    entered, go_on = threading.Event(), threading.Event()

    def thresholds() -> tuple[()]:
        entered.set()
        assert go_on.wait(20)
        return ()

    go_on.set()
    reader = Reader(client, thresholds, now_s=Clock())
    first = reader.snapshot(P)
    entered.clear()
    go_on.clear()
    slow = threading.Thread(target=reader.snapshot, args=(P,))
    slow.start()
    assert entered.wait(20)
    assert reader.snapshot(P) is first  # at once: the other is still at it
    go_on.set()
    slow.join(20)


def test_more_pairs_than_are_kept_push_the_oldest_out_and_their_bars_too(
    client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.reader.MAX_PAIRS", 2)
    legs = made_legs(80, gaps=False)
    for name, bars in ((Y, legs.y), (X, legs.x)):
        append_bars(client, name, bars)
    reader = reader_of(client)
    pairs = [P, replace(P, window=5_000, z_window=4_000), replace(P, window=50), replace(P, window=51)]
    for p in pairs:
        reader.snapshot(p)
    assert list(reader._pairs) == [p.key for p in pairs[2:]]
    assert {use.capacity for use in reader._shelf._shelf} == {4_096}
    again = reader.snapshot(pairs[0])
    assert np.array_equal(again.rows["y"], reader.snapshot(pairs[3]).rows["y"])


def test_a_process_may_fork_after_the_board_is_opened(redis_url: str, tmp_path: Path) -> None:
    """Nothing is connected before the first call."""
    script = (
        "import os, sys, engine.board",
        "opened = lambda: len(os.listdir('/proc/self/fd'))",
        "before = opened()",
        "board = engine.board.open_board(*sys.argv[1:])",
        "after = opened()",
        "print(after - before, len(board.reader.feeds()), opened() - before)",
    )
    command = (sys.executable, "-c", "\n".join(script), redis_url, f"sqlite:///{tmp_path}/board.sqlite")
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["0", "0", "1"]


def test_no_heavy_import_comes_with_the_board() -> None:
    """A web worker has 150 MB: pandas, scipy and statsmodels would take them."""
    script = "import sys, engine.board; print(*(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "scipy", "statsmodels", "pykalman", "requests", "websockets", "pyarrow", "duckdb"} & set(
        loaded
    )
