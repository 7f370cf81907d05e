"""Every number of the strip that is computed opens its method card, without a mouse too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from redis import Redis

from engine.diagnosis import Confidence, Diagnosis, Verdict, save_diagnosis
from engine.findings.finding import Finding, Outcome, Subject
from engine.parameters import PairParameters
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import LIMIT_S, PAIR, Ask

P = PairParameters("sim:YUSDT", "sim:XUSDT")
SHORT = "Bars of 1m are too short for sim:YUSDT and sim:XUSDT"
NUMBERS = ("z", "signal", "beta", "half_life", "correlation", "spread")
MARKET_NUMBERS = ("change", "vwap", "volatility", "rate", "volume", "flow", "complete")
OpenAt = Callable[..., Page]


def broken_everywhere() -> Diagnosis:
    """A diagnosis that speaks against what each number assumes."""
    findings = (
        Finding("cusum", Subject.PAIR, Outcome.DOUBTFUL, "the relation has changed", numbers={"crossed_ms": 1}),
        Finding("half_life", Subject.SPREAD, Outcome.DOUBTFUL, "short", numbers={"bars": 3.0}, broken="bars bounce"),
        Finding("synchrony", Subject.PAIR, Outcome.DOUBTFUL, SHORT, numbers={"bar_ms": 300_000}),
    )
    as_of_ms, because = FIRST_MS + BARS * 60_000, "noise looks this good"
    return Diagnosis(
        as_of_ms, 1, BARS, Verdict.NOT_COINTEGRATED, because, 0.4, Confidence.LOW, (), (), findings, (), as_of_ms
    )


def texts(node: Any) -> list[str]:
    if isinstance(node, list):
        return [text for each in node for text in texts(each)]
    if isinstance(node, dict):
        return texts(node.get("props", node).get("children"))
    return [] if node is None else [str(node)]


def cards_of(ask: Ask) -> dict[str, list[str]]:
    answer = ask(PAIR)
    assert answer is not None
    props = answer["sections"]["cards"]["props"]
    return {name.removeprefix("made-"): texts(content) for name, content in props.items()}


def test_a_card_has_what_the_api_says_of_the_number(ask: Ask, web: FlaskClient, client: Redis) -> None:
    save_diagnosis(client, P, broken_everywhere())
    said = web.get("/api/v1/pairs/sim:YUSDT/sim:XUSDT/tests").get_json()
    cards = cards_of(ask)
    assert set(cards) == set(NUMBERS)
    for number in said["bar_numbers"]:
        method = number["method"]
        card = cards[number["name"]]
        assert card[1::2][:4] == [method["formula"], method["reference"], number["n"], method["assumes"]]
        if number["assumption_broken"]:
            short = number["assumption_broken"].replace("sim:YUSDT", "Y").replace("sim:XUSDT", "X")
            assert card[-1] == f"In this sample, tested 06:40:00 UTC: {short}"
    broken = {number["name"] for number in said["bar_numbers"] if number["assumption_broken"]}
    assert broken == {"z", "signal", "beta", "correlation"}  # of the spread's, stale prices, the tests know nothing
    life = next(item for item in said["items"] if item["statistic"] == "half_life")
    assert cards["half_life"][1] == life["method"]["formula"]
    assert cards["half_life"][5] == f"{BARS} bars"
    assert cards["half_life"][-1].endswith("bars bounce")


@pytest.mark.parametrize(("timeframe", "session"), [("1s", "the hour"), ("1m", "the UTC day")])
def test_the_numbers_of_the_market_page_have_cards_too(ask: Ask, timeframe: str, session: str) -> None:
    view = {"page": "market", "instrument": "sim:YUSDT", "timeframe": timeframe}
    answer = ask(view)
    assert answer is not None
    cards = {name: texts(content) for name, content in answer["sections"]["cards"]["props"].items()}
    assert list(cards) == [f"made-{name}" for name in MARKET_NUMBERS]
    assert all(card[::2] == ["Formula", "Reference", "n", "Assumes"] for card in cards.values())
    assert cards["made-vwap"][5] == f"the bars of {session}"


def test_before_the_first_tests_a_card_says_so(ask: Ask) -> None:
    assert all("Not tested yet" in card[-1] for card in cards_of(ask).values())


@pytest.fixture
def opened(url: str, chromium: Browser) -> Iterator[OpenAt]:
    context = chromium.new_context()

    def open_at(width: int, path: str = P.path) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{url}{path}")
        give_up = time.monotonic() + LIMIT_S
        while not page.evaluate("document.querySelector('.sb-made dl') && document.querySelector('[data-sb-filled]')"):
            assert time.monotonic() < give_up
            page.wait_for_timeout(50)
        return page

    yield open_at
    context.close()


FOCUSED = "document.activeElement?.closest('.sb-made')?.querySelector('.sb-made-card')?.id"
OPEN = "[...document.querySelectorAll('.sb-made[open] .sb-made-card')].map(e => e.id)"


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize(("path", "numbers"), [(P.path, NUMBERS), ("/market/sim:YUSDT", MARKET_NUMBERS)])
def test_each_card_is_reached_opened_and_closed_by_keyboard(
    opened: OpenAt, path: str, numbers: tuple[str, ...], width: int
) -> None:
    page = opened(width, path)
    reached: list[str] = []
    page.evaluate("document.querySelector('.sb-hero summary').focus()")
    for _ in range(20):
        name = page.evaluate(FOCUSED)
        if name and name not in reached:
            reached.append(name)
            page.keyboard.press("Enter")
            assert page.evaluate(OPEN) == [name]
            box = page.locator(f"#{name}").bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["height"] > 60
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            covered = f"(() => {{ const e = document.getElementById('{name}'), b = e.getBoundingClientRect();"
            covered += "return e.contains(document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2)); })()"
            assert page.evaluate(covered), "it lies under something"
            page.keyboard.press("Escape")
            assert page.evaluate(OPEN) == []
            assert page.evaluate(FOCUSED) == name
        page.keyboard.press("Tab")
    assert reached == [f"made-{name}" for name in numbers]


@pytest.mark.browser
def test_a_card_stays_open_while_it_is_read_and_closes_when_one_looks_elsewhere(opened: OpenAt) -> None:
    page = opened(1280)
    page.click(".sb-made summary >> nth=2")
    page.click("#made-beta dd >> nth=0")
    assert page.evaluate(OPEN) == ["made-beta"]
    page.click(".sb-made summary >> nth=4")
    assert page.evaluate(OPEN) == ["made-correlation"]
    page.mouse.click(1200, 700)
    assert page.evaluate(OPEN) == []
