"""What analysts choose is followed by the ingestor that runs: real process, simulated exchange, store and database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from engine.catalogue import read_feeds, read_instruments
from engine.desk.desk import Desk, open_desk
from engine.errors import ParameterError
from ingest.shard import Shard
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import ChosenFaults
from store import keys
from store.followed import FollowedList, next_version, read_followed_list, write_followed_list
from store.timeframes import Timeframe
from tests.faults.following import choose
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import Ingestor, running_ingestor, stored_bars, stored_feed, stored_ids, stored_ticks
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
SPEED = 20.0
BTC, ETH, TRX = "BTCUSDT", "ETHUSDT", "TRXUSDT"
CHINESE = "币安人生USDT"


@pytest.fixture
def exchange() -> Iterator[SimulatedExchange]:
    with SimulatedExchange(start_ms=START_MS, speed=SPEED, faults=ChosenFaults("")) as running:
        yield running


@pytest.fixture
def desk(client: Redis, database_url: str) -> Iterator[Desk]:
    opened = open_desk(database_url, client)
    yield opened
    opened.database.close()


@pytest.fixture
def settings(exchange: SimulatedExchange, redis_url: str, database_url: str) -> dict[str, str]:
    return {"FEED": "sim", "SIM_URL": exchange.rest_url, "REDIS_URL": redis_url, "DATABASE_URL": database_url}


def streams_of(exchange: SimulatedExchange) -> list[set[str]]:
    connections: list[dict[str, Any]] = requests.get(f"{exchange.rest_url}/sim/connections", timeout=10).json()
    return [set(each["streams"]) for each in connections]


def state_of(desk: Desk, symbol: str) -> tuple[str, str]:
    return next(((each.state, each.reason) for each in desk.followed("sim") if each.symbol == symbol), ("", ""))


def follows(desk: Desk, *symbols: str) -> bool:
    return all(state_of(desk, symbol)[0] == "following" for symbol in symbols)


def assert_contiguous(client: Redis, *symbols: str) -> None:
    for symbol in symbols:
        ids = stored_ids(client, f"sim:{symbol}")
        assert len(ids) == ids[-1] - ids[0] + 1
        assert len(ids) == len(stored_ticks(client, f"sim:{symbol}")), "a trade stands there twice"


def assert_undisturbed(client: Redis) -> None:
    feed = stored_feed(client, "sim")
    assert feed is not None
    assert (feed.reconnects, feed.rejected, feed.dropped_frames) == (0, 0, 0)


def wait_for_more(client: Redis, *symbols: str, minutes: int = 1) -> None:
    known = {symbol: minutes_of(client, symbol) for symbol in symbols}
    for symbol, before in known.items():
        until(lambda s=symbol, n=before: minutes_of(client, s) >= n + minutes, f"{minutes} more minutes of {symbol}")


def test_a_symbol_is_followed_from_its_history_on_while_the_others_go_on(
    exchange: SimulatedExchange, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, **settings, SYMBOLS=f"{BTC},{TRX}") as ingestor:
        until(lambda: follows(desk, BTC, TRX) and minutes_of(client, BTC) >= 1, "the first set")
        assert [each.symbol for each in desk.followed("sim")] == [BTC, TRX]
        until(lambda: any(each.symbol == ETH for each in desk.symbols("sim")), "what may be chosen")
        desk.follow("sim", ETH)
        until(lambda: follows(desk, ETH), "the new one to be followed")
        wait_for_more(client, BTC, TRX, ETH, minutes=2)
        assert_undisturbed(client)
        (streams,) = streams_of(exchange)
        assert {f"{symbol.lower()}@aggTrade" for symbol in (BTC, TRX, ETH)} <= streams
        places = {view.id: (view.info.position, view.info.followed) for view in read_instruments(client)}
        assert places == {f"sim:{BTC}": (0, True), f"sim:{TRX}": (1, True), f"sim:{ETH}": (2, True)}
        assert ingestor.end() == 0
    assert_contiguous(client, BTC, TRX, ETH)
    for symbol in (BTC, TRX, ETH):
        assert_equal_to_klines(exchange, client, symbol)
    for timeframe, least in ((Timeframe.S1, 3600), (Timeframe.M1, 1000)):
        bars = stored_bars(client, f"sim:{ETH}", timeframe)
        assert min(bars) == max(bars) - (len(bars) - 1) * timeframe.ms, "history and own bars meet without a hole"
        assert len(bars) > least


def test_the_others_do_not_wait_for_the_history_of_a_new_one(
    exchange: SimulatedExchange, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, **settings, SYMBOLS=f"{BTC},{TRX}") as ingestor:
        until(lambda: follows(desk, BTC) and minutes_of(client, BTC) >= 1, "the first set")
        choose(exchange, "hang=rest")
        desk.follow("sim", ETH)
        until(lambda: state_of(desk, ETH)[0] == "warming", "its history to be asked for")
        desk.unfollow("sim", TRX)
        until(lambda: all("trxusdt@aggTrade" not in streams for streams in streams_of(exchange)), "another to go")
        wait_for_more(client, BTC)
        assert state_of(desk, ETH)[0] == "warming"
        choose(exchange, "")
        until(lambda: follows(desk, ETH), "the new one to be followed after all", limit_s=60.0)
        wait_for_more(client, BTC, ETH)
        assert ingestor.end() == 0
    assert_contiguous(client, BTC, ETH)


def test_what_is_followed_no_longer_keeps_its_data_and_comes_back_without_a_hole(
    exchange: SimulatedExchange, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, **settings, SYMBOLS=f"{BTC},{ETH}") as ingestor:
        until(lambda: minutes_of(client, BTC) >= 1 and minutes_of(client, ETH) >= 1, "minutes")
        desk.unfollow("sim", BTC)
        until(lambda: not followed(client, BTC), "the catalogue to say so")
        assert all("btcusdt" not in stream for streams in streams_of(exchange) for stream in streams)
        assert set(client.hkeys(keys.open_bars(f"sim:{BTC}"))) & {b"1s", b"1m"} == set()
        kept = stored_ids(client, f"sim:{BTC}").tolist()
        wait_for_more(client, ETH)
        assert stored_ids(client, f"sim:{BTC}").tolist() == kept
        assert BTC not in read_feeds(client)[0].legs
        desk.follow("sim", BTC)
        until(lambda: follows(desk, BTC) and followed(client, BTC), "it to come back")
        wait_for_more(client, BTC)
        assert_undisturbed(client)
        assert ingestor.end() == 0
    assert stored_ids(client, f"sim:{BTC}")[0] == kept[0]
    assert_contiguous(client, BTC, ETH)
    for symbol in (BTC, ETH):
        assert_equal_to_klines(exchange, client, symbol)


def followed(client: Redis, symbol: str) -> bool:
    return next(view.info.followed for view in read_instruments(client) if view.id == f"sim:{symbol}")


def restarted(desk: Desk, ingestor: Ingestor) -> None:
    until(lambda: follows(desk, TRX, ETH), "what was chosen")
    assert [each.symbol for each in desk.followed("sim")] == [TRX, ETH]
    assert ingestor.end() == 0


@pytest.mark.parametrize("flushed", [False, True], ids=["store kept", "store emptied"])
def test_a_restart_keeps_what_was_chosen_whatever_it_is_started_with(
    flushed: bool, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, **settings, SYMBOLS=f"{BTC},{TRX}") as ingestor:
        until(lambda: follows(desk, BTC, TRX), "the first set")
        desk.follow("sim", ETH)
        desk.unfollow("sim", BTC)
        restarted(desk, ingestor)
    if flushed:
        client.flushall()
    with running_ingestor(tmp_path, **settings, SYMBOLS=f"{BTC},SOLUSDT") as ingestor:
        restarted(desk, ingestor)
    feed = stored_feed(client, "sim")
    assert feed is not None
    assert set(feed.legs) == {TRX, ETH}


def test_a_store_that_was_emptied_gets_its_list_and_its_bars_again(
    exchange: SimulatedExchange, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, **settings, SYMBOLS=BTC) as ingestor:
        until(lambda: follows(desk, BTC), "the first set")
        desk.follow("sim", ETH)
        until(lambda: follows(desk, ETH) and minutes_of(client, ETH) >= 1, "the new one")
        client.flushall()
        until(lambda: read_followed_list(client, "sim") is not None, "the list")
        until(lambda: follows(desk, BTC, ETH), "both again")
        wait_for_more(client, BTC, ETH)
        mirror = read_followed_list(client, "sim")
        assert mirror is not None
        assert (mirror.chosen, mirror.symbols) == (True, (BTC, ETH))
        assert desk.restore_followed() == ()
        assert ingestor.end() == 0
    assert_contiguous(client, BTC, ETH)
    assert_equal_to_klines(exchange, client, ETH)


def test_what_the_venue_does_not_trade_is_refused_by_name_and_the_others_go_on(
    exchange: SimulatedExchange, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, **settings, SYMBOLS=f"{BTC},{ETH}") as ingestor:
        until(lambda: follows(desk, BTC, ETH), "the first set")
        until(lambda: desk.symbols("sim"), "what may be chosen")
        for symbol in ("NOPEUSDT", CHINESE):
            with pytest.raises(ParameterError, match="not listed"):
                desk.follow("sim", symbol)
        choose(exchange, f"cancel_only={TRX},delisted=BNBUSDT")
        client.delete(keys.symbols("sim"))  # so that the desk knows nothing, as before the first hour
        for symbol in (TRX, "NOPEUSDT", "BNBUSDT", CHINESE, "SOLUSDT"):
            desk.follow("sim", symbol)
        until(lambda: follows(desk, "SOLUSDT"), "the one that is traded")
        reasons = {symbol: state_of(desk, symbol) for symbol in (TRX, "NOPEUSDT", "BNBUSDT", CHINESE)}
        assert {state for state, _ in reasons.values()} == {"refused"}
        assert "CANCEL_ONLY" in reasons[TRX][1]
        assert all("no such symbol" in reasons[symbol][1] for symbol in ("NOPEUSDT", "BNBUSDT", CHINESE))
        (streams,) = streams_of(exchange)
        assert not any(stream.startswith(("trx", "nope", "bnb", "币")) for stream in streams)
        wait_for_more(client, BTC, ETH, "SOLUSDT")
        assert_undisturbed(client)
        assert ingestor.end() == 0
    with running_ingestor(tmp_path, **settings) as ingestor:
        until(lambda: follows(desk, BTC, ETH, "SOLUSDT"), "a restart that they do not stop")
        assert state_of(desk, TRX)[0] == "refused"
        assert ingestor.end() == 0
    assert_contiguous(client, BTC, ETH, "SOLUSDT")


def test_each_of_several_ingestors_takes_its_part(
    exchange: SimulatedExchange, client: Redis, desk: Desk, settings: dict[str, str], tmp_path: Path
) -> None:
    names = (BTC, ETH, "SOLUSDT", "LTCUSDT", TRX)
    parts = {part: [symbol for symbol in names if Shard(part, 2).holds(f"sim:{symbol}")] for part in (1, 2)}
    first = [parts[1][0], parts[2][0]]
    added = [*parts[1][1:2], *parts[2][1:2]]
    assert len(added) == 2
    with (
        running_ingestor(tmp_path, **settings, SYMBOLS=",".join(first), INGEST_SHARD="1/2") as one,
        running_ingestor(tmp_path, **settings, SYMBOLS=",".join(first), INGEST_SHARD="2/2") as two,
    ):
        until(lambda: follows(desk, *first), "the first set")
        for symbol in added:
            desk.follow("sim", symbol)
        until(lambda: follows(desk, *first, *added), "both new ones")
        wait_for_more(client, *first, *added)
        for streams in streams_of(exchange):
            held = {part for part, own in parts.items() for s in own if f"{s.lower()}@aggTrade" in streams}
            assert len(held) == 1
        desk.unfollow("sim", parts[2][0])
        desk.unfollow("sim", parts[2][1])
        until(lambda: not followed(client, parts[2][1]), "a part that is left with nothing")
        wait_for_more(client, parts[1][0])
        desk.follow("sim", parts[2][0])
        until(lambda: follows(desk, parts[2][0]), "something for it again")
        assert (one.end(), two.end()) == (0, 0)
    assert_contiguous(client, *first, *added)


def test_hundreds_that_nobody_trades_are_refused_without_a_question_each(
    client: Redis, settings: dict[str, str], tmp_path: Path
) -> None:
    """The weight of a minute pays for 240 questions."""
    with running_ingestor(tmp_path, **settings, SYMBOLS=BTC) as ingestor:
        until(lambda: minutes_of(client, BTC) >= 1, "a minute")
        names = (BTC, *(f"S{number}USDT" for number in range(300)))
        write_followed_list(client, "sim", FollowedList(next_version(client, "sim"), names))
        until(lambda: len(read_feeds(client)[0].refused) == 300, "all of them to be refused by name")
        wait_for_more(client, BTC)
        assert_undisturbed(client)
        assert ingestor.end() == 0
    assert_contiguous(client, BTC)
