"""What the monitor follows, and how it learns of closed bars."""

from __future__ import annotations

import math
import time

import pytest
from redis import Redis

from engine.desk.desk import Desk
from engine.monitor.bell import Bell, legs_of
from engine.monitor.pairs import looked_at, parse_pair_key
from engine.monitor.seeding import Seeding
from engine.monitor.seeds import default_pairs
from engine.monitor.settings import SettingsRefused, parse_settings
from engine.monitor_state import MonitorState, read_monitor_state, write_monitor_state
from engine.parameters import Method, PairParameters
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.errors import CorruptRecord
from store.lease import LEASE_MS, Lease
from store.timeframes import Timeframe

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
MINUTE = 60_000


def _bar(open_time_ms: int, revision: int = 0) -> bytes:
    return encode_bar(Bar(open_time_ms, 1, 1, 1, 1, 0, 0, -1, -1, math.nan, math.nan, Source.TRADES, 0, revision))


def _publish(client: Redis, instrument: str, *bars: bytes) -> None:
    for bar in bars:
        client.xadd(keys.bars(instrument, Timeframe.M1), {keys.FIELD: bar})


def _infos(venue: str, *symbols: str) -> list[InstrumentInfo]:
    return [InstrumentInfo(f"{venue}:{name}", "", "", 0.1, place) for place, name in enumerate(symbols)]


def test_a_pair_is_ready_when_its_bar_is_closed_in_both_legs(client: Redis) -> None:
    _publish(client, PAIR.y, _bar(4 * MINUTE), _bar(5 * MINUTE))
    bell = Bell(client)
    bell.follow(legs_of(PAIR))
    assert bell.ready_ms(PAIR) is None
    _publish(client, PAIR.x, _bar(4 * MINUTE))
    assert bell.wait(1_000)
    assert bell.ready_ms(PAIR) == 4 * MINUTE
    _publish(client, PAIR.x, _bar(5 * MINUTE), _bar(2 * MINUTE, revision=1))
    assert bell.wait(1_000)
    assert bell.ready_ms(PAIR) == 5 * MINUTE
    assert not bell.wait(1)


def test_a_coarser_bar_is_ready_with_its_last_minute(client: Redis) -> None:
    coarse = PairParameters(PAIR.y, PAIR.x, Timeframe.M5)
    bell = Bell(client)
    for instrument in (PAIR.y, PAIR.x):
        _publish(client, instrument, _bar(8 * MINUTE))
    bell.follow(legs_of(coarse))
    assert bell.ready_ms(coarse) == 0
    for instrument in (PAIR.y, PAIR.x):
        _publish(client, instrument, _bar(9 * MINUTE))
    while bell.wait(100):
        pass
    assert bell.ready_ms(coarse) == 5 * MINUTE


def test_a_bell_forgets_what_is_no_longer_followed_and_a_store_that_was_emptied(client: Redis) -> None:
    bell = Bell(client)
    _publish(client, PAIR.y, _bar(9 * MINUTE))
    _publish(client, PAIR.x, _bar(9 * MINUTE))
    bell.follow(legs_of(PAIR))
    bell.forget()
    client.flushall()
    _publish(client, PAIR.y, _bar(3 * MINUTE))
    _publish(client, PAIR.x, _bar(3 * MINUTE))
    bell.follow(legs_of(PAIR))
    assert bell.ready_ms(PAIR) == 3 * MINUTE
    bell.follow(())
    assert not bell.following
    assert bell.ready_ms(PAIR) is None


def test_a_stream_of_the_wrong_type_is_named_corrupt(client: Redis) -> None:
    client.set(keys.bars(PAIR.y, Timeframe.M1), "text")
    with pytest.raises(CorruptRecord):
        Bell(client).follow(legs_of(PAIR))


def test_one_of_two_holds_the_lease_and_the_other_takes_it_when_released(client: Redis) -> None:
    first, second = Lease(client, "lease", "a"), Lease(client, "lease", "b")
    assert first.hold(0)
    assert not second.hold(0)
    assert first.hold(10_000)
    second.release()
    assert not second.hold(10_000)
    first.release()
    assert second.hold(20_000)
    assert not first.hold(20_000)
    assert 0 < int(client.pttl("lease")) <= LEASE_MS


