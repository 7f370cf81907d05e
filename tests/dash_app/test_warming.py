"""A pair that warms up says when its first z comes, and leads to what has one now."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from dash_app.views.warming import first_z_words, is_warming
from engine.parameters import Method, PairParameters, Timeframe
from engine.snapshot import Snapshot
from tests.dash_app.conftest import PAIR, Ask
from tests.dash_app.rows import made_rows, made_snapshot


def warming(have: int, need: int, timeframe: Timeframe) -> Snapshot:
    """A snapshot whose last bar closed at 2025-10-09 09:09 UTC, without a z."""
    rows = made_rows(10)
    rows["open_time_ms"] = 1_760_000_940_000 - timeframe.ms * np.arange(10, 0, -1)
    p = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", timeframe)
    return replace(made_snapshot(rows, p), have=have, need=need)


@pytest.mark.parametrize(
    ("timeframe", "words"),
    [
        (Timeframe.S1, "163 more take 2 min 40 s: first z at 09:11:43 UTC if none is absent."),
        (Timeframe.M1, "163 more take 2 h 40 min: first z at 11:52:00 UTC if none is absent."),
        (Timeframe.H1, "163 more take 6 d 19 h: first z at 16 Oct 04:09 UTC if none is absent."),
    ],
)
def test_the_time_of_the_first_z_is_the_close_of_the_last_bar_that_is_lacking(timeframe: Timeframe, words: str) -> None:
    """Expected times counted by hand: 163 bars after 09:09:00 of 9 October."""
    snapshot = warming(16, 179, timeframe)
    assert is_warming(snapshot)
    assert first_z_words(snapshot) == words
    assert not is_warming(made_snapshot())


def props_of(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {k: v for section in answer["sections"].values() for k, v in section.get("props", {}).items()}


def links_of(answer: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Words and address of each link of the warming-up strip."""
    found: list[tuple[str, str]] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            props = node.get("props", {})
            if node.get("type") == "A":
                found.append((props["children"], props["href"]))
            walk(props.get("children"))

    walk(props_of(answer)["warming"]["children"])
    return found


@pytest.mark.parametrize("method", [method.value for method in Method])
@pytest.mark.parametrize("field", ["close", "mid"])
def test_each_link_leads_to_a_view_that_has_a_z_now(ask: Ask, method: str, field: str) -> None:
    """400 minutes are kept: 26 bars of 15 minutes, 6 of an hour, 80 of 5 minutes."""
    view = PAIR | {"timeframe": "15m", "method": method, "field": field, "tab": "hedge"}
    view |= {"beta": "0.8"} if method == "fixed" else {}
    answer = ask(view)
    assert props_of(answer)["kpi-z"]["children"] == "–"
    state = str(props_of(answer)["state"]["children"])
    assert re.search(r"Warming up: 26 of \d+ bars. \d+ more take .+ UTC if none is absent", state), state
    links = links_of(answer)
    assert len(links) == 2
    for _, href in links:
        address = urlsplit(href)
        other = dict(parse_qsl(address.query))
        assert address.path == "/pair/sim:YUSDT/sim:XUSDT"
        assert other["tab"] == "hedge"
        assert other["field"] == field
        followed = props_of(ask(view | other))
        assert followed["kpi-z"]["children"] != "–", href
        assert followed["warming"]["children"] == []


def test_the_longest_bars_and_windows_that_reach_are_offered(ask: Ask) -> None:
    assert [words for words, _ in links_of(ask(PAIR | {"timeframe": "15m"}))] == [
        "1m bars, same windows",  # 80 bars of 5 minutes are fewer than 179
        "15m bars, windows 15 / 7",  # 15 + 7 - 1 = 21 of 26
    ]
    small = PAIR | {"timeframe": "1h", "window": "40", "z_window": "20"}
    assert [words for words, _ in links_of(ask(small))] == ["5m bars, same windows"]  # 6 hours are too few for any


def test_a_view_with_a_z_offers_nothing(ask: Ask) -> None:
    assert links_of(ask(PAIR)) == []
