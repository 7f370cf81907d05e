"""Coarser bars from kept minutes, against pandas' own resampling; ranges and limits against a plain list."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from store.bars import Bar, encode_bar, parse_bars
from store.errors import InvalidTimeframe
from store.grid import Bars
from store.history.bars import bars_from_history
from store.history.minutes import append_minutes
from store.sql.database import Database, open_database
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.store.bar_data import made_bar

NAME = "sim:BTCUSDT"
COARSER = (Timeframe.M5, Timeframe.M15, Timeframe.H1)


def _numbers() -> list[int]:
    """Minutes with holes: single ones, half an hour, and one of a hundred days."""
    chance = random.Random(4)
    numbers = [n for n in range(7, 9_000) if chance.random() > 0.02 and not 5_000 <= n < 5_030]
    return [n if n < 6_000 else n + 144_000 for n in numbers]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, list[Bar]]]:
    folder: Path = tmp_path_factory.mktemp("kept")
    opened = open_database(f"sqlite:///{folder}/kept.sqlite")
    upgrade(opened)
    bars = [made_bar(number, Timeframe.M1, trades=number % 4) for number in _numbers()]
    with opened.write() as connection:
        append_minutes(connection, NAME, _packed(bars), generation=1)
    yield opened, bars
    opened.close()


def _packed(bars: list[Bar]) -> Bars:
    return parse_bars([encode_bar(bar) for bar in bars])


def _resampled(bars: list[Bar], timeframe: Timeframe) -> pd.DataFrame:
    """By pandas; prices of minutes that had trades, or of all where none had."""
    frame = pd.DataFrame(bars)
    frame.index = pd.to_datetime(frame["open_time_ms"], unit="ms", utc=True)
    rule = f"{timeframe.ms // 60_000}min"
    traded = frame[frame["trades"] > 0].resample(rule)
    whole = frame.resample(rule)
    prices = {"open": "first", "high": "max", "low": "min", "close": "last"}
    out = traded.agg(prices).combine_first(whole.agg(prices))
    sums = whole.agg({"volume": "sum", "buy_volume": "sum", "trades": "sum"})
    return out.join(sums).loc[whole.size() > 0]


@pytest.mark.parametrize("timeframe", COARSER)
def test_coarser_bars_are_those_of_pandas(kept: tuple[Database, list[Bar]], timeframe: Timeframe) -> None:
    database, bars = kept
    found = bars_from_history(database, NAME, timeframe, start_ms=0, limit=10**6)
    expected = _resampled(bars, timeframe)
    last_ms = bars[-1].open_time_ms + 60_000
    opens = expected.index.asi8 // 10 ** (3 if expected.index.unit == "us" else 6 if expected.index.unit == "ns" else 0)
    whole = (opens >= bars[0].open_time_ms) & (opens + timeframe.ms <= last_ms)
    expected, opens = expected[whole], opens[whole]
    assert found["open_time_s"].tolist() == (opens // 1000).tolist()
    for name in ("open", "high", "low", "close", "trades"):
        assert np.array_equal(found[name], expected[name].to_numpy()), name
    for name in ("volume", "buy_volume"):
        assert np.allclose(found[name], expected[name].to_numpy(), rtol=1e-7), name


@pytest.mark.parametrize("timeframe", [Timeframe.M1, *COARSER])
def test_any_range_and_limit_is_a_part_of_the_whole(kept: tuple[Database, list[Bar]], timeframe: Timeframe) -> None:
    database, bars = kept
    whole = bars_from_history(database, NAME, timeframe, start_ms=0, limit=10**6)
    if timeframe is Timeframe.M1:
        assert whole.tobytes() == _packed(bars).tobytes()
    opens = whole["open_time_s"].astype(np.int64) * 1000
    chance = random.Random(9)
    for _ in range(12):
        start_ms, end_ms = sorted(chance.randrange(int(opens[0]) - 10**7, int(opens[-1]) + 10**7) for _ in range(2))
        limit = chance.choice([1, 3, 400, 10**6])
        inside = whole[(opens >= start_ms) & (opens < end_ms)]
        found = bars_from_history(database, NAME, timeframe, start_ms=start_ms, end_ms=end_ms, limit=limit)
        assert found.tobytes() == inside[:limit].tobytes()
        before = whole[opens < end_ms]
        found = bars_from_history(database, NAME, timeframe, end_ms=end_ms, limit=limit)
        assert found.tobytes() == before[-limit:].tobytes()


def test_what_cannot_be_had(kept: tuple[Database, list[Bar]]) -> None:
    database, _ = kept
    assert len(bars_from_history(database, "sim:NONE", Timeframe.M5, limit=10)) == 0
    assert len(bars_from_history(database, NAME, Timeframe.M5, limit=0)) == 0
    with pytest.raises(InvalidTimeframe):
        bars_from_history(database, NAME, Timeframe.S1, limit=10)
