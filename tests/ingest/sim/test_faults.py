"""Faults chosen by a line of text: each does what it says, and can be switched while the exchange runs."""

from __future__ import annotations

from itertools import pairwise

import pytest
import requests

from ingest.sim.errors import InvalidFaults
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.fault_settings import _MAKERS, ChosenFaults
from ingest.sim.fault_traffic import SHUFFLE_MS
from ingest.sim.faults import Link, Sent
from ingest.sim.wire import Frame

LINK = Link(0.0)


def trades(count: int) -> list[Sent]:
    return [Frame(100 * n, "btcusdt@aggTrade", f'{{"E":{100 * n},"a":{n},"T":{100 * n}}}') for n in range(count)]


def sent(text: str, frames: list[Sent], link: Link = LINK) -> list[Sent]:
    """What a client gets, chunk by chunk as the exchange says it."""
    faults = ChosenFaults(text)
    chunks = [frames[start : start + 10] for start in range(0, len(frames), 10)]
    return [frame for chunk in chunks for frame in faults.outgoing(chunk, link, 1.0)]


@pytest.mark.parametrize("name", _MAKERS)
def test_every_fault_has_a_value_to_begin_with(name: str) -> None:
    assert ChosenFaults(name).text == name


@pytest.mark.parametrize("text", ["nonsense", "duplicates=x", "shuffle=2", "hang=door", "silent,refuse=200"])
def test_a_fault_that_is_none_is_refused_with_what_is_possible(text: str) -> None:
    with pytest.raises(InvalidFaults, match="SIM_FAULTS has"):
        ChosenFaults(text)


def test_all_faults_that_are_none_are_named_at_once() -> None:
    with pytest.raises(InvalidFaults) as refused:
        ChosenFaults("nonsense,silent,gaps=x,shuffle=2")
    assert list(refused.value.reasons) == ["nonsense", "gaps=x", "shuffle=2"]
    said = str(refused.value)
    assert said.startswith("SIM_FAULTS has 'nonsense': the faults are hang, refuse, ")
    assert said.endswith("; 'gaps=x': x is no number; 'shuffle=2': 2 is not from 0 to 1")


def test_duplicates_and_shuffling_lose_nothing_and_stay_within_the_watermark() -> None:
    frames = trades(2_000)
    got = sent("duplicates=3,shuffle=0.1", frames)
    assert len(got) > 2.95 * len(frames)
    places = {frame.event_ms: place for place, frame in enumerate(got)}
    assert [frame.event_ms for frame in got] != sorted(frame.event_ms for frame in got)
    newest = 0
    for frame in got:
        newest = max(newest, frame.event_ms)
        assert newest - frame.event_ms <= SHUFFLE_MS + 900, "a chunk holds 900 ms"
    assert len(places) > 0.99 * len(frames)


def test_gaps_are_runs_of_up_to_the_longest() -> None:
    ids = [frame.event_ms // 100 for frame in sent("gaps=50", trades(20_000))]
    runs = [after - before - 1 for before, after in pairwise(ids) if after - before > 1]
    assert len(runs) > 20
    assert max(runs) <= 50
    assert min(runs) == 1


def test_stamps_are_shifted_or_written_in_microseconds() -> None:
    assert '"E":-200' not in sent("stamps=-1", trades(20))[10].data  # type: ignore[operator]
    assert sent("stamps=2", trades(1))[0].data == '{"E":2000,"a":0,"T":2000}'
    assert [frame.data for frame in sent("stamps=us", trades(3))][1] == '{"E":100000,"a":1,"T":100000}'


def test_a_silent_stream_is_silent_and_others_are_not() -> None:
    other = Frame(5, "ethusdt@aggTrade", "{}")
    assert sent("silent=btc*", [*trades(3), other]) == [other]
    assert sent("stuck=btc*", trades(3), Link(0.0, {"btcusdt@aggTrade"})) == trades(3)


def test_faults_are_switched_while_it_runs() -> None:
    with SimulatedExchange() as exchange:
        address = f"{exchange.rest_url}/sim/faults"
        assert requests.get(address, timeout=10).json()["faults"] == ""
        assert requests.get(address, params={"set": "rest=418"}, timeout=10).json()["faults"] == "rest=418"
        refused = requests.get(f"{exchange.rest_url}/api/v3/time", timeout=10)
        assert (refused.status_code, refused.headers["Retry-After"]) == (418, "5")
        assert requests.get(address, params={"set": "what"}, timeout=10).status_code == 400
        assert requests.get(f"{exchange.rest_url}/api/v3/time", timeout=10).status_code == 418
        requests.get(address, params={"set": "clock=300"}, timeout=10)
        ahead_ms = requests.get(f"{exchange.rest_url}/api/v3/time", timeout=10).json()["serverTime"]
        assert ahead_ms - exchange.clock.now_ms() > 299_000
        assert requests.get(address, timeout=10).json()["time_ms"] <= exchange.clock.now_ms(), "its true time"
        requests.get(address, params={"set": "cancel_only=trxusdt"}, timeout=10)
        info = requests.get(f"{exchange.rest_url}/api/v3/exchangeInfo", timeout=10).json()
        assert {row["symbol"]: row["status"] for row in info["symbols"]}["TRXUSDT"] == "CANCEL_ONLY"
