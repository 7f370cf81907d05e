"""Uploads as instruments: their streams, their bars as they were written, gone without a trace, back after a loss."""

from __future__ import annotations

import numpy as np
import pytest
from redis import Redis

from engine.reader import Reader
from engine.uploads import Uploads, preview
from store.sql.database import Database
from store.timeframes import Timeframe

START_S = 1_704_067_200  # 2024-01-01T00:00:00Z
OHLC = ("open", "high", "low", "close", "volume")


def ohlc_csv(rows: int, period_s: int, *, start_s: int = START_S, seed: int = 5) -> bytes:
    rng = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, rows)))
    lines = ["timestamp,open,high,low,close,volume"]
    before = 100.0
    for row, close in enumerate(closes.tolist()):
        high, low = max(before, close) * 1.001, min(before, close) * 0.999
        lines.append(f"{start_s + row * period_s},{before!r},{high!r},{low!r},{close!r},{row % 7 + 0.125}")
        before = close
    return "\n".join(lines).encode()


def table(raw: bytes) -> list[list[float]]:
    return [[float(cell) for cell in line.split(",")] for line in raw.decode().splitlines()[1:]]


def shown(reader: Reader, name: str, timeframe: Timeframe) -> list[list[float]]:
    bars = reader.kept_bars(name, timeframe, limit=100_000)
    return [[float(bar["open_time_s"]), *(float(bar[column]) for column in OHLC)] for bar in bars]


@pytest.mark.parametrize(
    ("period_s", "finest"),
    [(60, Timeframe.M1), (300, Timeframe.M5), (900, Timeframe.M15), (3_600, Timeframe.H1)],
)
def test_bars_are_those_of_the_file_to_the_last_digit(
    client: Redis, database: Database, uploads: Uploads, period_s: int, finest: Timeframe
) -> None:
    raw = ohlc_csv(400, period_s)
    upload = uploads.accept(preview("ab.csv", raw), "AB")
    assert (upload.instrument, upload.timeframe, upload.rows) == ("upload:AB", finest, 400)
    reader = Reader(client, tuple, database=database)
    assert shown(reader, "upload:AB", finest) == table(raw)
    assert [list(bar) for bar in reader.bars("upload:AB", finest, limit=1_000)[list(OHLC)]] == [
        row[1:] for row in table(raw)
    ]
