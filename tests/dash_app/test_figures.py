"""Figures: what is drawn for given rows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from dash_app.figures.correlation import correlation_figure
from dash_app.figures.geometry import band_outline, beyond_outline, gap_runs, signal_marks
from dash_app.figures.hedge import hedge_figure
from dash_app.figures.overview import overview_figure
from dash_app.figures.overview_events import events, events_source
from dash_app.figures.overview_words import spread_axis, z_axis, z_reach
from dash_app.figures.panels import Frame, even_ticks, margin_text, signed_ticks
from dash_app.figures.points import chosen_rows
from dash_app.figures.view import Leg, PairView
from engine.parameters import PairParameters, Timeframe
from engine.thresholds import Threshold
from tests.dash_app.rows import cut_gap, made_rows, made_snapshot

DARK = Frame("dark", narrow=False)
Y, X = Leg("sim:BTCUSDT", "USDT", 0.01), Leg("sim:ETHUSDT", "USDT", 0.01)


def _view(rows: Any = None, show: int = 300) -> PairView:
    return PairView(made_snapshot(rows), Y, X, show)


def _trace(figure: dict[str, Any], uid: str) -> dict[str, Any]:
    return next(trace for trace in figure["data"] if trace["uid"] == uid)


def test_lines_are_lists_of_plain_numbers_on_one_time_axis() -> None:
    figure = overview_figure(_view(), DARK)
    for uid in ("y", "x", "spread", "z", "beta"):
        trace = _trace(figure, uid)
        assert trace["x"] == _trace(figure, "y")["x"]
        assert len(trace["y"]) == 300
        assert trace["connectgaps"] is False
    assert b"bdata" not in orjson.dumps(figure)


def test_bars_are_named_by_their_close() -> None:
    view = _view()
    last = int(view.rows["open_time_ms"][-1])
    assert _trace(overview_figure(view, DARK), "y")["x"][-1] == last + 60_000


def test_a_gap_is_a_hole_in_every_line_and_a_band() -> None:
    rows = made_rows()
    cut_gap(rows, 350, 370)
    figure = overview_figure(_view(rows), DARK)
    for uid in ("y", "z", "beta"):
        assert _trace(figure, uid)["y"][250:270] == [None] * 20
    bands = [shape for shape in figure["layout"]["shapes"] if shape["y0"] == 0 and shape["y1"] == 1]
    assert len(bands) == 1
    assert bands[0]["x1"] - bands[0]["x0"] == 20 * 60_000
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert "gap<br>20 bars" in words


def test_the_band_is_split_at_a_gap() -> None:
    rows = made_rows()
    cut_gap(rows, 350, 370)
    assert _trace(overview_figure(_view(rows), DARK), "band")["x"].count(None) == 1


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_panel_names_its_unit(theme: Any) -> None:
    text = " ".join(
        note["text"] for note in overview_figure(_view(), Frame(theme, narrow=False))["layout"]["annotations"]
    )
    for words in ("Prices, USDT", "Spread, bp of log price", "z of spread, 60 bars", "rolling OLS over 120 bars"):
        assert words in text


def test_peaks_survive_when_many_bars_are_drawn_with_few_points() -> None:
    rows = made_rows(20_000)
    drawn = rows[chosen_rows(rows)]
    assert len(drawn) < 2_000
    for name in ("y", "x", "z", "spread"):
        assert np.nanmax(drawn[name]) == np.nanmax(rows[name])
        assert np.nanmin(drawn[name]) == np.nanmin(rows[name])


def test_events_stay_the_same_from_bar_to_bar_while_nothing_happens() -> None:
    rows = made_rows(1_000)
    rows["signal"][:] = 0
    rows["z"][:] = 0.3
    drawn = [events(_view(rows[:end].copy(), show=400), DARK) for end in range(820, 840)]
    assert all(one == drawn[0] for one in drawn)


@pytest.mark.parametrize("seed", range(4))
def test_events_of_the_same_source_are_the_same_and_few_bars_change_it(seed: int) -> None:
    rows = made_rows(1_000, seed=seed)
    cut_gap(rows, 880, 884)
    cut_gap(rows, 960, 961)
    said: dict[str, Any] = {}
    for end in range(800, 1_001):
        view = _view(rows[:end].copy(), show=400)
        drawn = events(view, DARK)
        assert said.setdefault(events_source(view), drawn) == drawn
    assert 20 < len(said) < 180


def test_crossings_of_a_level_are_where_the_line_crosses_it() -> None:
    t, z = np.array([0.0, 10.0, 20.0]), np.array([1.0, 3.0, 1.0])
    outline = beyond_outline(t, z, 2.0)
    assert outline.x == [5.0, 10.0, 15.0, 5.0]
    assert outline.y == [2.0, 3.0, 2.0, 2.0]
    below = beyond_outline(t, -z, -2.0)
    assert below.y == [-2.0, -3.0, -2.0, -2.0]


def test_an_area_ends_at_a_gap_and_not_across_it() -> None:
    t, z = np.arange(5.0), np.array([0.0, 3.0, np.nan, 3.0, 0.0])
    assert beyond_outline(t, z, 2.0).x.count(None) == 1
    assert max(x for x in beyond_outline(t, z, 2.0).x[:4] if x is not None) == 1.0


def test_geometry_of_nothing_is_nothing() -> None:
    none = np.zeros(0)
    assert band_outline(none, none, none).x == []
    assert beyond_outline(none, none, 2.0).x == []
    assert signal_marks(np.zeros(0, dtype=np.int8)) == []
    empty = replace(made_snapshot(), rows=made_rows()[:0])
    assert gap_runs(empty.rows) == []
    overview_figure(PairView(empty, Y, X, 300), DARK)


def test_the_z_panel_grows_in_steps_of_two() -> None:
    assert z_reach(np.array([1.0, -2.0])) == 4.3
    assert z_reach(np.array([np.nan])) == 4.3
    assert z_reach(np.array([-5.0])) == 6.3
    assert z_axis(4.3)["ticktext"] == ["−4", "−2", "0", "+2", "+4"]


def test_ticks_carry_signs_and_equal_decimals() -> None:
    assert signed_ticks(-11.0, 12.0)["ticktext"] == ["−10", "0", "+10"]
    assert signed_ticks(0.0, 0.0)["ticktext"]
    assert even_ticks(np.array([150.0, 151.0]))["tickformat"] == ",.1f"
    assert even_ticks(np.array([65_000.0, 68_000.0]))["tickformat"] == ",.0f"
    assert signed_ticks(0.0, 0.0)["showticklabels"]


def test_a_panel_without_values_has_no_ticks_and_one_that_gets_some_has_them_again() -> None:
    empty, filled = even_ticks(np.array([np.nan])), even_ticks(np.array([0.8, 0.9]))
    assert empty["showticklabels"] is False
    assert filled["showticklabels"] is filled["autorange"] is True


def test_a_value_that_stays_the_same_is_drawn_in_the_middle_and_not_as_its_rounding() -> None:
    axis = even_ticks(np.array([0.94, 0.94 + 1e-16, np.nan]))
    assert axis["autorange"] is False
    assert axis["range"] == pytest.approx([0.705, 1.175])
    assert axis["tickformat"] == ",.1f"


def test_a_spread_far_from_zero_is_drawn_without_zero() -> None:
    assert spread_axis(np.array([64_000.0, 64_400.0]))["range"][0] > 63_000
    low, high = spread_axis(np.array([5.0, 30.0]))["range"]
    assert low < 0
    assert high > 30


def _words(figure: dict[str, Any]) -> list[str]:
    return [re.sub("<[^>]*>", "", note["text"]) for note in figure["layout"]["annotations"]]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("z", [-2.05, -0.1, 0.3, 1.83, 2.0, np.nan])
def test_thresholds_are_always_said_whatever_z_is(z: float, narrow: bool) -> None:
    rows = made_rows()
    rows["z"][-1] = z
    said = _words(overview_figure(_view(rows), Frame("dark", narrow=narrow)))
    wanted = ("+2", "±0.5", "−2") if narrow else ("+2 entry", "±0.5 exit", "−2 entry")
    assert set(wanted) <= set(said)


def test_thresholds_are_said_to_their_last_digit() -> None:
    snapshot = replace(made_snapshot(), threshold=Threshold(0, 2.25, 0.125))
    said = _words(overview_figure(PairView(snapshot, Y, X, 300), DARK))
    assert {"+2.25", "±0.125", "−2.25"} <= set(said)


def test_a_last_value_has_as_many_digits_as_the_margin_has_room_for() -> None:
    narrow = Frame("dark", narrow=True)
    assert margin_text(DARK, 64_268.63, 2) == "+64,269"
    assert margin_text(DARK, -4_268.63, 2) == "−4,268.6"
    assert margin_text(narrow, 9_268.63, 2) == "+9,269"
    assert margin_text(narrow, 64_268.63, 2) == "+64.3k"
    assert margin_text(narrow, -164_268.63, 2) == "−164k"
    assert margin_text(narrow, 7_164_268.63, 2) == "+7M"
    assert margin_text(narrow, 17.7, 1) == "+17.7"


@pytest.mark.parametrize("narrow", [False, True])
def test_panels_without_a_line_say_why_and_the_time_axis_has_its_zone(narrow: bool) -> None:
    rows = made_rows()[:37]
    for name in ("beta", "beta_low", "beta_high", "spread", "z", "correlation", "r_squared"):
        rows[name] = np.nan
    snapshot = replace(made_snapshot(rows), have=37, need=179, reason="warming up: 37 of 179 bars")
    view, frame = PairView(snapshot, Y, X, 300), Frame("light", narrow=narrow)
    overview = overview_figure(view, frame)
    assert _words(overview).count("Warming up: 37 of 179 bars") == 3  # prices are there
    assert overview["layout"]["yaxis5"]["showticklabels"] is False
    assert _words(hedge_figure(view, view, frame)).count("Warming up: 37 of 179 bars") == 3
    assert _words(correlation_figure(view, 0.7, frame)).count("Warming up: 37 of 179 bars") == 2
    for figure in (overview, hedge_figure(view, view, frame), correlation_figure(view, 0.7, frame)):
        assert "UTC" in _words(figure)


def test_a_column_that_the_method_does_not_give_is_said_to_be_none_of_its() -> None:
    rows = made_rows()
    rows["r_squared"] = np.nan
    assert "None by this method: rolling OLS" in _words(correlation_figure(_view(rows), 0.7, DARK))


@pytest.mark.parametrize("correlation", [0.2, 0.69, 0.7, 0.95])
def test_the_least_correlation_and_the_last_are_both_said(correlation: float) -> None:
    rows = made_rows()
    rows["correlation"][-1] = correlation
    said = _words(correlation_figure(_view(rows), 0.7, DARK))
    assert {"0.70", f"{correlation:.3f}"} <= set(said)
    assert any("alerts held back below 0.70" in words for words in said)


def test_figures_that_follow_bars_of_a_second_at_their_own_pace_say_until_when() -> None:
    seconds = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", Timeframe.S1)
    view = PairView(made_snapshot(made_rows(400, bar_ms=1_000), seconds), Y, X, 300)
    for figure in (hedge_figure(view, view, DARK), correlation_figure(view, 0.7, DARK)):
        assert any(words.endswith("120 bars, to 09:00:40") for words in _words(figure))  # 400 s after 08:54:00
    assert not any(", to " in words for words in _words(hedge_figure(_view(), _view(), DARK)))
