"""Each row knows how complete the bars are that its hedge was fitted on, as pandas counts them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from engine.parameters import Method, PairParameters
from engine.snapshots.compute import compute_hindsight, compute_rows
from engine.snapshots.next_rows import row_dtype
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.window_rows import WINDOW
from store.bars import UNKNOWN_MISSING
from tests.engine.pair_data import Legs, X, Y, made_legs, pair_of

WINDOW_BARS = 40


def damaged(legs: Legs) -> Legs:
    """Trades missing of y in every seventh bar, of x in one; the first fifty of y are of a source without ids."""
    y = [bar._replace(missing=place % 5) if place % 7 == 0 else bar for place, bar in enumerate(legs.y)]
    y[:50] = [bar._replace(missing=UNKNOWN_MISSING) for bar in y[:50]]
    x = [bar._replace(missing=9) if place == 150 else bar for place, bar in enumerate(legs.x)]
    return Legs(y, x)


def counted(pair: PairBars, window: int) -> dict[str, NDArray[np.float64]]:
    """The columns by pandas' rolling sums, of pairs of 64-bit floats that hold the counts exactly."""
    frames = {}
    for name, bars in (("y", pair.y), ("x", pair.x)):
        there = ~np.isnan(bars["close"])
        known = there & (bars["missing"] != UNKNOWN_MISSING)
        columns = {"trades": np.where(known, bars["trades"], 0), "missing": np.where(known, bars["missing"], 0)}
        frames[name] = pd.DataFrame(columns | {"known": known, "there": there}).astype(float)
    out = {}
    for name, frame in frames.items():
        sums = frame.rolling(window).sum()
        share = sums["trades"] / (sums["trades"] + sums["missing"])
        out[f"window_completeness_{name}"] = share.where(sums["known"] > 0).to_numpy()
    both = frames["y"]["there"] * frames["x"]["there"]
    known = frames["y"]["known"] * frames["x"]["known"]
    out["window_absent"] = (1 - both).rolling(window).sum().to_numpy()
    out["window_unknown"] = (both - both * known).rolling(window).sum().to_numpy()
    return out


@pytest.mark.parametrize("method", [Method.ROLLING, Method.KALMAN, Method.FIXED])
def test_the_columns_are_those_of_pandas(method: Method) -> None:
    beta = 0.8 if method is Method.FIXED else None
    p = PairParameters(Y, X, window=WINDOW_BARS, z_window=20, method=method, beta=beta)
    pair = pair_of(damaged(made_legs(300)))
    rows = compute_rows(pair, pair.first, p, (), before=np.empty(0, row_dtype(method)))
    expected = counted(pair, WINDOW_BARS)
    for name in WINDOW:
        np.testing.assert_allclose(rows[name], expected[name], rtol=1e-7, err_msg=name)
    assert np.isnan(rows["window_completeness_y"][: WINDOW_BARS + 8]).all()
    assert (rows["window_unknown"] > 0).any()
    assert (rows["window_absent"] > 0).any()
    assert (rows["window_completeness_x"] < 1.0).any()


@pytest.mark.parametrize("method", [Method.OLS, Method.TLS])
def test_a_fit_drawn_back_has_the_completeness_of_its_one_window_in_every_row(method: Method) -> None:
    p = PairParameters(Y, X, window=WINDOW_BARS, z_window=60, method=method)
    pair = pair_of(damaged(made_legs(300)))
    rows = compute_hindsight(pair, p, ())
    expected = counted(pair, WINDOW_BARS)
    assert len(rows) == 60
    for name in WINDOW:
        np.testing.assert_allclose(rows[name], np.full(60, expected[name][-1]), rtol=1e-7, err_msg=name)
    assert rows["window_completeness_y"][-1] < 1.0


def test_one_absent_trade_of_a_million_is_seen() -> None:
    legs = made_legs(60, gaps=False)
    y = [bar._replace(trades=100_000, missing=int(place == 55)) for place, bar in enumerate(legs.y)]
    p = PairParameters(Y, X, window=20, z_window=20, method=Method.FIXED, beta=0.8)
    pair = pair_of(Legs(y, legs.x))
    rows = compute_rows(pair, pair.first, p, (), before=np.empty(0, row_dtype(p.method)))
    assert rows["window_completeness_y"][-1] < 1.0 == rows["window_completeness_x"][-1]
