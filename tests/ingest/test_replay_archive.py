"""An archive of ticks plays like the recording it is: the same bars as of the ticks themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from ingest.errors import BrokenRecording
from ingest.replay.head import check_head
from store.archive.archive import open_archive
from store.timeframes import Timeframe
from tests.ingest.processes import finished_ingestor, stored_bars, stored_ids
from tests.store.archive.tick_data import made_ticks


def _archived(folder: Path, *names: str) -> None:
    archive = open_archive(str(folder))
    ticks = made_ticks(0, 3_000)
    for name in names:
        for part, first in enumerate(range(0, 3_000, 700)):
            archive.write(name, ticks[first : first + 900], f"p{part}")


@pytest.mark.parametrize("named", ["", "venue=sim", "venue=sim/symbol=*/day=202*", "venue=sim/**/*.parquet"])
def test_a_folder_or_a_glob_plays(named: str, client: Redis, redis_url: str, tmp_path: Path) -> None:
    _archived(tmp_path / "ticks", "sim:BTCUSDT", "sim:ETHUSDT")
    file = str(tmp_path / "ticks" / named)
    run = finished_ingestor(tmp_path, FEED="replay", FILE=file, SPEED="max", REDIS_URL=redis_url)
    assert (run.returncode, "Traceback" in run.stderr) == (0, False), run.stderr
    ticks = made_ticks(0, 3_000)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert stored_ids(client, f"replay:{symbol}").tolist() == list(range(3_000))
        minutes = stored_bars(client, f"replay:{symbol}", Timeframe.M1)
        for open_ms, bar in minutes.items():
            inside = ticks[(ticks["time_ms"] >= open_ms) & (ticks["time_ms"] < open_ms + 60_000)]
            assert (bar.open, bar.close) == (inside["price"][0], inside["price"][-1])
            assert (bar.high, bar.low) == (inside["price"].max(), inside["price"].min())
            assert bar.volume == np.add.accumulate(inside["quantity"])[-1]  # one addition a tick, in order
            assert (bar.trades, bar.missing) == (len(inside), 0)
        assert len(minutes) >= 3


def test_what_is_no_archive_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BrokenRecording, match="no file of an archive"):
        check_head(tmp_path / "empty")
    with pytest.raises(BrokenRecording, match="no file of an archive"):
        check_head(tmp_path / "none-*")
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(BrokenRecording, match="does not lie in venue="):
        check_head(tmp_path / "x.parquet")
    _archived(tmp_path / "two", "sim:BTCUSDT", "usdm:BTCUSDT")
    with pytest.raises(BrokenRecording, match="several venues"):
        check_head(tmp_path / "two")
    check_head(tmp_path / "two" / "venue=usdm")
    for part in (tmp_path / "two" / "venue=sim").rglob("*.parquet"):
        part.write_bytes(part.read_bytes()[:50])
    with pytest.raises(BrokenRecording, match="cannot be read"):
        check_head(tmp_path / "two" / "venue=sim")
