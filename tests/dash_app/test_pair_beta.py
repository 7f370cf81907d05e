"""What stands beside the strip's hedge ratio and spread, by method, and above the panels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dash_app import ids
from dash_app.figures.correlation import correlation_figure
from dash_app.figures.overview import overview_figure
from dash_app.figures.panels import Frame
from dash_app.figures.view import Leg, PairView
from dash_app.views.diagnostics import diagnostics_props
from dash_app.views.pair_beta import interval_props, mark_props
from dash_app.views.pair_head import head_props
from engine.beta_note import beta_note
from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.findings.finding import Finding, Outcome, Subject
from engine.findings.keys import SYNCHRONY
from engine.parameters import Method, PairParameters, Scale
from engine.rows import Note
from store.timeframes import Timeframe
from tests.dash_app.rows import made_rows, made_snapshot

WIDE, NARROW = Frame("dark", narrow=False), Frame("dark", narrow=True)
LEGS = Leg("sim:BTCUSDT", "USDT", 0.1), Leg("sim:ETHUSDT", "USDT", 0.01)
TOO_SHORT = Finding(SYNCHRONY, Subject.PAIR, Outcome.DOUBTFUL, "too short", numbers={"bar_ms": 60_000})
TESTED = Diagnosis(0, 1, 400, Verdict.DOUBTFUL, "", 0.5, Confidence.NONE, (), (), (TOO_SHORT,), ())
SENTENCE = "drawn towards zero: legs out of step at 1 s; advised bar 1 min"


def view_of(method: Method, *, timeframe: Timeframe = Timeframe.M1, **columns: Any) -> PairView:
    rows = made_rows()
    for name, value in columns.items():
        rows[name] = value
    own = 0.8 if method is Method.FIXED else None
    p = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", timeframe=timeframe, method=method, beta=own)
    return PairView(made_snapshot(rows, p), *LEGS, 240)


def titles(figure: dict[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"]]


@pytest.mark.parametrize("method", [Method.ROLLING, Method.OLS, Method.TLS, Method.KALMAN])
def test_an_estimate_has_its_interval_beside_it(method: Method) -> None:
    assert interval_props(view_of(method))[ids.KPI_BETA_NOTE] == {"children": "0.770 – 0.830", "title": ""}


def test_a_ratio_without_an_interval_says_why() -> None:
    none = {"beta_low": np.nan, "beta_high": np.nan}
    own = interval_props(view_of(Method.FIXED, **none))[ids.KPI_BETA_NOTE]
    assert own["children"] == "your own, no interval"
    assert "nothing was estimated" in own["title"]
    upright = interval_props(view_of(Method.TLS, **none))[ids.KPI_BETA_NOTE]
    assert upright["children"] == "nothing bounds it"
    assert "upright" in upright["title"]
    ratio = interval_props(view_of(Method.ROLLING, note=Note.RATIO_FALLBACK, **none))[ids.KPI_BETA_NOTE]
    assert ratio["children"] == "ratio of prices, regression unusable"
    nothing = interval_props(view_of(Method.ROLLING, beta=np.nan, **none))[ids.KPI_BETA_NOTE]
    assert nothing["children"] == ""


def test_on_bars_too_short_a_word_stands_behind_beta_and_the_sentence_above_its_panel() -> None:
    plain = view_of(Method.ROLLING, timeframe=Timeframe.S1)
    assert mark_props(plain)[ids.KPI_BETA_MARK] == {"children": "", "title": ""}
    warned = replace(plain, beta_note=beta_note(plain.parameters, TESTED))
    mark = mark_props(warned)[ids.KPI_BETA_MARK]
    assert mark["title"] == f"Beta is {SENTENCE}"
    assert mark["children"][1] == " drawn to 0"
    assert any(SENTENCE in text for text in titles(overview_figure(warned, WIDE)))
    assert not any(SENTENCE in text for text in titles(overview_figure(warned, NARROW)))  # no room: the word says it
    assert SENTENCE in str(diagnostics_props(warned, TESTED)[ids.DIAGNOSTICS]["children"])


@pytest.mark.parametrize("scale", list(Scale))
def test_ones_own_ratio_shows_the_level_that_its_spread_is_about(scale: Scale) -> None:
    view = view_of(Method.FIXED)
    view = replace(view, snapshot=replace(view.snapshot, parameters=replace(view.parameters, scale=scale)))
    note = head_props(view)[ids.KPI_SPREAD_NOTE]
    assert note["children"].endswith("level 5.0000" if scale is Scale.LOG else "level 5.0")
    assert "120 bars" in note["title"]
    assert any("about its mean over 120 bars" in text for text in titles(overview_figure(view, WIDE)))
    early = head_props(view_of(Method.FIXED, alpha=np.nan, spread=np.nan, spread_mean=np.nan))
    assert early[ids.KPI_SPREAD]["children"] == "–"
    assert "96 of 120 bars" in early[ids.KPI_SPREAD_NOTE]["title"]


def test_a_panel_that_the_method_leaves_empty_says_why() -> None:
    view = view_of(Method.TLS, r_squared=np.nan)
    assert "R² is of least squares only" in titles(correlation_figure(view, 0.7, WIDE))
    assert any("95 % band" in text for text in titles(overview_figure(view, WIDE)))
    unbounded = view_of(Method.TLS, beta_low=np.nan, beta_high=np.nan)
    assert not any("95 % band" in text for text in titles(overview_figure(unbounded, WIDE)))
