"""Trades that are missing are drawn, counted and named, on the pair's page, the market's and the monitor's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from redis import Redis

from dash_app import ids
from dash_app.figures.incomplete import NAMED
from dash_app.figures.market import market_figure
from dash_app.figures.overview import overview_figure
from dash_app.figures.overview_events import events_source
from dash_app.figures.panels import Frame
from dash_app.figures.view import Leg, PairView
from dash_app.gap_words import fate_words, gap_times, gap_words, missing_words, share_words
from dash_app.missed_words import missed_words
from dash_app.views.data_in_view import data_props
from dash_app.views.feed import ended_words, feed_props
from dash_app.views.market_gaps import MOST, gaps_props
from dash_app.views.market_head import head_props
from dash_app.views.pair_head import head_props as pair_head_props
from dash_app.views.silence import feed_stale
from engine.ledger import Ledger
from engine.views import FeedState
from store import keys
from store.gap_ledger import GapRecord, GapState, gap_fields
from store.reader_gaps import ReaderGap, note_reader_gap
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import Ask
from tests.dash_app.rows import cut_gap, made_rows, made_snapshot
from tests.dash_app.test_market import VIEW, trace
from tests.dash_app.test_market import made_rows as market_rows
from tests.dash_app.test_market import view_of as market_view
from tests.dash_app.test_rail import words_of
from tests.tools.waiting import until

WIDE, NARROW = Frame("dark", False), Frame("light", True)
Y, X = Leg("sim:BTCUSDT", "USDT", 0.01), Leg("sim:ETHUSDT", "USDT", 0.01)
MORNING_MS = 1_760_000_400_000  # 2025-10-09 09:00:00 UTC


def gap(
    after_ms: int, before_ms: int, *, ids_: int = 412, missing: int | None = None, state: GapState = "open"
) -> GapRecord:
    return GapRecord(
        1_000, 999 + ids_, ids_ if missing is None else missing, after_ms, before_ms, before_ms, before_ms, state
    )


@pytest.mark.parametrize(
    ("found", "times", "missing", "fate"),
    [
        (gap(MORNING_MS, MORNING_MS + 480_000), "09:00–09:08", "412 trades missing", "being filled"),
        (
            gap(MORNING_MS, MORNING_MS + 3_000, missing=5),
            "09:00:00–09:00:03",
            "5 of 412 trades missing",
            "being filled",
        ),
        (gap(MORNING_MS, MORNING_MS, ids_=1, state="lost"), "09:00:00", "1 trade missing", "lost for good"),
        (
            gap(MORNING_MS, MORNING_MS + 900, missing=0, state="filled"),
            "09:00:00",
            "412 trades came late",
            "all are there now",
        ),
    ],
)
def test_a_gap_says_when_how_many_and_what_becomes_of_them(
    found: GapRecord, times: str, missing: str, fate: str
) -> None:
    assert (gap_times(found), missing_words(found), fate_words(found)) == (times, missing, fate)
    assert gap_times(found, MORNING_MS + 86_400_000) == f"09 Oct {times}"


def test_several_gaps_are_summed_and_a_share_is_never_rounded_to_whole() -> None:
    open_, lost = gap(0, 1), gap(2, 3, ids_=8, state="lost")
    assert gap_words([open_, open_]) == "824 trades missing, being filled"
    assert gap_words([open_, lost]) == "420 trades missing, some being filled, some lost"
    assert gap_words([gap(0, 1, missing=0, state="filled")]) == ""
    assert [share_words(each) for each in (1.0, 0.9999999, 0.5, None, float("nan"))] == [
        "100 %", "99.9 %", "50.0 %", "unknown", "unknown",
    ]  # fmt: skip


def lacking_rows() -> NDArray[np.void]:
    rows = made_rows()
    rows["completeness_y"][[200, 350]] = 0.8, 0.5
    rows["completeness_x"][360] = np.nan
    return rows


def pair_view(rows: NDArray[np.void], gaps: Sequence[GapRecord] = ()) -> PairView:
    return PairView(made_snapshot(rows), Y, X, 300, "", (Ledger(tuple(gaps), "1"), Ledger()))


def words_on(figure: dict[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"]]


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_a_bar_that_lacks_trades_has_its_mark_on_the_line(frame: Frame) -> None:
    rows = lacking_rows()
    figure = overview_figure(pair_view(rows), frame)
    (marks,) = (each for each in figure["data"] if each["uid"] == "part-y")
    assert marks["x"] == (rows["open_time_ms"][[200, 350]] + 60_000).tolist()
    assert marks["y"] == pytest.approx(rows["y"][[200, 350]].tolist())
    assert marks["marker"]["symbol"] == "diamond-open"
    (other,) = (each for each in figure["data"] if each["uid"] == "part-x")
    assert other["x"] == [], "what nobody can know is not drawn as missing"
    assert any("◇" in words for words in words_on(figure))
    assert not any("◇" in words for words in words_on(overview_figure(pair_view(made_rows()), frame)))


def test_marks_go_out_when_a_bar_lacks_trades_and_bands_when_a_gap_changes() -> None:
    rows = made_rows()
    rows["z"], rows["signal"] = 0.1, 0
    view = pair_view(rows.copy())
    lacking = rows.copy()
    lacking["completeness_x"][-1] = 0.9
    assert events_source(pair_view(lacking)) != events_source(view)
    assert events_source(replace(view, ledgers=(Ledger((), "2"), Ledger()))) != events_source(view)


def test_a_wide_gap_is_a_band_with_its_words_and_one_within_a_bar_is_none() -> None:
    rows = made_rows()
    start = int(rows["open_time_ms"][250])
    wide, short = gap(start, start + 2_400_000), gap(start + 9_000_000, start + 9_000_400, ids_=7)
    over, came = gap(start + 4_000_000, start + 4_900_000, state="lost"), gap(0, start, missing=0, state="filled")
    figure = overview_figure(pair_view(rows, [came, wide, over, short]), WIDE)
    bands = [each for each in figure["layout"]["shapes"] if each["type"] == "rect" and each["y1"] == 1.0]
    assert [(band["x0"], band["x1"]) for band in bands if band["y0"] == 0.0] == [
        (start, start + 2_400_000),
        (start + 4_000_000, start + 4_900_000),
    ]
    assert "gap<br>412 trades missing<br>being filled" in words_on(figure)
    cut_gap(rows := made_rows(), 250, 290)
    said = words_on(overview_figure(pair_view(rows, [wide]), WIDE))
    assert "gap<br>40 bars<br>412 trades missing<br>being filled" in said
    assert sum("412 trades" in words for words in said) == 1


def test_the_rail_counts_what_is_missing_in_view_and_in_the_window() -> None:
    rows = lacking_rows()
    rows["window_completeness_y"][-1], rows["window_unknown"][-1] = 0.987, 40
    start = int(rows["open_time_ms"][250])
    said = words_of(
        data_props(pair_view(rows, [gap(start, start + 480_000), gap(0, start, missing=0, state="filled")]))
    )
    times = gap_times(gap(start, start + 480_000))
    assert f"Gap, BTCUSDT {times} 412 trades missing, being filled" in said
    # 400 trades are 80 % of 500 and half of 800.
    assert f"Trades missing, y / x {100 + 400} / 0" in said
    assert "Trades of the fit's window, y / x 98.7 % / 100 %" in said
    assert "Its bars of unknown completeness 40 of 120" in said
    assert "Its bars absent" not in said
    many = [gap(start + n * 1_000, start + n * 1_000 + 10) for n in range(9)]
    assert "Earlier gaps 6" in words_of(data_props(pair_view(made_rows(), many)))
    assert "Gaps none" in words_of(data_props(pair_view(made_rows())))


def test_z_says_when_pointed_at_that_its_fit_lacks_trades() -> None:
    rows = made_rows()
    assert "trades" not in pair_head_props(pair_view(rows.copy()))[ids.Z]["title"]
    rows["window_completeness_x"][-1] = 0.875
    assert pair_head_props(pair_view(rows))[ids.Z]["title"].endswith(", by a fit on bars with 87.5 % of their trades")


def test_a_candle_that_lacks_trades_is_marked_and_its_volume_hatched() -> None:
    rows = market_rows()
    rows["completeness"][[-5, -9]] = 0.5, np.nan
    figure = market_figure(market_view(rows), WIDE)
    for uid, column in (("part", "low"), ("hatched", "volume")):
        expected = [None] * 240
        expected[-5] = pytest.approx(rows[column][-5], abs=5e-3)
        assert trace(figure, uid)["y"] == expected
    assert trace(figure, "hatched")["marker"]["pattern"]["shape"] == "/"
    assert any(NAMED in words for words in words_on(figure))
    grouped = market_figure(market_view(rows[-240:].repeat(1), show=240), NARROW)
    assert any("◇" in words and NAMED not in words for words in words_on(grouped))


def test_the_market_page_lists_the_gaps_of_the_span_shown_newest_first() -> None:
    rows = market_rows()
    last = int(rows["open_time_ms"][-1])
    gaps = [gap(last - n * 60_000 - 500, last - n * 60_000, ids_=n + 1) for n in range(300, -1, -1)]
    view = replace(market_view(rows), ledger=Ledger(tuple(gaps), "1"))
    props = gaps_props(view)
    listed = props[ids.GAPS]["data"]
    assert len(listed) == MOST
    assert [row["missing"] for row in listed[:2]] == ["1 trade missing", "2 trades missing"]
    assert props[ids.GAPS_NOTE]["children"] == f"the 25 newest of 240, {sum(range(1, 241)):,} trades missing"
    assert head_props(view)[f"{ids.KPI_COMPLETE}-note"]["children"] == f"{sum(range(1, 241)):,} trades missing"
    assert gaps_props(market_view(rows))[ids.GAPS]["data"] == []


def test_the_market_page_says_what_readers_came_too_late_for(ask: Ask, client: Redis) -> None:
    first = ask(VIEW)
    assert first is not None
    note_reader_gap(client, ReaderGap("archive", "sim:XUSDT", 7, 1_210, MORNING_MS))
    note_reader_gap(client, ReaderGap("archive", "sim:OTHER", 1, 99, MORNING_MS))
    answers: list[dict[str, Any]] = []
    until(lambda: answers.extend(filter(None, [ask(VIEW, first["seen"])])) or answers, "the words on the page")
    note = answers[0]["sections"]["gaps"]["props"][ids.GAPS_NOTE]["children"]
    assert note.endswith("; the archive of ticks could not read 1,204 trades (ids 7–1210) before they left the store")


def test_what_readers_missed_is_named_the_newest_of_it() -> None:
    missed = [
        ReaderGap("archive", "sim:A", 5, 5, MORNING_MS),
        ReaderGap("archive", "sim:A", 10, 19, MORNING_MS),
        ReaderGap("history", "sim:A", MORNING_MS, MORNING_MS + 120_000, MORNING_MS),
        ReaderGap("archive", "sim:A", 30, 30, MORNING_MS),
    ]
    assert missed_words([], MORNING_MS) == ""
    assert missed_words(missed[:1], MORNING_MS) == (
        "the archive of ticks could not read 1 trade (ids 5) before they left the store"
    )
    assert missed_words(missed, MORNING_MS) == (
        "the archive of ticks could not read 12 trades (ids 10–19, 30 and 1 earlier run), "
        "the history of bars could not read 3 minutes (09:00:00–09:02:00 UTC) before they left the store"
    )


def test_a_gap_that_changes_reaches_the_page_without_a_new_bar_and_without_the_whole_figure(
    ask: Ask, client: Redis
) -> None:
    first = ask(VIEW)
    assert first is not None
    assert ask(VIEW, first["seen"]) is None
    end = FIRST_MS + BARS * 60_000
    fields = gap_fields([gap(end - 300_000, end - 120_000)])
    client.hset(keys.gaps("sim:XUSDT"), mapping=dict(zip(fields[::2], fields[1::2], strict=True)))
    answers: list[dict[str, Any]] = []
    until(lambda: answers.extend(filter(None, [ask(VIEW, first["seen"])])) or answers, "the gap on the page")
    sections = answers[0]["sections"]
    assert "chart" not in sections["figure"]
    assert sections["figure"]["chart_delta"]["shapes"], "its band"
    assert sections["gaps"]["props"][ids.GAPS]["data"][0]["missing"] == "412 trades missing"


FEED = FeedState("replay", "REPLAY", "ended", 5, 1, 1_760_000_400_000, 4, 0.0, 0.0, None, 90, 12, 0, 0)


def test_what_a_replay_left_out_is_said_where_its_end_is() -> None:
    left_out = replace(FEED, rejected_by={"bad number": 2, "price not above 0": 10})
    assert ended_words(FEED) == "Replay ended at 09:00:00 UTC of the recording."
    assert ended_words(left_out).endswith("Left out: 10 price not above 0, 2 bad number.")
    props = feed_props([left_out, replace(FEED, rejected_by={"bad number": 1})], 1, 6)
    assert props["feed-rejected"]["title"] == "10 price not above 0, 3 bad number"


def test_a_recording_that_pauses_says_so_where_it_would_be_called_stale() -> None:
    streaming = replace(FEED, state="streaming", written_ms=60_000, received_ms=20_000)
    pausing = replace(streaming, detail="the recording pauses until 01 Jul 19:00:00 UTC")
    for feed, words in ((pausing, pausing.detail), (streaming, "nothing comes from the venue")):
        stale = feed_stale(feed, 60_000)
        assert stale is not None
        assert (stale.since_ms, stale.what) == (20_000, words)
