"""REST answers at a given time: pages, klines, refusals, weights. No sockets."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ingest.sim.catalogue import HOUR_MS, INSTRUMENTS
from ingest.sim.klines import KlineBook
from ingest.sim.rest import Answer, RestApi
from ingest.sim.weights import WeightMeter
from ingest.sim.world import EVENT_DELAY_MS, World

NOW = 1_790_003_123_456
WORLD = World(7)


def api(**budgets: int) -> RestApi:
    return RestApi(WORLD, KlineBook(WORLD), **budgets)


def get(target: str, now_ms: int = NOW) -> Answer:
    return api().answer(target, now_ms, 0.0)


def rows(target: str, now_ms: int = NOW) -> Any:
    answer = get(target, now_ms)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def test_pages_of_trades_by_id_are_consecutive_across_hours() -> None:
    first = WORLD.last_id("LTCUSDT", NOW // HOUR_MS * HOUR_MS) - 700
    page = rows(f"/fapi/v1/aggTrades?symbol=LTCUSDT&fromId={first}&limit=1000")
    following = rows(f"/fapi/v1/aggTrades?symbol=LTCUSDT&fromId={page[-1]['a'] + 1}&limit=1000")
    ids = [row["a"] for row in page + following]
    assert ids == list(range(first, first + len(ids)))
    assert len({row["T"] // HOUR_MS for row in page}) == 2


def test_nothing_later_than_the_venue_s_time_is_told() -> None:
    newest = rows("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=5")
    assert newest[-1]["T"] <= NOW - EVENT_DELAY_MS
    assert newest[-1]["a"] == WORLD.last_id("BTCUSDT", NOW - EVENT_DELAY_MS)
    assert rows(f"/fapi/v1/aggTrades?symbol=BTCUSDT&fromId={newest[-1]['a'] + 1}") == []


def test_trades_by_time() -> None:
    start, end = NOW - 60_000, NOW - 30_000
    found = rows(f"/api/v3/aggTrades?symbol=ADAUSDT&startTime={start}&endTime={end}&limit=1000")
    trades = WORLD.trades_between("ADAUSDT", start - 1, end)
    assert [row["a"] for row in found] == list(range(trades.first_id, trades.first_id + len(trades)))
    assert rows(f"/api/v3/aggTrades?symbol=ADAUSDT&startTime={NOW + HOUR_MS}") == []
    assert rows("/api/v3/aggTrades?symbol=ADAUSDT&startTime=0&endTime=1") == []


def test_klines_come_newest_last_with_the_running_one_unfinished() -> None:
    klines = rows("/api/v3/klines?symbol=SOLUSDT&interval=1m&limit=70")
    assert [k[0] for k in klines] == [NOW // 60_000 * 60_000 - 60_000 * n for n in range(69, -1, -1)]
    assert all(k[6] == k[0] + 59_999 for k in klines)
    part = rows(f"/api/v3/aggTrades?symbol=SOLUSDT&startTime={klines[-1][0]}&limit=1000")
    assert (klines[-1][8], klines[-1][4]) == (len(part), part[-1]["p"])


def test_klines_equal_the_trades_of_the_pages() -> None:
    start = NOW // 60_000 * 60_000 - 120_000
    for interval, length in (("1s", 1_000), ("1m", 60_000)):
        klines = rows(f"/fapi/v1/klines?symbol=XRPUSDT&interval={interval}&startTime={start}&limit=2")
        trades = rows(
            f"/fapi/v1/aggTrades?symbol=XRPUSDT&startTime={start}&endTime={start + 2 * length - 1}&limit=1000"
        )
        for kline in klines:
            mine = [t for t in trades if kline[0] <= t["T"] <= kline[6]]
            assert kline[8] == len(mine)
            if mine:
                assert (kline[1], kline[4]) == (mine[0]["p"], mine[-1]["p"])
                assert (float(kline[2]), float(kline[3])) == (
                    max(float(t["p"]) for t in mine),
                    min(float(t["p"]) for t in mine),
                )
            assert float(kline[5]) == pytest.approx(sum(float(t["q"]) for t in mine))
            assert float(kline[7]) == pytest.approx(sum(float(t["p"]) * float(t["q"]) for t in mine))


def test_history_reaches_back_before_any_start_and_ends_at_the_listing() -> None:
    past = rows("/fapi/v1/klines?symbol=BTCUSDT&interval=1h&startTime=1600000000000&limit=3")
    assert len(past) == 3
    assert rows("/fapi/v1/klines?symbol=BTCUSDT&interval=1h&startTime=0&limit=1")[0][0] == 1_577_836_800_000
    assert rows("/fapi/v1/klines?symbol=BTCUSDT&interval=1m&endTime=1000") == []
    assert rows("/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=0&limit=1")[0]["T"] >= 1_577_836_800_000


def test_exchange_info_lists_the_dozen_as_trading() -> None:
    info = rows("/api/v3/exchangeInfo")
    assert [entry["symbol"] for entry in info["symbols"]] == [spec.symbol for spec in INSTRUMENTS]
    assert {entry["status"] for entry in info["symbols"]} == {"TRADING"}
    btc = next(rule for rule in info["symbols"][0]["filters"] if rule["filterType"] == "PRICE_FILTER")
    assert btc["tickSize"] == "0.1"
    assert rows("/fapi/v1/time") == {"serverTime": NOW}


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/fapi/v1/aggTrades?symbol=NOPE", 400, -1121),
        ("/fapi/v1/aggTrades", 400, -1102),
        ("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1001", 400, -1130),
        ("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=0", 400, -1130),
        ("/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=-1", 400, -1100),
        ("/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=1e9", 400, -1100),
        ("/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1", 400, -1128),
        ("/api/v3/klines?symbol=BTCUSDT&interval=2h", 400, -1120),
        ("/api/v3/klines?symbol=BTCUSDT", 400, -1102),
        ("/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=99999999999999", 400, -1130),
        ("/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=x", 400, -1100),
        ("/sim/truth/BTCUSDT-NOPE", 404, -1121),
        ("/sim/truth/BTCUSDT-ETHUSDT?time=yesterday", 400, -1100),
        ("/sim/truth/BTCUSDT-ETHUSDT?time=1", 400, -1130),
        ("/fapi/v2/time", 404, -1000),
        ("/", 404, -1000),
    ],
)
def test_bad_calls_are_refused_with_the_venue_s_codes(target: str, status: int, code: int) -> None:
    answer = get(target)
    assert (answer.status, orjson.loads(answer.body)["code"]) == (status, code)


def test_truth_can_be_asked_for_at_any_time() -> None:
    broken = rows("/sim/truth/ADAUSDT-XRPUSDT?time=2026-03-01T06:10Z")
    assert broken["broken"]
    assert broken["time_ms"] == 1_772_345_400_000
    everything = rows("/sim/truth")
    pairs = {pair["pair"]: pair for pair in everything["pairs"]}
    assert pairs["BTCUSDT-ETHUSDT"]["beta"] == 0.8
    assert pairs["ETHUSDT-SOLUSDT"]["beta"] is None
    assert pairs["LINKUSDT-DOTUSDT"]["beta_path"]["amplitude"] == 0.25
    assert pairs["ADAUSDT-XRPUSDT"]["breaks"][0]["end"].endswith("+00:00")


def test_weights_are_counted_and_the_budget_holds() -> None:
    venue = api(futures_budget=45)
    first = venue.answer("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1", NOW, 10.0)
    second = venue.answer("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1", NOW, 11.0)
    third = venue.answer("/fapi/v1/aggTrades?symbol=BTCUSDT&limit=1", NOW, 12.5)
    assert [a.headers["X-MBX-USED-WEIGHT-1M"] for a in (first, second, third)] == ["20", "40", "40"]
    assert (third.status, third.headers["Retry-After"], orjson.loads(third.body)["code"]) == (429, "48", -1003)
    assert venue.answer("/api/v3/time", NOW, 13.0).headers["X-MBX-USED-WEIGHT-1M"] == "1", "spot has its own budget"
    assert venue.answer("/fapi/v1/time", NOW, 60.0).headers["X-MBX-USED-WEIGHT-1M"] == "1", "a new minute"


def test_a_meter_never_says_to_retry_at_once() -> None:
    meter = WeightMeter(1)
    meter.charge(1, 59.0)
    assert meter.charge(1, 59.999).retry_after_s == 1
