"""A tick and its answer, over HTTP, as a browser sends them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from dash_app.refresh import Refresher
from dash_app.sections import AnswerCache
from engine.board import Board, open_board
from store import keys
from store.bars import Bar, Source, encode_bar
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import PAIR, Ask


def _props(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {k: v for section in answer["sections"].values() for k, v in section.get("props", {}).items()}


def _one_more_bar(client: Redis, number: int = BARS) -> None:
    for name, price in (("sim:YUSDT", 1_650.0), ("sim:XUSDT", 3_000.0)):
        bar = Bar(FIRST_MS + number * 60_000, *[price] * 4, 1.0, 3, 1, 3, price, price, Source.TRADES, 0, 0)
        client.xadd(keys.bars(name, Timeframe.M1), {keys.FIELD: encode_bar(bar)})


def test_the_first_answer_holds_figure_table_and_numbers_of_the_same_bar(ask: Ask) -> None:
    answer = ask(PAIR)
    assert answer is not None
    assert answer["id"] == "7"
    props = _props(answer)
    figure = answer["sections"]["figure"]["figure"]
    table = answer["sections"]["bars"]["bars"]
    assert props["kpi-as-of"]["children"] == "06:40:00"
    assert table["rows"][0]["close"] == "06:40:00"
    assert table["total"] == BARS
    assert table["rows"][0]["z"] == props["kpi-z"]["children"]
    z = next(trace for trace in figure["data"] if trace["uid"] == "z")
    assert f"{z['y'][-1]:+.2f}".replace("-", "−") == props["kpi-z"]["children"]
    assert z["x"][-1] == FIRST_MS + BARS * 60_000


def test_nothing_is_sent_when_nothing_changed(ask: Ask) -> None:
    first = ask(PAIR)
    assert first is not None
    assert ask(PAIR, first["seen"]) is None


def test_after_one_more_bar_only_that_bar_is_sent(ask: Ask, client: Redis) -> None:
    first = ask(PAIR)
    assert first is not None
    _one_more_bar(client)
    answer = None
    while answer is None or "figure" not in answer["sections"]:
        answer = ask(PAIR, first["seen"]) or answer
    delta = answer["sections"]["figure"]["delta"]
    assert delta["rows"]["t"] == [FIRST_MS + (BARS + 1) * 60_000]
    assert delta["rows"]["y"] == [1_650.0]
    assert [row["close"] for row in answer["sections"]["bars"]["bars"]["new"]] == ["06:41:00"]
    assert "controls" not in answer["sections"]


def test_a_revised_past_sends_the_figure_whole(ask: Ask, client: Redis) -> None:
    first = ask(PAIR)
    assert first is not None
    price = 1_600.0
    bar = Bar(FIRST_MS + 300 * 60_000, *[price] * 4, 1.0, 3, 1, 3, price, price, Source.TRADES, 0, 1)
    client.xadd(keys.bars("sim:YUSDT", Timeframe.M1), {keys.FIELD: encode_bar(bar)})
    answer = None
    while answer is None or "figure" not in answer["sections"]:
        answer = ask(PAIR, first["seen"]) or answer
    assert "figure" in answer["sections"]["figure"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"window": "0"}, "Window"),
        ({"window": "-1"}, "Window"),
        ({"window": "NaN"}, "Window"),
        ({"z_window": "1000000000"}, "Z_window"),
        ({"timeframe": "2h"}, "Timeframe"),
        ({"method": "fixed", "beta": "inf"}, "Beta"),
        ({"x": "sim:YUSDT"}, "two different instruments"),
        ({"x": "sim:NOPE"}, "No instrument sim:NOPE"),
        ({"x": "<script>alert(1)</script>"}, "not possible"),
    ],
)
def test_an_impossible_parameter_is_refused_in_words(ask: Ask, change: dict[str, str], words: str) -> None:
    answer = ask(PAIR | change)
    text = str(_props(answer)["state"]["children"])
    assert words in text
    assert answer is not None
    assert "figure" not in answer["sections"]


@pytest.mark.parametrize("raw", [None, 7, "x", [], {"page": 3}, {"view": [1], "seen": {"a": 1}}, {"page": "nowhere"}])
def test_whatever_a_browser_sends_is_answered_without_an_error(web: Any, raw: object) -> None:
    body = {
        "output": "answer.data",
        "outputs": {"id": "answer", "property": "data"},
        "inputs": [{"id": "tick", "property": "data", "value": raw}],
        "changedPropIds": ["tick.data"],
    }
    assert web.post("/_dash-update-component", json=body).status_code in (200, 204)


@pytest.mark.parametrize("tab", ["overview", "hedge", "correlation", "diagnostics", "data"])
@pytest.mark.parametrize("method", ["rolling", "kalman", "ols", "tls", "fixed"])
def test_every_tab_answers_for_every_method(ask: Ask, tab: str, method: str) -> None:
    beta = "0.8" if method == "fixed" else ""
    answer = ask(PAIR | {"tab": tab, "method": method, "beta": beta})
    assert answer is not None
    assert ("figure" in answer["sections"]) == (tab in ("overview", "hedge", "correlation"))


def test_without_legs_the_first_watched_pair_is_shown(ask: Ask, board: Board) -> None:
    props = _props(ask(PAIR | {"y": "", "x": ""}))
    assert props["leg-y"]["value"] == "sim:YUSDT"
    assert props["leg-x"]["value"] == "sim:XUSDT"


def test_a_store_that_is_down_is_said_and_forgotten_when_it_is_back(
    redis_url: str, board: Board, tmp_path: Path
) -> None:
    down = Refresher(open_board(redis_url + "-nowhere", f"sqlite:///{tmp_path}/down.sqlite"))
    answer = down.answer({"page": "monitor", "view": {}, "seen": {}}, 0)
    assert answer is not None
    assert b"store does not answer" in orjson.dumps(answer)
    up = Refresher(board).answer({"page": "monitor", "view": {}, "seen": {}}, 0)
    assert up is not None
    assert b"store does not answer" not in orjson.dumps(up)


def test_browsers_that_ask_the_same_get_the_same_bytes_each_with_its_own_id(board: Board) -> None:
    refresher = Refresher(board)
    one, two = (refresher.answer({"page": "pair", "view": PAIR, "seen": {}, "id": i}, 0) for i in ("1", "2"))
    assert one is not None
    assert two is not None
    assert orjson.dumps(one).replace(b'"id":"1"}', b'"id":"2"}') == orjson.dumps(two)


def test_many_who_ask_the_same_at_once_have_one_answer_made_for_them() -> None:
    made: list[int] = []
    started = threading.Barrier(8)
    cache = AnswerCache(max_age_s=60.0)

    def make() -> bytes:
        made.append(1)
        return b"answer"

    def get(_: int) -> bytes | None:
        started.wait()
        return cache.get(b"asked", make)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(get, range(8))) == {b"answer"}
    assert len(made) == 1
