"""What is written comes back to the bit, each id once, in order; others read the files as well."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from store.archive.archive import WHOLE, Archive, open_archive
from store.archive.errors import ArchiveUnavailable, InvalidArchiveAddress
from store.archive.files import ROWS_OF_A_GROUP
from store.archive.layout import DAY_MS, UNFINISHED
from tests.store.archive.tick_data import NAME, START_MS, made_ticks

MIDNIGHT_MS = START_MS + 40_000


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(str(tmp_path / "ticks"))


def _read(archive: Archive, **limits: int) -> bytes:
    parts = list(archive.read(NAME, **limits))
    return b"".join(part.tobytes() for part in parts)


def test_ticks_come_back_to_the_bit_and_lie_by_day(archive: Archive, tmp_path: Path) -> None:
    ticks = made_ticks(0, 1_000)
    archive.write(NAME, ticks, "a")
    assert _read(archive) == ticks.tobytes()
    found = sorted(str(path.relative_to(tmp_path / "ticks")) for path in tmp_path.rglob("*.parquet"))
    assert found == [f"venue=sim/symbol=BTCUSDT/day={day}/a.parquet" for day in ("2025-12-31", "2026-01-01")]
    assert archive.instruments() == (NAME,)
    assert archive.days(NAME) == (MIDNIGHT_MS // DAY_MS - 1, MIDNIGHT_MS // DAY_MS)


def test_a_range_is_half_open_by_exchange_time(archive: Archive) -> None:
    ticks = made_ticks(0, 1_000)
    archive.write(NAME, ticks, "a")
    for start, end in ((0, 10), (395, 405), (400, 1_000), (999, 5_000), (2_000, 3_000), (10, 10)):
        start_ms, end_ms = START_MS + start * 100, START_MS + end * 100
        inside = ticks[(ticks["time_ms"] >= start_ms) & (ticks["time_ms"] < end_ms)]
        assert _read(archive, start_ms=start_ms, end_ms=end_ms) == inside.tobytes()
    assert list(archive.read("sim:NONE")) == []


def test_ids_in_several_files_come_once_and_as_they_were_received_live(archive: Archive) -> None:
    ticks = made_ticks(0, 900)
    fetched = ticks[100:700].copy()
    fetched["received_us"] = 0
    archive.write(NAME, fetched, "b")
    archive.write(NAME, ticks[::-1][:600], "a")
    archive.write(NAME, ticks[:400], "c")
    assert _read(archive) == ticks.tobytes()


def test_a_part_of_the_same_name_is_replaced(archive: Archive) -> None:
    archive.write(NAME, made_ticks(0, 300), "a")
    archive.write(NAME, made_ticks(0, 390), "a")
    assert _read(archive) == made_ticks(0, 390).tobytes()
    assert [len(archive.parts(NAME, day)) for day in archive.days(NAME)] == [1]


def test_a_day_in_parts_becomes_one_sorted_file(archive: Archive) -> None:
    ticks = made_ticks(400, 5_000)
    for part, start in enumerate(range(0, len(ticks), 500)):
        archive.write(NAME, ticks[start : start + 600], f"p{part}")  # a hundred of each stand twice
    (day,) = archive.days(NAME)
    assert archive.compact(NAME, day)
    (whole,) = archive.parts(NAME, day)
    assert whole.endswith(WHOLE)
    assert pq.read_table(whole, partitioning=None)["trade_id"].to_pylist() == list(range(400, 5_000))
    assert not archive.compact(NAME, day)
    archive.write(NAME, made_ticks(5_000, 5_100), "late")
    assert archive.compact(NAME, day)
    assert _read(archive) == made_ticks(400, 5_100).tobytes()


def test_row_groups_are_small(archive: Archive) -> None:
    archive.write(NAME, made_ticks(4_000, 204_000, step_ms=10), "a")
    (day,) = archive.days(NAME)
    read = pq.ParquetFile(archive.parts(NAME, day)[0]).metadata
    assert read.num_rows == 200_000
    assert max(read.row_group(n).num_rows for n in range(read.num_row_groups)) <= ROWS_OF_A_GROUP


def test_duckdb_alone_reads_the_folder(archive: Archive, tmp_path: Path) -> None:
    """As an analyst would, without any code of ours."""
    ticks = made_ticks(0, 1_000)
    archive.write(NAME, ticks, "a")
    query = f"SELECT venue, symbol, count(*), sum(price * quantity) FROM '{tmp_path}/ticks/**/*.parquet' GROUP BY ALL"
    ((venue, symbol, count, turnover),) = duckdb.sql(query).fetchall()
    assert (venue, symbol, count) == ("sim", "BTCUSDT", 1_000)
    assert turnover == pytest.approx(float(np.dot(ticks["price"], ticks["quantity"])), rel=1e-12)


@pytest.mark.parametrize("name", ["sim:币安人生USDT", "spot:A*B[C]=D", "usdm:.."])
def test_any_symbol_is_a_safe_folder(archive: Archive, name: str, tmp_path: Path) -> None:
    archive.write(name, made_ticks(0, 10), "a")
    assert archive.instruments() == (name,)
    assert b"".join(part.tobytes() for part in archive.read(name)) == made_ticks(0, 10).tobytes()
    assert all((tmp_path / "ticks") in path.parents for path in tmp_path.rglob("*.parquet"))


def test_what_was_not_finished_is_not_read(archive: Archive) -> None:
    ticks = made_ticks(0, 300)
    archive.write(NAME, ticks, "a")
    (day,) = archive.days(NAME)
    part = Path(archive.parts(NAME, day)[0])
    part.with_name(f"{UNFINISHED}0-b.parquet").write_bytes(part.read_bytes()[:100])
    assert _read(archive) == ticks.tobytes()


def test_a_damaged_file_is_said_and_not_skipped(archive: Archive) -> None:
    archive.write(NAME, made_ticks(0, 300), "a")
    (day,) = archive.days(NAME)
    part = Path(archive.parts(NAME, day)[0])
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(ArchiveUnavailable):
        _read(archive)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ArchiveUnavailable):
        open_archive(str(tmp_path / "file")).write(NAME, made_ticks(0, 3), "a")
    with pytest.raises(ArchiveUnavailable):
        open_archive("/proc/nowhere").write(NAME, made_ticks(0, 3), "a")


@pytest.mark.parametrize("address", ["", "gs://bucket/x", "http://a/b", "s3://"])
def test_addresses_of_nothing_usable_are_refused(address: str) -> None:
    with pytest.raises(InvalidArchiveAddress):
        open_archive(address)
