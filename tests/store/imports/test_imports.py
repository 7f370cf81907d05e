"""Files of the venue's archive against pandas, the ingestor's own fold, and sqlite3; and what is refused, by line."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingest.core.core import Core
from store.archive.archive import open_archive
from store.bars import PACKED_BAR, UNKNOWN_MISSING, Source, parse_bars
from store.grid import Bars
from store.history.minutes import read_minutes
from store.imports.errors import BrokenImport
from store.imports.job import Imported, Progress, import_file
from store.sql.database import Database, open_database
from store.sql.migrate import upgrade
from tests.store.imports.archive_files import (
    DAY,
    DAY_MS,
    KLINES_HEADER,
    TRADES_HEADER,
    kline_lines,
    made_trades,
    trade_lines,
    zipped,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/history.sqlite")
    upgrade(opened)
    yield opened
    opened.close()


def _kept(database: Database, name: str) -> Bars:
    with database.read() as connection:
        return read_minutes(connection, name, start_ms=0, end_ms=2**42)


def _trades(folder: Path, **form: bool) -> Path:
    return zipped(folder / f"BTCUSDT-aggTrades-{DAY}.zip", trade_lines(made_trades(), **form))


@pytest.mark.parametrize(("spot", "micros"), [(True, False), (True, True), (False, False)])
def test_trades_become_the_minutes_that_pandas_and_the_ingestor_make_of_them(
    database: Database, tmp_path: Path, spot: bool, micros: bool
) -> None:
    done = import_file(_trades(tmp_path, spot=spot, micros=micros), database)
    name = f"{'spot' if spot else 'usdm'}:BTCUSDT"
    bars, ticks = _kept(database, name), made_trades()
    assert done == Imported(name, 5_000, len(bars), DAY_MS, int(bars["open_time_s"][-1]) * 1000, 0, 0)

    frame = pd.DataFrame({column: ticks[column] for column in ("price", "quantity")})
    frame.index = pd.to_datetime(ticks["time_ms"], unit="ms", utc=True)
    prices, sizes = frame["price"].resample("1min").ohlc().ffill(), frame["quantity"].resample("1min")
    traded = bars["trades"] > 0
    for column in ("open", "high", "low", "close"):
        assert np.array_equal(bars[column][traded], prices[column].to_numpy()[traded]), column
    assert np.array_equal(bars["trades"], sizes.count().to_numpy())
    assert np.allclose(bars["volume"], sizes.sum().to_numpy(), rtol=1e-12)
    assert not traded.all()
    assert np.array_equal(bars["close"][~traded], prices["close"].to_numpy()[~traded])

    core = Core("spot", ["BTCUSDT"])
    core.expect("BTCUSDT", int(ticks["trade_id"][0]))
    core.feed_ticks("BTCUSDT", ticks.tolist())
    core.finish()
    own = parse_bars(core.take().legs[0].minutes)
    assert bars[: len(own)].tobytes() == own.tobytes()  # to the last bit; the last minute is open there


def test_header_or_not_and_any_line_end(database: Database, tmp_path: Path) -> None:
    lines = trade_lines(made_trades(), spot=False)
    path = tmp_path / f"BTCUSDT-aggTrades-{DAY}.zip"
    first = import_file(zipped(path, lines), database)
    kept = _kept(database, "usdm:BTCUSDT").tobytes()
    for header, end in ((TRADES_HEADER, "\n"), (TRADES_HEADER, "\r\n")):
        assert import_file(zipped(path, [header, *lines], end=end), database) == first
    assert _kept(database, "usdm:BTCUSDT").tobytes() == kept


def test_missing_ids_are_on_account_of_the_trade_after_them_as_in_the_ingestor(
    database: Database, tmp_path: Path
) -> None:
    ticks = np.delete(made_trades(), [*range(100, 110), *range(2_495, 2_505)])  # the second at the silent minutes
    path = zipped(tmp_path / f"BTCUSDT-aggTrades-{DAY}.zip", trade_lines(ticks, spot=True))
    assert import_file(path, database).missing == 20
    bars = _kept(database, "spot:BTCUSDT")
    counted = np.where(bars["missing"] == UNKNOWN_MISSING, 0, bars["missing"])
    assert counted.sum() == 20
    core = Core("spot", ["BTCUSDT"])
    core.expect("BTCUSDT", int(ticks["trade_id"][0]))
    core.feed_ticks("BTCUSDT", ticks.tolist())
    core.finish()
    last = {bar["open_time_s"]: bar for bar in parse_bars(core.take().legs[0].minutes)}
    for bar in bars[:-1]:
        assert bar["missing"] == last[bar["open_time_s"]]["missing"]


@pytest.mark.parametrize("venue", ["spot", "usdm"])
def test_klines_are_taken_as_they_are(database: Database, tmp_path: Path, venue: str) -> None:
    spot = venue == "spot"
    lines = kline_lines(micros=spot) if spot else [KLINES_HEADER, *kline_lines()]
    done = import_file(zipped(tmp_path / f"ETHUSDT-1m-{DAY}.zip", lines), database)
    assert (done.instrument, done.bars, done.missing) == (f"{venue}:ETHUSDT", 1_440, None)
    frame = pd.read_csv(io.StringIO("\n".join(kline_lines())), header=None)
    rows = sqlite3.connect(tmp_path / "history.sqlite").execute(
        "SELECT open_time_ms, open, high, low, close, volume, trades, source, missing FROM minutes ORDER BY 1"
    )
    found = pd.DataFrame(rows.fetchall())
    for column, place in enumerate((0, 1, 2, 3, 4, 5, 8)):
        assert np.array_equal(found[column], frame[place])
    assert set(found[7]) == {int(Source.KLINES)}
    assert found[8].isna().all()


def test_ticks_go_into_the_archive_and_once_however_often(database: Database, tmp_path: Path) -> None:
    archive = open_archive(str(tmp_path / "ticks"))
    path = _trades(tmp_path, spot=True)
    for _ in range(2):
        assert import_file(path, database, archive=archive).ticks_archived == 5_000
    assert b"".join(part.tobytes() for part in archive.read("spot:BTCUSDT")) == made_trades().tobytes()
    assert len(list((tmp_path / "ticks").rglob("*.parquet"))) == 1


def test_what_is_known_better_stays(database: Database, tmp_path: Path) -> None:
    import_file(_trades(tmp_path, spot=True), database)
    before = _kept(database, "spot:BTCUSDT").tobytes()
    path = zipped(tmp_path / f"BTCUSDT-1m-{DAY}.zip", kline_lines(micros=True))
    import_file(path, database)
    after = _kept(database, "spot:BTCUSDT")
    assert after[: len(before) // PACKED_BAR.itemsize].tobytes() == before
    assert len(after) == 1_440


def test_progress_goes_on_and_ends(database: Database, tmp_path: Path) -> None:
    lines = trade_lines(made_trades(90_000, step_ms=700), spot=True)
    said: list[Progress] = []
    path = zipped(tmp_path / f"BTCUSDT-aggTrades-{DAY}.zip", lines)
    import_file(path, database, progress=said.append)
    shares = [progress.share for progress in said if progress.step == "checking"]
    assert len(shares) > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert said[-1] == Progress("storing", 1.0)


GOOD = trade_lines(made_trades(300), spot=True)


def _broken(place: int, line: str) -> list[str]:
    return [*GOOD[:place], line, *GOOD[place + 1 :]]


def _with(place: int, column: int, word: str) -> list[str]:
    fields = GOOD[place].split(",")
    fields[column] = word
    return _broken(place, ",".join(fields))


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (_with(7, 1, "nan"), 8, "price 'nan' is not a number above 0"),
        (_with(7, 1, "-1"), 8, "above 0"),
        (_with(7, 1, "1e400"), 8, "above 0"),
        (_with(299, 2, "x"), 300, "quantity 'x' is no number"),
        (_with(5, 0, "12.5"), 6, "id '12.5' is no whole number"),
        (_with(5, 0, "9" * 25), 6, "whole number"),
        (_with(5, 0, "1002"), 6, "does not follow"),
        (_with(9, 5, "1721260800"), 10, "neither in ms nor in µs"),
        (_with(9, 5, str(DAY_MS + 86_400_000)), 10, "not of 2024-07-18"),
        (_with(3, 6, "maybe"), 4, "neither true nor false"),
        (_broken(20, "1,2,3"), 21, "3 columns"),
        (_broken(20, GOOD[20].rpartition(",")[0]), 21, "7 columns"),
        (_broken(20, ""), 21, "1 columns"),
        (_broken(20, "7" * 40 + GOOD[20]), 21, "more than 32"),
        (_broken(20, "7" * 5_000), 21, "more than 4096"),
        (["what,is,this", *GOOD], 1, "neither data nor the header"),
        (_broken(20, GOOD[20].replace("6", "\x00", 1)), 21, "number"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(
    database: Database, tmp_path: Path, lines: list[str], line: int, reason: str
) -> None:
    archive = open_archive(str(tmp_path / "ticks"))
    with pytest.raises(BrokenImport, match=reason) as refusal:
        import_file(zipped(tmp_path / f"BTCUSDT-aggTrades-{DAY}.zip", lines), database, archive=archive)
    assert refusal.value.line == line
    assert len(_kept(database, "spot:BTCUSDT")) == 0
    assert archive.instruments() == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"BTCUSDT-trades-{DAY}", "second sequence"),
        (f"BTCUSDT-1h-{DAY}", "bars of 1h"),
        ("notes", "is not named"),
        ("BTCUSDT-1m-2024-13", "says nothing"),
        (f"BTCUSDT-1m-{DAY}", "name its venue"),
    ],
)
def test_a_wrong_name_says_which_would_do(database: Database, tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(BrokenImport, match=reason):
        import_file(zipped(tmp_path / f"{name}.zip", kline_lines()), database)


def test_klines_that_are_none_are_refused(database: Database, tmp_path: Path) -> None:
    path, lines = tmp_path / f"BTCUSDT-1m-{DAY}.zip", kline_lines()
    for place, column, word, reason in (
        (4, 0, str(DAY_MS + 1), "whole minute"),
        (4, 2, "1.0", "beyond"),
        (4, 5, "-1", "from 0"),
    ):
        fields = lines[place].split(",")
        fields[column] = word
        with pytest.raises(BrokenImport, match=reason) as refusal:
            import_file(zipped(path, [*lines[:place], ",".join(fields), *lines[place + 1 :]]), database, venue="usdm")
        assert refusal.value.line == place + 1
    with pytest.raises(BrokenImport, match="does not follow"):
        import_file(zipped(path, [*lines[:5], lines[4], *lines[5:]]), database, venue="usdm")


def test_a_venue_that_the_file_gainsays_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BrokenImport, match="line of spot, not of usdm"):
        import_file(_trades(tmp_path, spot=True), database, venue="usdm")


def test_zips_that_are_none_torn_or_bombs_are_refused(database: Database, tmp_path: Path) -> None:
    path = _trades(tmp_path, spot=True)
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    for content in (b"", b"no zip", whole[: len(whole) // 2], bytes(damaged)):
        path.write_bytes(content)
        with pytest.raises(BrokenImport, match=r"no whole zip|no number|columns|no whole number|follow|above"):
            import_file(path, database)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 30_000_000)
    with pytest.raises(BrokenImport, match="would unpack to 30,000,000 bytes"):
        import_file(path, database)
    for names in ([], ["a.csv", "b.csv"], ["../a.exe"]):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "1,2,3\n")
        with pytest.raises(BrokenImport, match="one CSV file and nothing else"):
            import_file(path, database)
    path.unlink()
    with pytest.raises(BrokenImport, match="cannot be read"):
        import_file(path, database)
    assert len(_kept(database, "spot:BTCUSDT")) == 0


def test_the_venues_own_check_sum_is_heeded(database: Database, tmp_path: Path) -> None:
    path = _trades(tmp_path, spot=True)
    beside = path.with_name(f"{path.name}.CHECKSUM")
    beside.write_text(f"{'0' * 64}  {path.name}\n")
    with pytest.raises(BrokenImport, match="load it again"):
        import_file(path, database)
    beside.write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    import_file(path, database)


def test_the_command_takes_what_it_can_and_says_what_it_cannot(database: Database, tmp_path: Path) -> None:
    good = _trades(tmp_path, spot=True)
    bad = zipped(tmp_path / f"ETHUSDT-aggTrades-{DAY}.zip", _with(7, 1, "nan"))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
        "DATABASE_URL": f"sqlite:///{tmp_path}/history.sqlite",
        "TICK_ARCHIVE": str(tmp_path / "ticks"),
    }
    command = [sys.executable, "-m", "store.imports", str(bad), str(good)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "not taken: ETHUSDT-aggTrades-2024-07-18.zip, line 8: price 'nan'" in run.stderr
    assert f"{good.name}: checking 100 %" in run.stderr
    assert (
        run.stdout == f"{good.name}: spot:BTCUSDT, 5,000 lines, 79 minutes, 0 trades missing, 5,000 trades archived\n"
    )
    assert len(_kept(database, "spot:BTCUSDT")) == 79
