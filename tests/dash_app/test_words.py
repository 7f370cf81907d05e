"""Numbers, times, tokens and cells as they are written."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from dash_app import words
from dash_app.components.cells import pair_cell, sparkline, text, z_bar
from dash_app.theme import THEMES, template, tokens


def test_prices_follow_the_tick_size() -> None:
    assert [words.price_digits(tick) for tick in (0.01, 0.5, 1.0, 0.00001, 5.0)] == [2, 1, 0, 5, 0]
    assert words.number(98_083.52, 2) == "98,083.52"


def test_signs_are_always_there_and_true() -> None:
    assert words.signed(2.118, 2) == "+2.12"
    assert words.signed(-0.31, 2) == "−0.31"
    assert words.signed(-0.001, 2) == "+0.00"
    assert words.number(-1.5, 1) == "−1.5"


@pytest.mark.parametrize("unknown", [None, math.nan])
def test_what_is_unknown_is_blank(unknown: float | None) -> None:
    assert (
        words.number(unknown, 2) == words.signed(unknown, 2) == words.duration(unknown) == words.p_value(unknown) == ""
    )
    assert words.interval(1.0, unknown, 2) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (6.04, "6.0 s"), (45, "45 s"), (390, "6 min 30 s"), (252, "4 min 10 s"), (2_460, "41 min"),
        (7_800, "2 h 10 min"),        (200_000, "2 d 7 h"), (math.inf, "unbounded"),
    ],
)  # fmt: skip
def test_durations(seconds: float, expected: str) -> None:
    assert words.duration(seconds) == expected


def test_small_p_values_are_not_shown_as_zero() -> None:
    assert words.p_value(0.0004) == "p < 0.001"
    assert words.p_value(0.0031) == "p 0.003"


def test_both_themes_have_the_same_tokens_and_templates_use_them() -> None:
    dark, light = (tokens(theme) for theme in THEMES)
    assert dark.keys() == light.keys()
    assert template("dark")["layout"]["xaxis"]["gridcolor"] == dark["grid"]
    assert template("light")["layout"]["xaxis"]["gridcolor"] == light["grid"]


def test_text_from_data_is_inert_in_a_cell() -> None:
    nasty = "<img src=x onerror=alert(1)>*_[a](javascript:b)`"
    assert re.fullmatch(r"(?:[A-Za-z0-9 =]|&#\d+;)+", text(nasty))
    cell = pair_cell(nasty, "ETH", "/pair/a/b?c=1&d=2", nasty, "")
    assert "<img" not in cell
    assert "javascript:" not in cell


def test_a_sparkline_parts_at_a_gap_and_ends_where_data_end() -> None:
    z = np.array([0.0, 1.0, np.nan, np.nan, 1.0, 2.5, np.nan])
    drawn = sparkline(z, 2.0, -1, "z")
    assert drawn.count("sb-gap") == 1
    assert drawn.count("M4") >= 1
    assert "sb-short-fill" in drawn
    assert sparkline(np.full(5, np.nan), 2.0, 0, "z") == ""
    assert z_bar(math.nan, 2.0, 0) == ""


def test_a_unit_that_is_blank_leaves_no_comma() -> None:
    assert words.listed("USDT", "last close") == "USDT, last close"
    assert words.listed("", "last close") == "last close"
    assert words.listed("DESK", "") == "DESK"