def test_what_somebody_looks_at_is_followed_for_a_minute(client: Redis) -> None:
    fixed = PairParameters(PAIR.y, PAIR.x, method=Method.FIXED, beta=0.5)
    client.zadd(keys.LOOKED_AT, {PAIR.key: 100_000, fixed.key: 150_000, "sim:A|nonsense": 160_000})
    assert looked_at(client, 155_000) == (fixed, PAIR)
    assert looked_at(client, 205_000) == (fixed,)


@pytest.mark.parametrize("key", ["", "|", "sim:A", "sim:A|sim:A|1m|120|60|rolling|log|close", "sim:A|sim:B|1m|120"])
def test_a_key_that_no_pair_wrote_is_none(key: str) -> None:
    assert parse_pair_key(key) is None


def test_a_venue_opens_with_the_known_pairs_whose_legs_are_there() -> None:
    infos = _infos("sim", "BTCUSDT", "ETHUSDT", "SOLUSDT", "XYZUSDT") + _infos("spot", "LTCUSDT", "BCHUSDT")
    assert [(pair.y, pair.x) for pair in default_pairs("sim", infos)] == [
        ("sim:BTCUSDT", "sim:ETHUSDT"),
        ("sim:ETHUSDT", "sim:SOLUSDT"),
    ]
    assert [pair.y for pair in default_pairs("spot", infos)] == ["spot:LTCUSDT"]
    assert default_pairs("upload", _infos("upload", "BTCUSDT", "ETHUSDT")) == ()


def test_a_recording_opens_with_its_neighbours_second_by_second() -> None:
    pairs = default_pairs("replay", _infos("replay", "ETHUSDT", "BTCUSDT", "ABC"))
    assert [(pair.y, pair.x, pair.timeframe) for pair in pairs] == [
        ("replay:ETHUSDT", "replay:BTCUSDT", Timeframe.S1),
        ("replay:BTCUSDT", "replay:ABC", Timeframe.S1),
    ]


def test_pairs_are_put_on_the_watchlist_once_and_as_instruments_come(desk: Desk, client: Redis) -> None:
    seeding = Seeding(desk, client)
    assert seeding.run(0) == 0
    for info in _infos("replay", "A", "B"):
        client.hset(keys.INSTRUMENTS, info.id, encode_info(info))
    assert seeding.run(0) == 1
    assert seeding.run(0) == 0
    assert desk.rules()[0].effective_ms == 0
    info = InstrumentInfo("replay:C", "", "", 0.1, 2)
    client.hset(keys.INSTRUMENTS, info.id, encode_info(info))
    assert seeding.run(0) == 1
    desk.unwatch(desk.watchlist()[0].id)
    assert Seeding(desk, client).run(0) == 0
    assert [watched.parameters.y for watched in desk.watchlist()] == ["replay:B"]


def test_the_monitor_says_how_it_is(client: Redis) -> None:
    assert read_monitor_state(client) is None
    state = MonitorState(written_ms=10_000, started_ms=1, pairs=2, rules=3, alerts=4)
    write_monitor_state(client, state)
    assert read_monitor_state(client) == state
    assert state.alive(15_000)
    assert not state.alive(15_001)
    client.set(keys.MONITOR_STATE, "[]")
    with pytest.raises(CorruptRecord):
        read_monitor_state(client)


def test_all_that_is_wrong_in_the_environment_is_said_at_once() -> None:
    with pytest.raises(SettingsRefused) as refused:
        parse_settings({"DATABASE_URL": "mysql://a/b", "LOG_LEVEL": "loud"})
    for name in ("REDIS_URL", "DATABASE_URL", "LOG_LEVEL"):
        assert name in str(refused.value)
    settings = parse_settings({"REDIS_URL": "redis://db", "LOG_LEVEL": "debug"})
    assert (settings.database_url, settings.log_level) == ("sqlite:///var/spreadboard.sqlite", "DEBUG")
    with pytest.raises(SettingsRefused, match="DATABASE_URL must be set"):
        parse_settings({"REDIS_URL": "redis://db", "PLATFORM": "1"})


def test_a_dead_holder_is_followed_within_the_lease(client: Redis) -> None:
    assert Lease(client, "lease", "dead").hold(0)
    heir = Lease(client, "lease", "heir")
    began = time.monotonic()
    now_ms = 0
    while not heir.hold(now_ms):
        assert time.monotonic() - began < LEASE_MS / 1000 + 5
        time.sleep(0.05)
        now_ms += 10_000
    assert time.monotonic() - began > LEASE_MS / 1000 - 0.5
