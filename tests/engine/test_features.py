"""The feature table: no column looks ahead, each holds against a slow and plain way, all of it is deterministic."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from redis import Redis

from engine.errors import ParameterError
from engine.features import FEATURE_DTYPE, FEATURES, NUMBERS
from engine.parameters import Method, PairParameters
from engine.reader import Reader
from engine.rows import Note
from store.bars import Bar
from tests.engine.pair_data import Legs, X, Y, append_bars, made_legs, reader_of, revised

P = PairParameters(Y, X, window=40, z_window=20)
BY_METHOD = [P, PairParameters(Y, X, window=40, z_window=20, method=Method.KALMAN),
             PairParameters(Y, X, window=40, z_window=20, method=Method.FIXED, beta=0.8)]  # fmt: skip
by_method = pytest.mark.parametrize("p", BY_METHOD, ids=lambda p: p.method)
N = 300


def legs_with_sides(n: int = N) -> Legs:
    """Gaps, quiet spells, and a known side of every trade but those of one bar."""
    legs, chance = made_legs(n), np.random.default_rng(8)

    def sided(bar: Bar) -> Bar:
        return bar._replace(buy_volume=float(np.float32(bar.volume * chance.random())))

    y, x = [sided(bar) for bar in legs.y], [sided(bar) for bar in legs.x]
    y[150] = y[150]._replace(buy_volume=math.nan)
    return Legs(y, x)


def publish(client: Redis, legs: Legs, first: int = 0, end: int = N) -> None:
    start_ms = legs.y[0].open_time_ms
    for name, bars in ((Y, legs.y), (X, legs.x)):
        append_bars(client, name, [bar for bar in bars if first <= (bar.open_time_ms - start_ms) // 60_000 < end])


def by_time(table: np.ndarray) -> dict[int, bytes]:
    return {int(row["open_time_ms"]): row.tobytes() for row in table}


@by_method
def test_later_bars_change_no_earlier_row_in_any_column(client: Redis, p: PairParameters) -> None:
    legs, reader = legs_with_sides(), reader_of(client)
    publish(client, legs, end=130)
    seen = by_time(reader.features(p))
    for end in (131, 150, 152, 200, N):
        publish(client, legs, first=len(seen), end=end)
        table = reader.features(p)
        late = by_time(reader_of(client).features(p))  # somebody who comes only now
        for time_ms, row in seen.items():
            now = by_time(table)[time_ms]
            if now != row:
                before, after = (np.frombuffer(each, FEATURE_DTYPE)[0] for each in (row, now))
                changed = [name for name in FEATURE_DTYPE.names or () if before[name] != after[name]]
                pytest.fail(f"{changed} of the bar {time_ms} changed when later bars came")
        assert late == by_time(table)
        seen = by_time(table)
    assert len(seen) == N


@by_method
def test_the_last_rows_alone_are_those_of_the_whole(client: Redis, p: PairParameters) -> None:
    publish(client, legs_with_sides())
    reader = reader_of(client)
    assert reader.features(p, last=20).tobytes() == reader.features(p)[-20:].tobytes()
    assert len(reader.features(p, last=N + 50)) == N


def test_every_column_is_what_a_plain_computation_says(client: Redis) -> None:
    legs = legs_with_sides()
    publish(client, legs)
    reader = reader_of(client)
    table, snapshot = reader.features(P), reader.snapshot(P)
    for leg, bars in (("y", legs.y), ("x", legs.x)):
        close = pd.Series({bar.open_time_ms: bar.close for bar in bars}).reindex(table["open_time_ms"])
        np.testing.assert_array_equal(table[f"close_{leg}"], close)
        returns = np.log(close).diff()
        np.testing.assert_allclose(table[f"return_{leg}"], returns, rtol=1e-6, atol=1e-12)
        deviation = returns.rolling(40, min_periods=32).std()
        np.testing.assert_allclose(table[f"volatility_{leg}"][41:], deviation[41:], rtol=1e-6)
        flow = pd.Series(
            {b.open_time_ms: 2 * b.buy_volume / b.volume - 1 if b.volume else math.nan for b in bars}
        ).reindex(table["open_time_ms"])
        np.testing.assert_allclose(table[f"imbalance_{leg}"], flow, atol=1e-6)
    for name in ("spread", "z", "beta", "correlation"):
        np.testing.assert_array_equal(table[name], snapshot.rows[name])
    np.testing.assert_array_equal(table["beta_rolling"], snapshot.rows["beta"])
    kalman = reader.snapshot(BY_METHOD[1]).rows
    np.testing.assert_array_equal(table["beta_kalman"], kalman["beta"])
    assert math.isnan(table["imbalance_y"][150])
    spread = snapshot.rows["spread"][-40:]
    both = np.isfinite(spread[:-1]) & np.isfinite(spread[1:])
    phi = np.polyfit(spread[:-1][both], spread[1:][both], 1)[0]
    assert table["half_life_bars"][-1] == pytest.approx(-math.log(2) / math.log(phi), rel=1e-8)


def test_the_half_life_of_ones_own_ratio_is_that_of_its_level(client: Redis) -> None:
    """The spread is taken off its own moving mean, which would hasten it back."""
    legs = legs_with_sides()
    publish(client, legs)
    table = reader_of(client).features(BY_METHOD[2])
    close = {leg: np.log(table[f"close_{leg}"][-40:]) for leg in ("y", "x")}
    level = close["y"] - 0.8 * close["x"]
    both = np.isfinite(level[:-1]) & np.isfinite(level[1:])
    phi = np.polyfit(level[:-1][both], level[1:][both], 1)[0]
    assert table["half_life_bars"][-1] == pytest.approx(-math.log(2) / math.log(phi), rel=1e-6)


def test_a_gap_is_empty_and_says_so(client: Redis) -> None:
    legs = legs_with_sides()
    publish(client, legs)
    table = reader_of(client).features(P)
    gaps = table[table["note"] == Note.GAP]
    assert len(gaps) == N // 50
    for name in ("close_x", "return_x", "imbalance_x", "spread", "z"):
        assert np.isnan(gaps[name]).all()


def test_a_revised_bar_changes_its_own_row_and_later_ones_only(client: Redis) -> None:
    legs, reader = legs_with_sides(), reader_of(client)
    publish(client, legs)
    before = reader.features(P)
    append_bars(client, Y, [revised(legs.y[200], 1.002)])
    after = reader.features(P)
    assert before[:200].tobytes() == after[:200].tobytes()
    assert before["return_y"][200] != after["return_y"][200]


def test_a_fit_that_is_drawn_back_has_no_features(client: Redis) -> None:
    reader: Reader = reader_of(client)
    for method in (Method.OLS, Method.TLS):
        with pytest.raises(ParameterError, match="rolling, kalman, fixed"):
            reader.features(PairParameters(Y, X, method=method))


def test_a_pair_without_bars_has_an_empty_table(client: Redis) -> None:
    assert len(reader_of(client).features(P)) == 0
    assert len(reader_of(client).features(P, last=20)) == 0


def test_every_column_is_described() -> None:
    assert {name for name, _, _ in FEATURES} >= set(NUMBERS)
    assert all(unit and meaning for _, unit, meaning in FEATURES)
