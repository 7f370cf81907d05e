"""The market page: its figure, its sections, and what it says of data that is lacking."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from redis import Redis

from dash_app.figures.market import market_figure
from dash_app.figures.market_view import MOST_CANDLES, MarketView, candle_columns
from dash_app.figures.market_words import market_words
from dash_app.figures.panels import Frame
from dash_app.figures.view import Leg
from dash_app.sections import encode
from dash_app.views.market_head import head_props
from dash_app.views.market_table import market_bar_columns, market_bar_rows
from engine.market.parameters import MarketParameters
from engine.market.rows import MARKET_DTYPE
from engine.market.snapshot import MarketSnapshot
from engine.parameters import Timeframe
from store import keys
from store.bars import Bar, Source, encode_bar
from store.catalogue import InstrumentInfo, encode_info
from tests.api.legs import BARS, FIRST_MS
from tests.dash_app.conftest import Ask

VIEW = {
    "page": "market", "instrument": "sim:XUSDT", "timeframe": "1m", "sma": "50", "ema": "20", "bollinger": "20",
    "vwap": "on", "show": "normal", "bars": "0",
}  # fmt: skip
WIDE, NARROW = Frame("dark", False), Frame("light", True)
START_MS = 1_760_000_040_000


def made_rows(n: int = 400, *, bar_ms: int = 60_000) -> NDArray[np.void]:
    """A walk with its averages a little beside it."""
    rng = np.random.default_rng(2)
    rows = np.zeros(n, MARKET_DTYPE)
    close = 3_000 * np.exp(np.cumsum(rng.normal(0, 4e-4, n)))
    rows["open_time_ms"] = START_MS // bar_ms * bar_ms + bar_ms * np.arange(n)
    rows["close"], rows["open"] = close, np.roll(close, 1)
    rows["high"], rows["low"] = np.maximum(rows["open"], close) + 0.5, np.minimum(rows["open"], close) - 0.5
    rows["volume"], rows["trades"] = rng.gamma(2, 3, n), rng.integers(0, 90, n)
    rows["imbalance"], rows["completeness"] = rng.uniform(-1, 1, n), 1.0
    for name, beside in (("sma", 1.0), ("ema", -1.0), ("vwap", 2.0), ("upper", 6.0), ("lower", -6.0)):
        rows[name] = close + beside
    rows["volatility"] = 4e-4
    return rows


def cut(rows: NDArray[np.void], start: int, stop: int) -> NDArray[np.void]:
    for name in MARKET_DTYPE.names or ():
        if MARKET_DTYPE[name].kind == "f":
            rows[name][start:stop] = np.nan
    rows["trades"][start:stop] = 0
    return rows


def view_of(rows: NDArray[np.void], *, show: int = 240, p: MarketParameters | None = None) -> MarketView:
    p = p or MarketParameters("sim:XUSDT")
    return MarketView(MarketSnapshot(p, rows), Leg("sim:XUSDT", "USDT", 0.01), "X", show)


def trace(figure: dict[str, Any], uid: str) -> dict[str, Any]:
    return next(each for each in figure["data"] if each["uid"] == uid)


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_the_figure_is_plain_data_with_candles_volume_and_rate_over_one_axis(frame: Frame) -> None:
    rows = made_rows()
    figure = market_figure(view_of(rows), frame)
    json.loads(encode(figure))
    candles = trace(figure, "candles")
    assert candles["type"] == "candlestick"
    assert candles["x"] == (rows["open_time_ms"][-240:] + 60_000).tolist()
    assert candles["close"] == np.round(rows["close"][-240:], 2).tolist()
    assert trace(figure, "rate")["y"][-1] == pytest.approx(rows["trades"][-1] / 60, abs=1e-3)
    assert trace(figure, "volume")["yaxis"] == "y2"
    layout = figure["layout"]
    assert "xaxis2" not in layout
    domains = [layout[axis]["domain"] for axis in ("yaxis3", "yaxis2", "yaxis")]
    assert all(below[1] < above[0] for below, above in pairwise(domains))
    assert layout["xaxis"]["range"][1] > candles["x"][-1]


def test_names_stand_in_the_titles_and_last_values_in_the_margin() -> None:
    rows = made_rows()
    words = [each["text"] for each in market_words(view_of(rows), WIDE)["annotations"]]
    for name in ("SMA 50", "EMA 20", "VWAP since 00:00 UTC", "Bollinger 20, ±2 sd", "Volume, X", "Trades a second"):
        assert any(name in text for text in words), name
    assert f"<b>{rows['close'][-1]:,.2f}</b>" in words
    assert f"SMA {rows['sma'][-1]:,.2f}" in words
    off = MarketParameters("sim:XUSDT", sma=None, ema=None, bollinger=None, vwap=False)
    bare = " ".join(each["text"] for each in market_words(view_of(rows, p=off), WIDE)["annotations"])
    assert not any(name in bare for name in ("SMA", "EMA", "VWAP", "Bollinger"))


def test_an_average_far_away_leaves_the_panel_and_its_words_stay_at_the_edge() -> None:
    rows = made_rows()
    rows["vwap"] += 900
    words = market_words(view_of(rows), WIDE)
    _, high = words["axes"]["yaxis"]["range"]
    assert high < rows["vwap"][-1]
    (far,) = (each for each in words["annotations"] if each["text"].startswith("VWAP "))
    assert far["y"] == high
    assert far["text"].endswith("↑")


def test_many_bars_are_drawn_several_to_a_candle_and_no_peak_is_lost() -> None:
    rows = made_rows(3_600)
    view = view_of(rows, show=3_600)
    columns = candle_columns(view, view.rows)
    assert view.group == 8
    assert len(columns["t"]) <= MOST_CANDLES
    shown = view.rows
    assert max(filter(None, columns["high"])) == round(float(shown["high"].max()), 2)
    assert min(filter(None, columns["low"])) == round(float(shown["low"].min()), 2)
    assert sum(filter(None, columns["volume"])) == pytest.approx(shown["volume"].sum(), abs=1e-3)
    assert columns["open"][0] == round(float(shown["open"][0]), 2)
    assert columns["close"][-1] == round(float(shown["close"][-1]), 2)
    assert all(int(t) % (8 * 60_000) == 0 for t in columns["t"] if t is not None)


def test_a_gap_is_never_joined_and_says_how_long_it_is() -> None:
    view = view_of(cut(made_rows(), 300, 330))
    figure = market_figure(view, WIDE)
    place = 300 - (400 - 240)
    for uid in ("sma", "ema", "vwap", "rate", "volume"):
        assert trace(figure, uid)["y"][place : place + 30] == [None] * 30
    assert trace(figure, "candles")["close"][place] is None
    assert None in trace(figure, "band")["x"]
    assert any(each["text"] == "gap<br>30 bars" for each in figure["layout"]["annotations"])
    (band,) = figure["layout"]["shapes"]
    assert (band["x1"] - band["x0"]) / 60_000 == 30
    table = market_bar_rows(view_of(cut(made_rows(), 399, 400)), 0, 2)
    assert table[0]["complete"] == "gap"
    assert "close" not in table[0]


def test_the_strip_says_what_the_last_bar_says() -> None:
    rows = made_rows()
    props = head_props(view_of(rows))
    last = rows[-60:]
    flow = 100 * (last["imbalance"] * last["volume"]).sum() / last["volume"].sum()
    assert props["kpi-flow"]["children"] == f"{flow:+.1f} %".replace("-", "−")
    assert props["kpi-volatility"]["children"] == f"{100 * 4e-4 * 525_600**0.5:.1f} %"
    assert props["kpi-volatility-note"]["children"] == "4.00 bp a bar, 60 bars"
    day = rows["open_time_ms"] // 86_400_000
    before = rows["close"][day < day[-1]]
    change = 100 * (rows["close"][-1] / before[-1] - 1) if len(before) else None
    assert change is None or props["kpi-change"]["children"] == f"{change:+.2f} %".replace("-", "−")
    nothing = head_props(view_of(rows[:0]))
    assert nothing["kpi-vwap"]["children"] == nothing["kpi-as-of"]["children"] == "–"


def test_an_indicator_that_is_off_has_no_column() -> None:
    p = MarketParameters("sim:XUSDT", sma=None, ema=7, bollinger=None, vwap=False)
    names = {column["id"]: column["name"] for column in market_bar_columns(view_of(made_rows(), p=p))}
    assert not {"sma", "bands", "vwap"} & set(names)
    assert (names["ema"], names["volume"]) == ("EMA 7", "volume, X")


def one_more_bar(client: Redis, number: int = BARS, *, price: float = 3_000.0, revision: int = 0) -> None:
    bar = Bar(FIRST_MS + number * 60_000, *[price] * 4, 1.0, 3, 1, 3, price, price, Source.TRADES, 0, revision, 0.75)
    client.xadd(keys.bars("sim:XUSDT", Timeframe.M1), {keys.FIELD: encode_bar(bar)})


def props_of(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {k: v for section in answer["sections"].values() for k, v in section.get("props", {}).items()}


def test_the_first_answer_holds_figure_table_and_numbers_of_the_same_bar(ask: Ask) -> None:
    answer = ask(VIEW)
    props = props_of(answer)
    assert answer is not None
    assert props["kpi-as-of"]["children"] == "06:40:00"
    assert answer["sections"]["bars"]["bars"]["rows"][0]["close_time"] == "06:40:00"
    candles = trace(answer["sections"]["figure"]["chart"], "candles")
    assert candles["x"][-1] == FIRST_MS + BARS * 60_000
    assert props["export-csv"]["href"] == "/api/v1/bars/sim:XUSDT.csv?timeframe=1m&limit=100000"


def test_nothing_is_sent_when_nothing_changed(ask: Ask) -> None:
    first = ask(VIEW)
    assert first is not None
    assert ask(VIEW, first["seen"]) is None


def test_after_one_more_bar_only_that_bar_is_sent(ask: Ask, client: Redis) -> None:
    first = ask(VIEW)
    assert first is not None
    one_more_bar(client)
    answer = None
    while answer is None or "figure" not in answer["sections"]:
        answer = ask(VIEW, first["seen"]) or answer
    delta = answer["sections"]["figure"]["chart_delta"]
    assert delta["rows"]["t"] == [FIRST_MS + (BARS + 1) * 60_000]
    assert delta["rows"]["close"] == [3_000.0]
    (row,) = answer["sections"]["bars"]["bars"]["new"]
    assert (row["close_time"], row["flow"]) == ("06:41:00", "+50")
    assert "controls" not in answer["sections"]


def test_a_revised_past_sends_the_figure_whole(ask: Ask, client: Redis) -> None:
    first = ask(VIEW)
    assert first is not None
    one_more_bar(client, BARS - 20, revision=1)
    answer = None
    while answer is None or "figure" not in answer["sections"]:
        answer = ask(VIEW, first["seen"]) or answer
    chart = answer["sections"]["figure"]["chart"]
    assert trace(chart, "candles")["close"][-20] == 3_000.0


def test_without_an_instrument_the_first_one_is_shown(ask: Ask) -> None:
    props = props_of(ask({**VIEW, "instrument": ""}))
    assert props["instrument"]["value"] == "sim:YUSDT"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"instrument": "sim:NOPE"}, "There is no instrument sim:NOPE here."),
        ({"instrument": "nonsense"}, "The parameter instrument cannot be nonsense"),
        ({"sma": "0"}, "The parameter sma cannot be 0: give a whole number of bars from 2 to 500, or off."),
        ({"vwap": "perhaps"}, "The parameter vwap cannot be perhaps: give on or off."),
        ({"timeframe": "2m"}, "The parameter timeframe cannot be 2m"),
    ],
)
def test_what_is_not_possible_is_refused_in_words_with_a_way_out(ask: Ask, change: dict[str, str], words: str) -> None:
    answer = ask({**VIEW, **change})
    assert answer is not None
    state = json.dumps(props_of(answer)["state"], ensure_ascii=False)
    assert words in state
    assert "/market/" in state
    assert "figure" not in answer["sections"]


def test_an_instrument_without_bars_says_that_it_warms_up(ask: Ask, client: Redis) -> None:
    client.hset(keys.INSTRUMENTS, "sim:NEWUSDT", encode_info(InstrumentInfo("sim:NEWUSDT", "NEW", "USDT", 0.01, 7)))
    answer = None
    while answer is None or "head" not in answer["sections"]:
        answer = ask({**VIEW, "instrument": "sim:NEWUSDT"})
    assert "Warming up: no closed 1m bar of NEWUSDT yet" in json.dumps(props_of(answer)["state"])
    assert props_of(answer)["nothing"]["children"]


def test_a_window_that_is_not_full_yet_is_said(ask: Ask) -> None:
    state = json.dumps(props_of(ask({**VIEW, "timeframe": "5m", "sma": "300"}))["state"])
    assert "Warming up: 80 bars, too few for SMA 300. 220 more take 18 h 20 min: all full at 02 Jan 01:00 UTC" in state


def test_the_page_stands_at_its_address_and_is_linked(web: FlaskClient) -> None:
    assert web.get("/market").status_code == 200
    assert web.get("/market/sim:XUSDT?sma=off").status_code == 200
