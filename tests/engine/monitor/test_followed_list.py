"""What analysts choose to follow: kept in SQL, mirrored in the store, refused with a reason."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest
from redis import Redis

from engine.desk.desk import Desk, open_desk
from engine.desk.followed import MAX_FOLLOWED
from engine.errors import NotFound, ParameterError
from engine.monitor.__main__ import run
from engine.monitor.settings import parse_settings
from store import keys
from store.feed import FeedState, LegState, State, encode_feed
from store.followed import FIRST_SET, FollowedList, VenueSymbol, read_followed_list, write_followed_list
from store.followed import write_venue_symbols as write_symbols

FIRST = ("BTCUSDT", "ETHUSDT")
CHINESE = "币安人生USDT"


@pytest.fixture(autouse=True)
def _first_set(client: Redis) -> None:
    write_followed_list(client, "sim", FollowedList(FIRST_SET, FIRST))
    statuses = {"BTCUSDT": "TRADING", "SOLUSDT": "TRADING", CHINESE: "TRADING", "TRXUSDT": "CANCEL_ONLY"}
    write_symbols(client, "sim", [VenueSymbol(name, name[:3], "USDT", status) for name, status in statuses.items()], 7)


def _say(client: Redis, state: State = "streaming", *, written_ms: int | None = None, **fields: object) -> None:
    written_ms = time.time_ns() // 1_000_000 if written_ms is None else written_ms
    feed = FeedState("sim", "SIMULATED", state, written_ms, 0, 0, 0, 0.0, 0.0, None, 0, 0, 0, 0, **fields)  # type: ignore[arg-type]
    client.sadd(keys.VENUES, "sim")
    client.set(keys.feed("sim"), encode_feed(feed))


def _mirrored(client: Redis) -> tuple[str, ...]:
    found = read_followed_list(client, "sim")
    assert found is not None
    return found.symbols


def test_nobody_chose_yet_and_the_first_set_is_what_is_followed(desk: Desk) -> None:
    assert [(each.id, each.position, each.added_ms) for each in desk.followed("sim")] == [
        ("sim:BTCUSDT", 0, None),
        ("sim:ETHUSDT", 1, None),
    ]
    assert desk.restore_followed() == ()


def test_the_first_change_makes_the_whole_list_durable(desk: Desk, database_url: str, client: Redis) -> None:
    before = read_followed_list(client, "sim")
    assert desk.follow("sim", " solusdt ").symbol == "SOLUSDT"
    after = read_followed_list(client, "sim")
    assert before is not None
    assert after is not None
    assert (after.symbols, after.chosen) == ((*FIRST, "SOLUSDT"), True)
    client.flushall()
    reopened = open_desk(database_url, client)
    assert [each.symbol for each in reopened.followed("sim")] == [*FIRST, "SOLUSDT"]
    assert reopened.restore_followed() == ("sim",)
    assert _mirrored(client) == (*FIRST, "SOLUSDT")
    assert reopened.restore_followed() == ()
    reopened.database.close()


def test_to_follow_twice_is_to_follow_once(desk: Desk) -> None:
    first = desk.follow("sim", CHINESE)
    assert desk.follow("sim", CHINESE) == first
    assert [each.symbol for each in desk.followed("sim")] == [*FIRST, CHINESE]


def test_what_is_not_followed_any_more_is_gone_and_the_last_one_stays(desk: Desk, client: Redis) -> None:
    desk.unfollow("sim", "BTCUSDT")
    assert _mirrored(client) == ("ETHUSDT",)
    with pytest.raises(NotFound):
        desk.unfollow("sim", "BTCUSDT")
    with pytest.raises(ParameterError, match="the last one"):
        desk.unfollow("sim", "ETHUSDT")
    assert [each.symbol for each in desk.followed("sim")] == ["ETHUSDT"]


@pytest.mark.parametrize(
    ("venue", "symbol", "words"),
    [
        ("sim", "NOPEUSDT", "not listed"),
        ("sim", "ÄUSDT", "not listed"),
        ("sim", "TRXUSDT", "CANCEL_ONLY"),
        ("sim", "A B", "no spaces"),
        ("sim", "", "1 to 64"),
        ("sim", "X" * 65, "1 to 64"),
        ("replay", "BTCUSDT", "use one of"),
        ("upload", "MINE", "use one of"),
        ("nasdaq", "AAPL", "use one of"),
        ("spot", "BTCUSDT", "no ingestor"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_reason(desk: Desk, venue: str, symbol: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        desk.follow(venue, symbol)
    assert [each.symbol for each in desk.followed("sim")] == list(FIRST)


def test_a_venue_has_no_more_than_it_can_bear(desk: Desk, client: Redis) -> None:
    names = tuple(f"S{number}" for number in range(MAX_FOLLOWED))
    client.delete(keys.symbols("sim"))
    write_followed_list(client, "sim", FollowedList(FIRST_SET, names))
    with pytest.raises(ParameterError, match=str(MAX_FOLLOWED)):
        desk.follow("sim", "ONEMORE")
    assert desk.follow("sim", "S7").symbol == "S7"


def test_how_a_symbol_stands_is_what_its_ingestor_says(desk: Desk, client: Redis) -> None:
    for symbol in ("SOLUSDT", CHINESE):
        desk.follow("sim", symbol)
    assert {each.state for each in desk.followed("sim")} == {"waiting"}
    legs = {"BTCUSDT": LegState()}
    _say(client, legs=legs, joining={"SOLUSDT": "its history is being fetched"}, refused={CHINESE: "not traded"})
    assert [(each.state, each.reason) for each in desk.followed("sim")] == [
        ("following", ""),
        ("waiting", "its ingestor has not taken it up yet"),
        ("warming", "its history is being fetched"),
        ("refused", "not traded"),
    ]
    _say(client, "disconnected", legs=legs, detail="cut")
    assert (desk.followed("sim")[0].state, desk.followed("sim")[0].reason) == ("disconnected", "cut")
    _say(client, written_ms=1, legs=legs)
    assert "no ingestor" in desk.followed("sim")[0].reason


def test_changes_at_a_time_leave_the_list_of_all_of_them(desk: Desk, client: Redis) -> None:
    client.delete(keys.symbols("sim"))
    wanted = {f"S{number}" for number in range(12)}
    threads = [Thread(target=desk.follow, args=("sim", symbol)) for symbol in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert set(_mirrored(client)) == wanted | set(FIRST)
    assert desk.restore_followed() == ()


def test_a_list_that_is_damaged_in_the_store_is_put_right(desk: Desk, client: Redis) -> None:
    desk.follow("sim", "SOLUSDT")
    client.set(keys.followed("sim"), b"nonsense")
    assert desk.restore_followed() == ("sim",)
    assert _mirrored(client) == (*FIRST, "SOLUSDT")


def test_what_the_venue_trades_is_what_may_be_chosen(desk: Desk) -> None:
    assert [each.symbol for each in desk.symbols("sim")] == ["BTCUSDT", "SOLUSDT", CHINESE]
    assert desk.symbols("spot") == ()


def test_the_monitor_writes_the_list_again_when_the_store_was_emptied(
    desk: Desk, database_url: str, client: Redis, redis_url: str
) -> None:
    desk.follow("sim", "SOLUSDT")
    stop = Event()
    monitor = Thread(target=run, args=(parse_settings({"REDIS_URL": redis_url, "DATABASE_URL": database_url}), stop))
    monitor.start()
    try:
        for _ in range(2):
            client.flushall()
            deadline_s = time.monotonic() + 30
            while read_followed_list(client, "sim") is None:
                assert time.monotonic() < deadline_s, "nobody wrote the list"
                time.sleep(0.01)
            assert _mirrored(client) == (*FIRST, "SOLUSDT")
    finally:
        stop.set()
        monitor.join(20)
    assert not monitor.is_alive()
