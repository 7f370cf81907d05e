"""The data page: its rows, its strip of bars, and that nothing is made or sent twice."""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient
from redis import Redis

from dash_app.actions import act
from dash_app.components.data_body import read_choices
from dash_app.views.data_rows import data_rows, strip_svg
from engine.board import Board
from engine.data_stats import Cell, Span
from engine.parameters import Timeframe
from engine.uploads import preview
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from store.feed import FeedState, encode_feed
from store.followed import FollowedList, VenueSymbol, write_followed_list, write_venue_symbols
from store.gap_ledger import GapRecord, gap_fields
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import LIMIT_S, Ask, one_more_bar

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
    assert (row["source"], plain(row["gaps"])) == ("trades", "0")
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
    assert (row["bars"], plain(row["absent"]), plain(row["gaps"])) == ("356", "4", "1 lost")
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
    rows = data_rows(board.data.view(Timeframe.M1, Span.H1), (), NOW_MS)
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


def test_exports_end_where_bars_are_settled(ask: Ask, client: Redis) -> None:
    """A live minute counts five seconds after its close; what comes no more is taken to its end."""
    answer = ask(VIEW)
    assert answer is not None
    choices = answer["sections"]["choices"]["choices"]
    assert choices["ends"][X] == NOW_MS
    assert {option["value"] for option in choices["options"]} == {X, "sim:YUSDT"}
    live = FeedState("sim", "SIMULATED", "streaming", NOW_MS, NOW_MS, NOW_MS, NOW_MS, 3.0, 9.0, 4.0, 0, 0, 0, 0)
    client.set(keys.feed("sim"), encode_feed(live))
    give_up = time.monotonic() + LIMIT_S
    while (after := ask(VIEW, answer["seen"])) is None or "choices" not in after["sections"]:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    assert after["sections"]["choices"]["choices"]["ends"][X] == NOW_MS - 60_000


def follow_some(client: Redis) -> None:
    """What an ingestor would have written: its first set, what the venue lists, and how its feed is."""
    write_followed_list(client, "sim", FollowedList(0, ("YUSDT", "XUSDT")))
    listed = [VenueSymbol(name, name[:-4], "USDT", "TRADING") for name in ("YUSDT", "XUSDT", "ZUSDT")]
    write_venue_symbols(client, "sim", [*listed, VenueSymbol("OLDUSDT", "OLD", "USDT", "CANCEL_ONLY")], NOW_MS)


def wait_row(ask: Ask, instrument: str, column: str, part: str) -> dict[str, str]:
    """The row as soon as its cell has a part: what is followed may be a second old."""
    give_up = time.monotonic() + LIMIT_S
    while part not in (row := row_of(ask(VIEW), instrument))[column]:
        assert time.monotonic() < give_up, row
        time.sleep(0.05)
    return row


def test_an_instrument_is_followed_and_no_longer_by_its_button(ask: Ask, board: Board, client: Redis) -> None:
    follow_some(client)
    row = wait_row(ask, X, "followed", "data-unfollow")
    assert 'data-unfollow="sim&#58;XUSDT"' in row["followed"]
    assert act(board, {"kind": "unfollow", "instrument": X})["ok"]
    wait_row(ask, X, "followed", 'data-follow="sim&#58;XUSDT"')
    assert [each.symbol for each in board.desk.followed("sim")] == ["YUSDT"]
    assert act(board, {"kind": "follow", "instrument": X})["ok"]
    wait_row(ask, X, "followed", "data-unfollow")
    assert board.desk.followed("sim")[-1].symbol == "XUSDT"


def test_what_does_not_come_yet_stands_below_with_its_reason(ask: Ask, board: Board, client: Redis) -> None:
    follow_some(client)
    assert act(board, {"kind": "follow", "instrument": "sim:ZUSDT"})["words"].startswith("ZUSDT is followed")
    props = props_of(ask(VIEW))
    (row,) = (row for row in props["follow-list"]["data"] if row["id"] == "sim:ZUSDT")
    assert "no ingestor of sim speaks" in plain(row["state"])
    assert props["follow-count"]["children"] == "3 at sim · 3 not here yet"


@pytest.mark.parametrize(
    ("instrument", "words"),
    [
        ("sim:OLDUSDT", "is CANCEL_ONLY there now"),
        ("sim:NOPEUSDT", "is not listed there"),
        ("upload:MINE", "The parameter venue cannot be upload: use one of"),
        ("sim:", "The parameter instrument cannot be sim:: give a symbol of the venue"),
        ("", "The parameter instrument is missing"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(board: Board, client: Redis, instrument: str, words: str) -> None:
    follow_some(client)
    done = act(board, {"kind": "follow", "instrument": instrument})
    assert not done["ok"]
    assert words in done["words"].replace("“", "").replace("”", "")


def test_an_upload_has_no_bars_finer_than_its_file(ask: Ask, board: Board) -> None:
    rows = (f"{FIRST_MS + n * 300_000},10,12,9,{10 + n % 3},5" for n in range(12))
    lines = ["timestamp,open,high,low,close,volume", *rows]
    board.uploads.accept(preview("mine.csv", "\n".join(lines).encode(), None), "MINE")
    row = wait_row_of_upload(ask, "1m")
    assert plain(row["strip"]) == "bars of 5m and up"
    assert (row["bars"], row["last"], row["followed"]) == ("", "", "")
    row = wait_row_of_upload(ask, "5m")
    assert (row["bars"], row["source"], row["low"], row["high"]) == ("12", "upload", "9", "12")
    assert plain(row["complete"]) == "unknown"


def wait_row_of_upload(ask: Ask, timeframe: str) -> dict[str, str]:
    give_up = time.monotonic() + LIMIT_S
    while True:
        rows = props_of(ask({**VIEW, "timeframe": timeframe}))["data-table"]["data"]
        found = [row for row in rows if row["id"] == "upload:MINE"]
        if found:
            return dict(found[0])
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_uploads_are_listed_with_what_was_left_out_of_them(ask: Ask, board: Board) -> None:
    rows = [f"{FIRST_MS + n * 60_000},{100 + n % 3}" for n in range(50)]
    raw = "\n".join(["time,close", *rows, "never,5", f"{FIRST_MS + 3_600_000},-1"])
    board.uploads.accept(preview("<b>odd</b>.csv", raw.encode(), None), "ODD")
    props = props_of(ask(VIEW))
    (row,) = props["uploads"]["data"]
    assert (row["kind"], row["rows"], row["left_out"], row["file"]) == ("bars", "50", "2", "<b>odd</b>.csv")
    assert (row["first"], row["last"]) == ("2026-01-01 00:00", "2026-01-01 00:49")
    assert 'data-delete-upload="ODD"' in row["action"]
    assert "/market/upload&#58;ODD?timeframe=1m" in row["instrument"]
    assert props["uploads-note"]["children"] == "1 file, newest first"
