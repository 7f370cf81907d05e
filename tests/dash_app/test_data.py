"""The data page: its rows, its strip of bars, and that nothing is made or sent twice."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient
from redis import Redis

from dash_app.components.data_body import read_choices
from dash_app.views.data_rows import data_rows, strip_svg
from engine.board import Board
from engine.data_stats import Cell, Span
from engine.parameters import Timeframe
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.gap_ledger import GapRecord, gap_fields
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import Ask, one_more_bar

VIEW = {"page": "data", "timeframe": "1m", "span": "6h"}
X = "sim:XUSDT"
NOW_MS = FIRST_MS + BARS * 60_000


def props_of(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {k: v for section in answer["sections"].values() for k, v in section.get("props", {}).items()}


def row_of(answer: dict[str, Any] | None, instrument: str = X) -> dict[str, str]:
    rows: list[dict[str, str]] = props_of(answer)["data-table"]["data"]
    return next(row for row in rows if row["id"] == instrument)


def plain(cell: str) -> str:
    return re.sub(r"<[^>]*>", "", cell)


def test_a_row_says_what_there_is_and_what_prices_did(ask: Ask, board: Board) -> None:
    """Against numpy on the bars that the API gives."""
    row = row_of(ask(VIEW))
    bars = board.reader.bars(X, Timeframe.M1, limit=360)
    returns = np.diff(np.log(bars["close"]))
    assert (row["bars"], plain(row["absent"]), row["complete"], row["trades"]) == ("360", "0", "100", "2,520")
    assert (row["source"], plain(row["gaps"])) == ("trades", "0, 0")
    assert (row["first"], row["last_bar"]) == ("01 Jan 00:00", "01 Jan 06:40")
    assert row["last"] == f"{bars['close'][-1]:,.2f}"
    assert (row["low"], row["high"]) == (f"{bars['low'].min():,.2f}", f"{bars['high'].max():,.2f}")
    assert row["mean"] == f"{bars['close'].mean():,.2f}"
    assert row["sd"] == f"{1e4 * returns.std(ddof=1):.2f}"
    assert row["return"] == f"{1e4 * returns.mean():+.3f}".replace("-", "−")
    assert 'href="/market/sim&#58;XUSDT"' in row["instrument"]
    assert 'aria-label="360 of 360 bars"' in row["strip"]


def test_the_line_above_says_what_the_numbers_are_of(ask: Ask) -> None:
    assert props_of(ask(VIEW))["data-note"]["children"] == "last 6 h of closed 1m bars · as of 06:40 UTC"
    shown = props_of(ask({**VIEW, "timeframe": "1s", "span": "7d"}))["data-note"]["children"]
    assert shown == "", "there are no bars of a second here"


def test_what_cannot_be_is_shown_as_it_is_without(ask: Ask) -> None:
    odd = {**VIEW, "timeframe": "2m", "span": "<b>"}
    assert row_of(ask(odd)) == row_of(ask({**VIEW, "span": "24h"}))


def test_bars_that_are_absent_or_lack_trades_are_seen(ask: Ask, client: Redis) -> None:
    bar = Bar(NOW_MS + 4 * 60_000, *[3_000.0] * 4, 1.0, 3, 1, 3, 1.0, 1.0, Source.TRADES, 2, 0)
    client.xadd(keys.bars(X, Timeframe.M1), {keys.FIELD: encode_bar(bar)})
    gap = GapRecord(1, 2, 2, NOW_MS, NOW_MS + 240_000, NOW_MS, NOW_MS, "lost")
    field, value = gap_fields([gap])
    client.hset(keys.gaps(X), field, value)
    row = row_of(ask(VIEW))
    assert (row["bars"], plain(row["absent"]), plain(row["gaps"])) == ("356", "4", "0, 1")
    assert row["complete"] == f"{100 * (355 * 7 + 3) / (355 * 7 + 5):.2f}"
    assert "356 of 360 bars, 4 absent, 1 with trades missing" in row["strip"]
    assert row["strip"].count("sb-absent") == 1


def test_the_strip_draws_each_run_once_and_nothing_before_the_first_bar() -> None:
    cells = np.array([Cell.BEFORE] * 3 + [Cell.WHOLE] * 4 + [Cell.BAR_ABSENT] + [Cell.TRADES_MISSING] * 2, np.uint8)
    drawn = re.findall(
        r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" class="sb-(\w+)">', strip_svg(cells, "a")
    )
    assert drawn == [("3", "5", "4", "4", "whole"), ("7", "0", "1", "14", "absent"), ("8", "3", "2", "8", "lacking")]


def test_an_instrument_without_bars_has_an_empty_row(board: Board, client: Redis) -> None:
    client.hset(keys.INSTRUMENTS, "sim:NEWUSDT", encode_info(InstrumentInfo("sim:NEWUSDT", "NEW", "USDT", 0.01, 7)))
    rows = data_rows(board.data.view(Timeframe.M1, Span.H1), NOW_MS)
    (new,) = (row for row in rows if row["id"] == "sim:NEWUSDT")
    assert not any(new[name] for name in ("bars", "last", "strip", "first", "sd"))
    assert set(new) == set(rows[0]), "a cell that is not there would be shown as undefined"


def test_nothing_is_sent_when_nothing_changed_and_a_new_bar_is(ask: Ask, client: Redis) -> None:
    first = ask(VIEW)
    assert first is not None
    assert ask(VIEW, first["seen"]) is None
    one_more_bar(client)
    answer = None
    while answer is None or "data" not in answer["sections"]:
        answer = ask(VIEW, first["seen"])
    assert row_of(answer)["last"] == "3,000.00"


def test_a_tick_without_a_new_bar_makes_nothing(
    ask: Ask, app: Dash, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are made once a change, however many look and however often a page is made anew."""
    first = ask(VIEW)
    assert first is not None
    made: list[int] = []
    monkeypatch.setattr("dash_app.views.data.data_rows", lambda *given: made.append(1) or data_rows(*given))
    views = {id(board.data.view(Timeframe.M1, Span.H6)) for _ in range(50)}
    for number in range(20):
        assert ask({**VIEW, "other": str(number)}) is not None, "another view to the page, the same rows"
    assert len(views) == 1
    assert made == []


def test_the_page_stands_at_its_address_and_says_what_it_leaves_out(web: FlaskClient) -> None:
    assert web.get("/data?timeframe=5m&span=7d").status_code == 200
    address = read_choices({"timeframe": "2m", "span": "6h"})
    assert address.texts == {"timeframe": "1m", "span": "6h"}
    assert address.left_out == ("The address has timeframe = 2m, which is none of 1s, 1m, 5m, 15m, 1h: it is left out",)
