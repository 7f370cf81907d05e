"""A tick and its answer, over HTTP, as a browser sends them."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from backports import zstd
from dash import dcc, html
from dash.development.base_component import Component
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from dash_app.components.icon import icon
from dash_app.components.pair_body import kpi_strip, rail
from dash_app.components.pair_header import pair_header
from dash_app.components.top_bar import top_bar
from dash_app.page_cache import PageCache
from dash_app.refresh import Refresher
from dash_app.sections import Memo, Section, plain_component, props_section
from dash_app.shell import PAGES
from dash_app.views.market import market_parameters
from dash_app.views.pair import pair_parameters
from engine.board import Board, open_board
from engine.market.parameters import MarketParameters
from engine.parameters import PairParameters
from store import keys
from store.bars import Bar, Source, encode_bar
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import PAIR, Ask, one_more_bar
from tests.store.standing_still import stopped


def _props(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {k: v for section in answer["sections"].values() for k, v in section.get("props", {}).items()}


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
    one_more_bar(client)
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
        ({"window": "0"}, "The parameter window cannot be 0: give a whole number of bars from 10 to 5000."),
        ({"window": "-1"}, "The parameter window cannot be -1"),
        ({"window": "NaN"}, "The parameter window cannot be NaN"),
        ({"z_window": "1000000000"}, "The parameter z_window cannot be 1000000000"),
        ({"timeframe": "2h"}, "The parameter timeframe cannot be 2h: use one of 1s, 1m, 5m, 15m, 1h."),
        ({"method": "fixed", "beta": "inf"}, "The parameter beta cannot be inf"),
        ({"method": "fixed", "beta": ""}, "The parameter beta is missing"),
        ({"x": "sim:YUSDT"}, "two different instruments"),
        ({"x": "sim:NOPE"}, "There is no instrument sim:NOPE here, so it cannot be x."),
        ({"x": "<script>alert(1)</script>"}, "The parameter x cannot be “<script>alert(1)</script>”"),
    ],
)
def test_an_impossible_parameter_is_refused_in_words(ask: Ask, change: dict[str, str], words: str) -> None:
    answer = ask(PAIR | change)
    text = str(_props(answer)["state"]["children"])
    assert words in text
    assert answer is not None
    assert set(answer["sections"]) == {"shell", "news", "state"}


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
    assert b"store does not answer" in answer.body
    up = Refresher(board).answer({"page": "monitor", "view": {}, "seen": {}}, 0)
    assert up is not None
    assert b"store does not answer" not in up.body


def test_a_store_that_is_slow_is_said_to_be_slow_and_not_down(board: Board, client: Redis) -> None:
    refresher = Refresher(board)
    with stopped(client):
        answer = refresher.answer({"page": "monitor", "view": {}, "seen": {}}, 0)
    assert answer is not None
    assert b"store is slow to answer" in answer.body
    assert b"Store slow" in answer.body
    assert b"does not answer" not in answer.body
    assert b"Store down" not in answer.body


def test_browsers_that_ask_the_same_get_the_same_bytes_each_with_its_own_id(board: Board) -> None:
    refresher = Refresher(board)
    one, two = (refresher.answer({"page": "pair", "view": PAIR, "seen": {}, "id": i}, 0) for i in ("1", "2"))
    assert one is not None
    assert two is not None
    assert one.body.replace(b'"id":"1"}', b'"id":"2"}') == two.body
    assert one.key != two.key


def test_browsers_that_have_seen_different_things_get_the_same_key_only_for_the_same_bytes(board: Board) -> None:
    refresher = Refresher(board)
    tick = {"page": "pair", "view": PAIR, "id": "1"}
    whole = refresher.answer(tick | {"seen": {}}, 0)
    assert whole is not None
    seen = orjson.loads(whole.body)["seen"]
    rest = [refresher.answer(tick | {"seen": dict(seen, **changed)}, 0) for changed in ({"state": "1"}, {"state": "2"})]
    assert rest[0] is not None
    assert rest[0] == rest[1]
    assert rest[0].key != whole.key


def test_many_who_ask_for_the_same_page_at_once_have_it_made_once() -> None:
    made: list[int] = []
    started = threading.Barrier(8)
    pages = PageCache(min_age_s=60.0)
    section = props_section("state", "x", {})

    def make() -> tuple[Section, ...]:
        made.append(1)
        return (section,)

    def get(_: int) -> Sequence[Section]:
        started.wait()
        return pages.get(b"asked", make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(get, range(8))) == [(section,)] * 8
    assert len(made) == 1


def test_who_asks_while_a_page_is_made_anew_gets_the_last_one_at_once() -> None:
    now_s = [0.0]
    pages = PageCache(now_s=lambda: now_s[0])
    old, new = (props_section("state", str(i), {}) for i in range(2))
    assert pages.get(b"asked", lambda: (old,)) == (old,)
    now_s[0] += 0.5
    making, go_on = threading.Event(), threading.Event()

    def make() -> tuple[Section, ...]:
        making.set()
        assert go_on.wait(10)
        return (new,)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(pages.get, b"asked", make)
        assert making.wait(10)
        assert pages.get(b"asked", lambda: pytest.fail("made twice")) == (old,)
        go_on.set()
        assert first.result(10) == (new,)


def test_pages_that_cost_much_together_are_made_less_often() -> None:
    now_s, cpu_s = [0.0], [0.0]
    pages = PageCache(now_s=lambda: now_s[0], cpu_s=lambda: cpu_s[0])
    made: list[int] = []

    def make() -> tuple[Section, ...]:
        made.append(1)
        cpu_s[0] += 0.02
        return ()

    for _ in range(20):
        now_s[0] += 0.2
        for number in range(20):
            pages.get(b"%d" % number, make)
    assert 4.0 / 0.6 * 20 <= len(made) <= 4.0 / 0.4 * 20
    made.clear()
    for _ in range(40):
        now_s[0] += 0.2
        pages.get(b"0", make)
    assert len(made) >= 20


def test_a_page_that_did_not_move_may_be_twice_as_old_and_one_that_did_is_made_when_it_is_time() -> None:
    now_s, cpu_s = [0.0], [0.0]
    pages: PageCache[int] = PageCache(now_s=lambda: now_s[0], cpu_s=lambda: cpu_s[0])
    made, moved = [0], [False]

    def make() -> int:
        made[0] += 1
        cpu_s[0] += 0.05  # of a quarter of a core that is 0.2 s
        return made[0]

    def age_at_remaking() -> float:
        last, start_s = made[0], now_s[0]
        while pages.get(b"asked", make, lambda _: moved[0]) == last:
            now_s[0] += 0.01
        return now_s[0] - start_s

    for _ in range(40):
        age_at_remaking()
    assert age_at_remaking() == pytest.approx(0.4, abs=0.02)
    moved[0] = True
    assert age_at_remaking() == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("page", ["pair", "market"])
def test_a_page_is_told_that_a_bar_of_it_closed(board: Board, client: Redis, page: str) -> None:
    reader = board.reader
    p = pair_parameters(board, PAIR) if page == "pair" else market_parameters(board, {"instrument": PAIR["y"]})
    assert reader.moved(p)
    _read(board, p)
    assert not reader.moved(p)
    one_more_bar(client)
    while not reader.moved(p):
        pass
    _read(board, p)
    assert not reader.moved(p)


def _read(board: Board, p: PairParameters | MarketParameters) -> None:
    if isinstance(p, PairParameters):
        board.reader.snapshot(p)
    else:
        board.reader.market(p)


def test_pages_that_nobody_asks_for_any_more_are_dropped() -> None:
    now_s = [0.0]
    pages = PageCache(now_s=lambda: now_s[0])
    for number in range(20):
        pages.get(b"%d" % number, lambda: ())
    assert len(pages) == 20
    now_s[0] += 5.0
    pages.get(b"0", lambda: ())
    assert len(pages) == 1


def test_components_are_serialised_as_dash_does() -> None:
    page = html.Div(
        [top_bar(PAGES), pair_header("", "", {}), kpi_strip(), rail(), dcc.Link("a", href="/"), icon("bell")]
    )
    components = [page, *(each for each in page._traverse() if isinstance(each, Component))]
    assert len(components) > 50
    for each in components:
        assert plain_component(each) == each.to_plotly_json()


def test_of_a_memo_place_only_the_last_section_is_kept_and_places_by_their_bytes() -> None:
    memo = Memo(capacity=1_000)

    def section(size: int) -> Section:
        return props_section("state", "x", {"state": {"children": "x" * size}})

    first = memo.section("a", "1", lambda: section(10))
    assert memo.section("a", "1", lambda: pytest.fail("made again")) is first
    second = memo.section("a", "2", lambda: section(10))
    assert memo.section("a", "2", lambda: pytest.fail("made again")) is second
    assert memo.section("a", "1", lambda: section(10)) is not first
    memo.section("b", "1", lambda: section(950))
    assert memo.section("a", "1", lambda: section(5)) is not first


@pytest.mark.parametrize(("accepted", "decode"), [("zstd", zstd.decompress), ("gzip, deflate", gzip.decompress)])
def test_a_shared_compressed_answer_is_what_dash_answers(
    web: FlaskClient, board: Board, accepted: str, decode: Callable[[bytes], bytes]
) -> None:
    def body(id_: str) -> dict[str, Any]:
        tick = {"n": 1, "id": id_, "page": "pair", "view": PAIR, "seen": {}, "theme": "dark"}
        return {
            "output": "answer.data",
            "outputs": {"id": "answer", "property": "data"},
            "inputs": [{"id": "tick", "property": "data", "value": tick}],
            "changedPropIds": ["tick.data"],
        }

    def post(id_: str, encoding: str) -> TestResponse:
        return web.post("/_dash-update-component", json=body(id_), headers={"Accept-Encoding": encoding})

    plain = post("1", "identity")
    assert "Content-Encoding" not in plain.headers
    shared = [post("1", accepted) for _ in range(2)]
    assert {each.headers["Content-Encoding"] for each in shared} == {accepted.partition(",")[0]}
    assert all("Accept-Encoding" in each.headers["Vary"] for each in shared)
    assert shared[0].data == shared[1].data
    assert int(shared[1].headers["Content-Length"]) == len(shared[1].data)
    assert decode(shared[1].data) == plain.data
    other = orjson.loads(decode(post("2", accepted).data))
    assert other["response"]["answer"]["data"]["id"] == "2"


def test_other_answers_of_the_server_are_compressed_without_being_kept(web: FlaskClient) -> None:
    pages = [web.get(path, headers={"Accept-Encoding": "gzip"}) for path in ("/_dash-layout", "/_dash-dependencies")]
    assert [each.headers["Content-Encoding"] for each in pages] == ["gzip", "gzip"]
    assert gzip.decompress(pages[0].data) != gzip.decompress(pages[1].data)
