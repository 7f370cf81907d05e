"""An upload on pages: a finished file, which is never late, has no quote currency and no bars finer than its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from redis import Redis

from dash_app.components.cells import text
from dash_app.figures.market_view import MarketView
from dash_app.figures.market_words import market_words
from dash_app.figures.overview_words import words_and_ranges
from dash_app.figures.panels import Frame
from dash_app.figures.view import Leg, PairView
from dash_app.views.silence import upload_words
from engine.board import Board
from engine.market.parameters import MarketParameters
from engine.market.snapshot import MarketSnapshot
from engine.parameters import PairParameters, Scale, Timeframe
from engine.uploads import preview
from store import keys
from store.feed import FeedState, encode_feed
from tests.dash_app.conftest import PAIR, Ask
from tests.dash_app.rows import made_rows, made_snapshot
from tests.dash_app.test_market import VIEW
from tests.dash_app.test_market import made_rows as market_rows

START_S = 1_704_067_200  # 1 January 2024, 00:00 UTC
ENDS = "ends 06:40 UTC 1 Jan 2024"
WIDE, NARROW = Frame("dark", narrow=False), Frame("dark", narrow=True)


def file_of(step_s: int, scale: float) -> bytes:
    rows = (f"{START_S + step_s * n},{scale * (100 + n % 7 + n / 50) + n * n % 11 / 9:.4f}\n" for n in range(400))
    return f"timestamp,close\n{''.join(rows)}".encode()


@pytest.fixture(autouse=True)
def _brought(board: Board, client: Redis) -> None:
    """Two files of minutes and one of five minutes, beside a feed that is alive."""
    for symbol, step_s, scale in (("GOLD", 60, 1.0), ("SILVER", 60, 0.3), ("COARSE", 300, 1.0)):
        board.uploads.accept(preview(f"{symbol}.csv", file_of(step_s, scale)), symbol)
    now = board.clock_ms()
    feed = FeedState("sim", "SIMULATED", "streaming", now, now, now, now, 30.0, 90.0, 40.0, 0, 0, 0, 0)
    client.set(keys.feed("sim"), encode_feed(feed))


def state_of(ask: Ask, view: dict[str, str]) -> str:
    """The strip below the controls, wherever it stands in the answer."""

    def strips(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            own = part.get("state")
            if isinstance(own, dict) and "className" in own:
                yield str(own)
            for inner in part.values():
                yield from strips(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from strips(inner)

    (strip,) = strips(ask(view))
    return strip


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (VIEW | {"instrument": "upload:GOLD"}, f"GOLD is an upload, {ENDS}: nothing new comes."),
        (PAIR | {"y": "upload:GOLD", "x": "upload:SILVER"}, f"GOLD and SILVER are uploads, their bars {ENDS[:3]}"),
    ],
)
def test_a_finished_file_is_not_late(ask: Ask, view: dict[str, str], words: str) -> None:
    said = state_of(ask, view)
    assert words in said
    assert "Stale since" not in said
    assert "sb-stale-below" not in said
    assert "sb-ended-below" in said


def test_a_live_instrument_that_is_late_is_still_called_stale(ask: Ask) -> None:
    assert "Stale since" in state_of(ask, VIEW | {"instrument": "sim:YUSDT"})


def test_the_end_of_a_file_has_its_day_and_its_year_where_that_is_another() -> None:
    def ms(year: int, month: int, day: int, hour: int) -> int:
        return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)

    now = ms(2026, 11, 21, 19)
    assert upload_words(["A"], ms(2026, 11, 21, 14), 60_000, now).startswith("A is an upload, ends 14:00 UTC 21 Nov:")
    assert "ends 14:00 UTC 2 Nov 2025:" in upload_words(["A"], ms(2025, 11, 2, 14), 60_000, now)
    assert "ends 14:00:00 UTC 21 Nov:" in upload_words(["A"], ms(2026, 11, 21, 14), 1_000, now)
    assert upload_words(["A", "B"], None, 60_000, now) == "A and B are uploads: nothing new comes."


def test_a_watched_pair_of_files_says_when_they_end(board: Board, ask: Ask) -> None:
    board.desk.watch(PairParameters("upload:GOLD", "upload:SILVER", Timeframe.M1), effective_ms=0)
    said = str(ask({"page": "monitor"}))
    assert text("Upload, ends 1 Jan 2024") in said, said
    assert "Replay ended" not in said


@pytest.mark.parametrize(
    ("view", "path"),
    [
        (VIEW | {"instrument": "upload:COARSE", "timeframe": "1s"}, "/market/upload:COARSE"),
        (PAIR | {"y": "upload:GOLD", "x": "upload:COARSE", "timeframe": "1s"}, "/pair/upload:GOLD/upload:COARSE"),
    ],
)
def test_what_is_finer_than_a_file_is_refused_with_what_is_not(ask: Ask, view: dict[str, str], path: str) -> None:
    """Of a pair, those that both files have, whichever of them is asked first."""
    said = state_of(ask, view)
    assert "use 5m or 15m or 1h" in said
    assert all(f"timeframe={each}" in said for each in ("5m", "15m", "1h"))
    assert "timeframe=1m" not in said
    assert path in said


def test_the_api_says_the_same(web: FlaskClient) -> None:
    answer = web.get("/api/v1/pairs/upload:COARSE/upload:GOLD/latest?timeframe=1m")
    assert answer.get_json()["allowed"].endswith("use 5m or 15m or 1h")


GOLD, SILVER, LIVE = Leg("upload:GOLD", "", 0.01), Leg("upload:SILVER", "", 0.01), Leg("sim:BTCUSDT", "USDT", 0.01)


@pytest.mark.parametrize("frame", [WIDE, NARROW])
@pytest.mark.parametrize(
    ("y", "x", "begins"),
    [(GOLD, SILVER, "Prices  <"), (LIVE, GOLD, "Prices, USDT / –  <"), (GOLD, LIVE, "Prices, – / USDT  <")],
)
def test_titles_of_a_pair_have_no_commas_without_a_currency(y: Leg, x: Leg, begins: str, frame: Frame) -> None:
    for scale in Scale:
        parameters = PairParameters(y.instrument, x.instrument, Timeframe.M1, scale=scale)
        view = PairView(made_snapshot(made_rows(), parameters), y, x, 300)
        titles = [each["text"] for each in words_and_ranges(view, frame)["annotations"]]
        assert any(title.startswith(begins) for title in titles)
        assert not [title for title in titles if ",  " in title or title.rstrip().endswith(",") or ", <" in title]
        assert not view.spread_name.endswith(", ")


def test_the_title_of_a_market_chart_has_none_either() -> None:
    snapshot = MarketSnapshot(MarketParameters("upload:GOLD", timeframe=Timeframe.M1), market_rows())
    words = market_words(MarketView(snapshot, GOLD, "GOLD", 240), WIDE)["annotations"]
    (title,) = (each["text"] for each in words if "▯ up" in each["text"])
    assert "</b> GOLD</span>" in title
