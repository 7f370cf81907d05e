"""Breaks of one's own: named by a text, told by the truth, seen in prices from their start on and nowhere before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import requests

from ingest.sim.catalogue import BREAK_SIZE, HOUR_MS
from ingest.sim.errors import InvalidBreaks
from ingest.sim.exchange import SimulatedExchange
from ingest.sim.planted_breaks import MAX_BREAKS, PlantedBreak, parse_breaks, write_breaks
from ingest.sim.truth import Truth, find_plan
from ingest.sim.world import World

HOUR = 1_790_000_000_000 // HOUR_MS
START_MS = HOUR * HOUR_MS + 1_800_500
PAIR = "BTCUSDT-ETHUSDT"


def test_a_text_names_breaks_and_is_what_they_are_written_as() -> None:
    text = f"{PAIR}=-0.02@2026-09-21T13:43:20.500Z/600, SOLUSDT-AVAXUSDT"
    first, second = parse_breaks(text, START_MS)
    # by Python's own calendar
    at_ms = int(datetime(2026, 9, 21, 13, 43, 20, 500_000, tzinfo=UTC).timestamp() * 1000)
    assert first == PlantedBreak(PAIR, -0.02, at_ms, at_ms + 600_000)
    assert second == PlantedBreak("SOLUSDT-AVAXUSDT", BREAK_SIZE, START_MS, START_MS + 3 * HOUR_MS)
    assert parse_breaks(write_breaks((first, second)), 0) == (first, second)
    (later,) = parse_breaks(f"{PAIR}@2026-09-21T13:43:20.501Z/1.2", 0)
    assert (later.start_ms, later.end_ms) == (at_ms + 500, at_ms + 2_000), "on half seconds, never earlier"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BTCUSDT", "the pairs are BTCUSDT-ETHUSDT, "),
        ("ETHUSDT-SOLUSDT", "the pairs are "),  # nothing holds them together
        (f"{PAIR}=x", "x is no number"),
        (f"{PAIR}=nan", "nan is not from -0.5 to 0.5"),
        (f"{PAIR}=0", "a break of 0 is none"),
        (f"{PAIR}@noon", "noon is no time with a zone"),
        (f"{PAIR}@2026-01-01T10:00", "is no time with a zone"),
        (f"{PAIR}/0", "0 is not from 1 to"),
        (f"{PAIR}@2026-01-01T10:00Z=0.1", "write it as"),
    ],
)
def test_what_cannot_be_planted_is_refused_with_what_can(text: str, words: str) -> None:
    with pytest.raises(InvalidBreaks, match="SIM_BREAKS has") as refused:
        parse_breaks(f"SOLUSDT-AVAXUSDT,{text}", START_MS)
    assert words in refused.value.reasons[text]


def test_a_break_steps_at_its_start_and_back_at_its_end_and_touches_nothing_else() -> None:
    calm, broken = World(7), World(7)
    before = broken.trades_of_hour("BTCUSDT", HOUR)  # kept as they were, unless planting forgets what was worked out
    size, end_ms = 0.03, START_MS + HOUR_MS
    broken.plant([PlantedBreak(PAIR, size, START_MS, end_ms)])
    for time_ms, apart in (
        (START_MS - 1, 0.0), (START_MS, 0.0), (START_MS + 250, size / 2), (START_MS + 500, size),
        (end_ms - 1, size), (end_ms + 500, 0.0), (end_ms + 2 * HOUR_MS, 0.0),
    ):  # fmt: skip
        moved = broken.log_price_at("BTCUSDT", time_ms) - calm.log_price_at("BTCUSDT", time_ms)
        assert moved == pytest.approx(apart, abs=1e-12), time_ms
        assert broken.log_price_at("ETHUSDT", time_ms) == calm.log_price_at("ETHUSDT", time_ms)
    after = broken.trades_of_hour("BTCUSDT", HOUR)
    assert after.time_ms.tolist() == before.time_ms.tolist()
    earlier = before.time_ms <= START_MS
    assert after.price_ticks[earlier].tolist() == before.price_ticks[earlier].tolist()
    later = before.time_ms >= START_MS + 500
    ratio = after.price_ticks[later] / before.price_ticks[later]
    assert np.allclose(ratio, np.exp(size), rtol=1e-4), "to a tick"


def test_who_follows_the_broken_leg_stays_with_it() -> None:
    world = World(7, [PlantedBreak(PAIR, 0.03, START_MS, START_MS + HOUR_MS)])
    truth = Truth(world)
    inside = START_MS + 60_000
    assert abs(truth.at("BNBUSDT-BTCUSDT", inside).spread or 1.0) < 6 * (find_plan("BNBUSDT-BTCUSDT").spread_sd or 0.0)
    assert not truth.at("BNBUSDT-BTCUSDT", inside).broken
    assert truth.at(PAIR, inside).broken


def test_the_truth_names_it_beside_the_schedule() -> None:
    start_ms = HOUR // 8 * 8 * HOUR_MS + 90_000
    planted = PlantedBreak("ADAUSDT-XRPUSDT", 0.02, start_ms, start_ms + 60_000)
    truth = Truth(World(7, [planted]))
    told = {pair["pair"]: pair for pair in truth.describe(start_ms + 1)["pairs"]}
    spells = told["ADAUSDT-XRPUSDT"]["breaks"]
    assert [spell["size"] for spell in spells if "size" in spell] == [0.02]
    assert [spell["start_ms"] for spell in spells] == sorted(spell["start_ms"] for spell in spells)
    assert len(spells) == 7, "and the three of each day"
    broken = [truth.at(planted.pair, start_ms + offset).broken for offset in (-1, 0, 59_999, 60_000)]
    assert broken == [False, True, True, False]
    assert told[PAIR]["breaks"] == []


def test_one_is_planted_while_the_exchange_runs_and_is_what_it_trades_from_then_on() -> None:
    with SimulatedExchange(start_ms=START_MS, speed=5.0) as exchange:
        told_before = trades(exchange, START_MS)
        answer = breaks(exchange, plant=f"{PAIR}=0.05/600")
        (planted,) = answer.json()["planted"]
        assert planted["start_ms"] > START_MS
        assert answer.json()["breaks"].startswith(f"{PAIR}=0.05@")
        assert breaks(exchange).json() == answer.json()
        query = {"time": str(planted["start_ms"] + 500)}
        truth = requests.get(f"{exchange.rest_url}/sim/truth/{PAIR}", params=query, timeout=10).json()
        assert truth["broken"]
        assert truth["spread"] > 0.04

        refused = breaks(exchange, plant=f"{PAIR}@2026-01-01T10:00Z")
        assert refused.status_code == 400
        assert "what was told already" in refused.json()["msg"]
        many = breaks(exchange, plant=",".join([f"{PAIR}/600"] * MAX_BREAKS))
        assert many.status_code == 400
        assert len(breaks(exchange).json()["planted"]) == 1, "a refusal plants nothing"

        while (now_ms := exchange.clock.now_ms()) < planted["start_ms"] + 3_000:
            assert now_ms < planted["start_ms"] + 60_000
            exchange.truth.at(PAIR, now_ms)
        assert trades(exchange, START_MS)[: len(told_before)] == told_before, "what was told stays"
        after = [trade for trade in trades(exchange, planted["start_ms"] + 500) if trade["T"] < now_ms]
        calm = {trade["a"]: float(trade["p"]) for trade in calm_trades(planted["start_ms"] + 500)}
        assert after
        assert all(float(trade["p"]) / calm[trade["a"]] == pytest.approx(1.051271, rel=1e-4) for trade in after)


def breaks(exchange: SimulatedExchange, **query: str) -> requests.Response:
    return requests.get(f"{exchange.rest_url}/sim/breaks", params=query, timeout=10)


def trades(exchange: SimulatedExchange, start_ms: int) -> list[dict[str, Any]]:
    query = {"symbol": "BTCUSDT", "startTime": str(start_ms), "limit": "1000"}
    answer = requests.get(f"{exchange.rest_url}/api/v3/aggTrades", params=query, timeout=10)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def calm_trades(start_ms: int) -> list[dict[str, Any]]:
    """The same of a market in which nobody planted anything, later."""
    with SimulatedExchange(start_ms=start_ms + HOUR_MS) as exchange:
        return trades(exchange, start_ms)
