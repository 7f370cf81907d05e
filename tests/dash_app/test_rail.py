"""What the pair page says beside its figure: of which bars, as of when, and what today's fit cannot say."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from scipy.stats import percentileofscore

from dash_app import ids
from dash_app.api.rows_out import row_dicts
from dash_app.figures.view import Leg, PairView
from dash_app.sections import encode
from dash_app.views.data_in_view import data_props
from dash_app.views.pair_head import half_life_props, reading
from dash_app.views.pair_rail import HINDSIGHT, honest_z_props, signals_props, signals_source
from dash_app.views.pair_table import bar_rows
from engine.diagnosis import Confidence, Diagnosis, Verdict
from engine.parameters import Method, PairParameters, Timeframe
from tests.dash_app.rows import START_MS, cut_gap, made_rows, made_snapshot

Y, X = Leg("sim:BTCUSDT", "USDT", 0.01), Leg("sim:ETHUSDT", "USDT", 0.01)


def view_of(timeframe: Timeframe = Timeframe.M1, method: Method = Method.ROLLING, n: int = 400) -> PairView:
    p = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", timeframe, method=method)
    return PairView(made_snapshot(made_rows(n, bar_ms=timeframe.ms), p), Y, X, 300)


def words_of(props: dict[str, dict[str, Any]]) -> str:
    """All texts of components, in order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            walk(node.get("props", node).get("children"))
        elif node is not None:
            found.append(str(node))

    for value in json.loads(encode(props)).values():
        walk(value["children"])
    return " ".join(found)


@pytest.mark.parametrize("method", [Method.ROLLING, Method.KALMAN])
def test_the_rank_of_z_says_among_how_many_bars_and_agrees_with_scipy(method: Method) -> None:
    view = view_of(method=method)
    z = np.abs(view.snapshot.rows["z"])
    found = re.search(r"than in (\d+) % of the (\d+) bars before it", reading(view))
    assert found is not None
    assert int(found[2]) == 120  # the window
    assert int(found[1]) == round(percentileofscore(z[-121:-1], z[-1], kind="mean"))


def test_no_other_rank_of_z_stands_beside_it() -> None:
    said = words_of(honest_z_props(view_of()))
    assert "Bars beyond ±2" in said
    assert "|z|" not in said


@pytest.mark.parametrize("method", [Method.OLS, Method.TLS])
@pytest.mark.parametrize("signal", [0, 1, -1])
def test_a_fit_drawn_back_says_that_only_its_last_value_may_signal(method: Method, signal: int) -> None:
    rows = made_rows(120)
    rows["signal"] = 0
    rows["signal"][-1] = signal
    p = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", method=method)
    said = words_of(signals_props(PairView(made_snapshot(rows, p), Y, X, 300), ()))
    assert said.startswith(HINDSIGHT)
    assert ("Long" in said, "Short" in said) == (signal == 1, signal == -1)
    assert "of today's fit" in words_of(honest_z_props(view_of(method=method)))
    assert HINDSIGHT not in words_of(signals_props(view_of(), ()))


def test_parts_that_follow_the_bars_at_a_pace_of_their_own_say_as_of_when() -> None:
    view = view_of(Timeframe.S1)
    last = "09:00:40"  # 400 seconds after 08:54:00 of the first
    assert view.snapshot.as_of_ms == START_MS + 400_000
    assert words_of(data_props(view)).endswith(f"300 bars, as of, UTC {last}")
    assert words_of(honest_z_props(view)).endswith(f"341 bars with a z, as of, UTC {last}")


def test_bars_without_a_quote_are_no_gaps_in_the_rail_nor_in_the_table_nor_in_the_api() -> None:
    """Mids a few bars after a start with a history of trades: every bar is there, nine have a quote."""
    rows = made_rows(120)
    for name in ("y", "x", "alpha", "beta", "spread", "z"):
        rows[name][:-9] = np.nan
    view = PairView(made_snapshot(rows), Y, X, 300)
    said = words_of(data_props(view))
    assert "Gaps none" in said
    assert "Bars without a quote 111" in said
    assert "Bars complete, where known 100 %" in said
    shown = bar_rows(view, 0, 120)
    assert [row["signal"] for row in shown[9:]] == ["no quote"] * 111
    assert all("gap" not in row["signal"] for row in shown)
    assert {row["trades"] for row in shown} == {"400 / 280"}
    reasons = [row["reason"] for row in row_dicts(rows, 60_000)]
    assert reasons[:111] == ["no quote of a leg"] * 111
    assert reasons[-1] is None


@pytest.mark.parametrize("start", [0, 50, 118])
def test_gaps_are_the_same_in_the_rail_and_in_the_table_wherever_they_lie(start: int) -> None:
    rows = made_rows(120)
    cut_gap(rows, start, start + 2)
    view = PairView(made_snapshot(rows), Y, X, 300)
    said = words_of(data_props(view))
    assert "Gap, 2 bars" in said
    assert "without a quote" not in said
    assert f"Bars complete, where known {100 * 118 / 120:.1f} %" in said
    assert sum("gap" in row["signal"] for row in bar_rows(view, 0, 120)) == 2


@pytest.mark.parametrize(("timeframe", "shown"), [(Timeframe.S1, r"\d\d:\d\d:\d\d"), (Timeframe.M1, r"\d\d:\d\d")])
def test_signals_on_bars_of_a_second_have_their_second(timeframe: Timeframe, shown: str) -> None:
    lines = signals_props(view_of(timeframe), ())[ids.SIGNALS]["children"]
    times = [line.children[-1].children for line in lines]
    assert len(times) > 2
    assert all(re.fullmatch(shown, time) for time in times), times


def test_the_half_life_names_the_bar_that_was_tested() -> None:
    diagnosis = Diagnosis(
        START_MS + 60_000, 1, 720, Verdict.NO_RESULT, "", None, Confidence.NONE, (), (), (), ()
    )  # fmt: skip
    seconds, minutes = (half_life_props(view_of(each), diagnosis) for each in (Timeframe.S1, Timeframe.M1))
    assert seconds[ids.KPI_HALF_LIFE_LABEL]["children"] == "half-life, tested 08:55:00"
    assert minutes[ids.KPI_HALF_LIFE_LABEL]["children"] == "half-life, tested 08:55"
    untested = half_life_props(view_of(), None)
    assert untested[ids.KPI_HALF_LIFE_LABEL]["children"] == "half-life"


@pytest.mark.parametrize("seed", range(4))
def test_signals_of_the_same_source_are_the_same_and_few_bars_change_it(seed: int) -> None:
    rows = made_rows(1_000, seed=seed, bar_ms=300_000)  # past two midnights
    p = PairParameters("sim:BTCUSDT", "sim:ETHUSDT", Timeframe.M5)
    said: dict[str, bytes] = {}
    for end in range(1, 1_001):
        view = PairView(made_snapshot(rows[:end], p), Y, X, 300)
        shown = encode(signals_props(view, ()))
        assert said.setdefault(signals_source(view), shown) == shown
    assert 20 < len(said) < 300
