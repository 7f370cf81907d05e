"""Uploads as instruments: their bars as they were written, gone without a trace, back after a loss, never by halves."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from redis import Redis
from sqlalchemy import text

from engine.errors import NotFound, ParameterError, UnknownInstrument
from engine.market.parameters import MarketParameters
from engine.parameters import PairParameters
from engine.reader import Reader
from engine.uploads import UploadRefused, Uploads, preview
from store import keys
from store.catalogue import parse_info
from store.client import connect_reader
from store.recent_ticks import read_recent_ticks
from store.sql.database import Database, open_database
from store.sql.errors import SchemaOutdated
from store.sql.migrate import upgrade
from store.timeframes import Timeframe
from tests.engine.pair_data import Clock
from tests.engine.uploads.conftest import NOW_MS
from tests.faults.cluster_servers import cluster_servers

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


def ticks_csv(rows: int = 4_000, *, ids: bool = True) -> bytes:
    rng = np.random.default_rng(8)
    times = START_S * 1000 + 30_000 + np.cumsum(rng.integers(0, 4_000, rows))
    prices = np.round(100 * np.exp(np.cumsum(rng.normal(0, 1e-4, rows))), 2)
    sizes = rng.integers(1, 5_000, rows) / 1_000
    sides = np.where(rng.random(rows) < 0.5, "buy", "sell")
    lines = ["ts,price,size,side" + ",trade_id" * ids]
    table = zip(times.tolist(), prices.tolist(), sizes.tolist(), sides.tolist(), strict=True)
    lines += [f"{t},{p},{s},{side}" + f",{n + 77}" * ids for n, (t, p, s, side) in enumerate(table)]
    return "\n".join(lines).encode()


def table(raw: bytes) -> list[list[float]]:
    return [[float(cell) for cell in line.split(",")] for line in raw.decode().splitlines()[1:]]


def shown(reader: Reader, name: str, timeframe: Timeframe) -> list[list[float]]:
    bars = reader.kept_bars(name, timeframe, limit=100_000)
    return [[float(bar["open_time_s"]), *(float(bar[column]) for column in OHLC)] for bar in bars]


def reader_of(client: Redis, database: Database) -> Reader:
    return Reader(client, tuple, database=database, now_s=Clock())


def contents(client: Redis) -> dict[bytes, list[bytes]]:
    """What the streams hold, whatever the ids of their entries."""
    streams = [key for key in client.scan_iter(match="sb:{*") if client.type(key) == b"stream"]
    return {key: [fields[keys.FIELD] for _, fields in client.xrange(key)] for key in streams}


@pytest.mark.parametrize("timeframe", [Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1])
def test_bars_are_those_of_the_file_to_the_last_digit(
    client: Redis, database: Database, uploads: Uploads, timeframe: Timeframe
) -> None:
    raw = ohlc_csv(400, timeframe.ms // 1000)
    upload = uploads.accept(preview("ab.csv", raw), "ab")
    assert (upload.instrument, upload.timeframe, upload.rows) == ("upload:AB", timeframe, 400)
    reader = reader_of(client, database)
    assert shown(reader, "upload:AB", timeframe) == table(raw)
    streamed = reader.bars("upload:AB", timeframe, limit=1_000)
    assert [list(bar) for bar in streamed[list(OHLC)].tolist()] == [row[1:] for row in table(raw)]
    assert set(streamed["trades"].tolist()) == {1}


def test_more_minutes_than_a_stream_keeps_are_in_sql(client: Redis, database: Database, uploads: Uploads) -> None:
    raw = ohlc_csv(12_000, 60)
    uploads.accept(preview("ab.csv", raw), "AB")
    assert client.xlen(keys.bars("upload:AB", Timeframe.M1)) == 10_080
    assert shown(reader_of(client, database), "upload:AB", Timeframe.M1) == table(raw)


@pytest.mark.parametrize(("period_s", "finest"), [(1, "1s"), (5, "1m"), (30, "1m"), (120, "1h"), (1_800, "1h")])
def test_bars_of_other_lengths_add_up_to_those_of_the_board(
    client: Redis, database: Database, uploads: Uploads, period_s: int, finest: str
) -> None:
    """Against pandas' resample. Whole hours, so that no bar is cut."""
    raw = ohlc_csv(6 * 3_600 // period_s, period_s)
    upload = uploads.accept(preview("ab.csv", raw), "AB")
    frame = pd.read_csv(io.BytesIO(raw))
    frame.index = pd.to_datetime(frame["timestamp"], unit="s")
    reader = reader_of(client, database)
    coarse = [timeframe for timeframe in Timeframe if timeframe.ms >= Timeframe(finest).ms]
    assert upload.timeframe == finest
    for timeframe in coarse:
        how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
        oracle = frame.resample(f"{timeframe.ms // 1000}s").agg(how)
        found = np.array(shown(reader, "upload:AB", timeframe))
        assert (found[:, 0] == oracle.index.as_unit("s").asi8).all()
        assert (found[:, 1:5] == oracle[list(OHLC[:4])].to_numpy()).all()
        np.testing.assert_allclose(found[:, 5], oracle["volume"], rtol=1e-12)


def test_finer_bars_than_the_file_has_are_refused_in_words(client: Redis, database: Database, uploads: Uploads) -> None:
    for name, seed in (("AB", 1), ("CD", 2)):
        uploads.accept(preview("x.csv", ohlc_csv(400, 900, seed=seed)), name)
    reader = reader_of(client, database)
    words = "the finest bars of upload:AB are of 15m: use 15m or 1h"
    calls = (
        lambda: reader.bars("upload:AB", Timeframe.S1),
        lambda: reader.kept_bars("upload:AB", Timeframe.M1),
        lambda: reader.snapshot(PairParameters("upload:AB", "upload:CD", timeframe=Timeframe.M5)),
        lambda: reader.market(MarketParameters("upload:AB", Timeframe.M1)),
        lambda: reader.moved(PairParameters("upload:AB", "upload:CD", timeframe=Timeframe.M15)),
    )
    for call in calls[:-1]:
        with pytest.raises(ParameterError, match=words):
            call()
    assert calls[-1]()
    hours = reader.snapshot(PairParameters("upload:AB", "upload:CD", timeframe=Timeframe.H1, window=20, z_window=10))
    assert len(hours.rows) > 60


def test_a_pair_of_uploads_is_a_pair_like_any(client: Redis, database: Database, uploads: Uploads) -> None:
    """Its last hedge ratio against statsmodels, on the closes of the two files."""
    files = {name: ohlc_csv(500, 300, seed=seed) for name, seed in (("AB", 1), ("CD", 2))}
    for name, raw in files.items():
        uploads.accept(preview("x.csv", raw), name)
    p = PairParameters("upload:AB", "upload:CD", timeframe=Timeframe.M5, window=60, z_window=30)
    snapshot = reader_of(client, database).snapshot(p)
    y, x = (np.log([row[4] for row in table(raw)]) for raw in files.values())
    fit = sm.OLS(y[-60:], sm.add_constant(x[-60:])).fit()
    last = snapshot.rows[-1]
    assert last["beta"] == pytest.approx(fit.params[1], rel=1e-9)
    assert last["spread"] == pytest.approx(fit.resid[-1], abs=1e-12)
    assert (last["y"], last["x"]) == (table(files["AB"])[-1][4], table(files["CD"])[-1][4])
    assert snapshot.as_of_ms == (START_S + 500 * 300) * 1000
    market = reader_of(client, database).market(MarketParameters("upload:AB", Timeframe.M5))
    assert market.rows["close"].tolist() == [row[4] for row in table(files["AB"])]


def test_ticks_make_seconds_and_minutes(client: Redis, database: Database, uploads: Uploads) -> None:
    """Against pandas' resample; a bar without a trade repeats the close before it."""
    raw = ticks_csv()
    upload = uploads.accept(preview("ab.csv", raw), "AB")
    assert (upload.kind, upload.timeframe, upload.report.statistics.absent) == ("ticks", Timeframe.S1, 0)
    frame = pd.read_csv(io.BytesIO(raw))
    frame.index = pd.to_datetime(frame["ts"], unit="ms")
    frame["bought"] = np.where(frame["side"] == "buy", frame["size"], 0.0)
    reader = reader_of(client, database)
    for timeframe in (Timeframe.S1, Timeframe.M1):
        rule = f"{timeframe.ms // 1000}s"
        prices = frame["price"].resample(rule).ohlc()
        quiet = prices["close"].isna()
        closes = prices["close"].ffill()
        bars = reader.kept_bars("upload:AB", timeframe, limit=100_000)
        assert (bars["open_time_s"] == prices.index.as_unit("s").asi8).all()
        for name in OHLC[:4]:
            assert (bars[name] == prices[name].fillna(closes).to_numpy()).all()
        assert (bars["trades"] == frame["price"].resample(rule).count().to_numpy()).all()
        np.testing.assert_allclose(bars["volume"], frame["size"].resample(rule).sum(), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(bars["buy_volume"], frame["bought"].resample(rule).sum(), rtol=1e-6, atol=1e-9)
        assert quiet.any() == (timeframe is Timeframe.S1)
        assert (bars["missing"] == 0).all()
    first, last = frame["ts"].iloc[0], frame["ts"].iloc[-1]
    ticks = read_recent_ticks(client, "upload:AB", start_ms=first, end_ms=last + 1)
    assert ticks["price"].tolist() == frame["price"].tolist()


def test_holes_in_a_file_of_ticks_are_gaps(client: Redis, database: Database, uploads: Uploads) -> None:
    """A pause of two hours has no bars; absent ids count in the bar of the trade after them."""
    lines = [f"{START_S + second},10,1,{second + 1}" for second in range(0, 300)]
    del lines[100:130]
    lines += [f"{START_S + 7_800 + second},11,1,{301 + second}" for second in range(0, 60)]
    uploads.accept(preview("ab.csv", ("ts,price,size,id\n" + "\n".join(lines)).encode()), "AB")
    bars = reader_of(client, database).kept_bars("upload:AB", Timeframe.M1, limit=1_000)
    assert ((bars["open_time_s"].astype(np.int64) - START_S) // 60).tolist() == [0, 1, 2, 3, 4, 130]
    assert bars["missing"].tolist() == [0, 0, 30, 0, 0, 0]
    assert bars["trades"].tolist() == [60, 40, 50, 60, 60, 60]
    views = {view.id: view for view in reader_of(client, database).instruments()}
    assert views["upload:AB"].completeness == pytest.approx(330 / 360)
    (gap,) = reader_of(client, database).gaps("upload:AB")
    assert (gap.first, gap.last, gap.missing, gap.state) == (101, 130, 30, "lost")
    assert (gap.after_ms, gap.before_ms) == ((START_S + 99) * 1000, (START_S + 130) * 1000)


def test_the_completeness_of_an_upload_is_that_of_all_of_it(
    client: Redis, database: Database, uploads: Uploads
) -> None:
    """What is absent lies three hours before its end, which the newest minutes do not show."""
    there = [n for n in range(4 * 3_600) if not 1_000 <= n < 1_600]
    for name, ids in (("WITH", True), ("NONE", False)):
        lines = [f"{START_S + n},10,1" + f",{n + 1}" * ids for n in there]
        uploads.accept(preview("ab.csv", ("ts,price,size" + ",id" * ids + "\n" + "\n".join(lines)).encode()), name)
    uploads.accept(preview("ab.csv", ohlc_csv(300, 60)), "BARS")
    expected = {"upload:WITH": len(there) / (4 * 3_600), "upload:NONE": None, "upload:BARS": None}
    assert {view.id: view.completeness for view in reader_of(client, database).instruments()} == expected
    client.flushall()
    assert uploads.restore() == 3
    assert {view.id: view.completeness for view in reader_of(client, database).instruments()} == expected


def test_bars_without_a_number_of_trades_say_one_and_that_it_is_no_count(
    client: Redis, database: Database, uploads: Uploads
) -> None:
    """The third repeats the close before it and has no volume: nothing was traded in it."""
    rows = [(10, 5), (11, 4), (11, 0), (11, 3)]
    lines = [f"{START_S + 60 * n},{p},{p},{p},{p},{v}" for n, (p, v) in enumerate(rows)]
    brought = preview("ab.csv", ("time,open,high,low,close,volume\n" + "\n".join(lines)).encode())
    assert "no number of trades: it is 1 in every bar in which something was traded, not a count" in brought.notes
    uploads.accept(brought, "AB")
    assert reader_of(client, database).kept_bars("upload:AB", Timeframe.M1)["trades"].tolist() == [1, 1, 0, 1]
    lines = [f"{line},{n}" for n, line in enumerate(lines)]
    counted = preview("ab.csv", ("time,open,high,low,close,volume,trades\n" + "\n".join(lines)).encode())
    assert not any("number of trades" in note for note in counted.notes)


def test_the_catalogue_and_the_register_say_what_there_is(client: Redis, uploads: Uploads) -> None:
    rows = ohlc_csv(50, 60).decode().splitlines()
    rows[5] = rows[5].rpartition(",")[0] + ",?"
    found = preview("ab cd.csv", "\n".join(rows).encode())
    upload = uploads.accept(found, "cd")
    (listed,) = uploads.all()
    assert listed == upload
    assert (listed.uploaded_ms, listed.file_name, listed.sha256) == (NOW_MS, "ab cd.csv", found.sha256)
    assert listed.report.problems == found.problems
    assert listed.report.statistics == found.statistics
    info = parse_info(client.hget(keys.INSTRUMENTS, "upload:CD"))
    assert (info.id, info.base, info.finest, info.tick_size) == ("upload:CD", "CD", "1m", found.series[0].tick_size)


def test_names_are_checked_and_taken_once(uploads: Uploads) -> None:
    found = preview("ab.csv", ohlc_csv(20, 60))
    for name in ("", "A" * 65, "A|B", "A*", "{A}", "A\nB", "=A", "-A", "A:B:C"):
        with pytest.raises(UploadRefused, match="no name"):
            uploads.accept(found, name)
    assert uploads.accept(found, "Größe").symbol == "GRÖSSE"
    with pytest.raises(UploadRefused, match="already"):
        uploads.accept(found, "GRÖSSE")
    local = preview("ab.csv", b"time,close\n2024-01-01 00:00,1\n2024-01-01 00:01,1\n")
    with pytest.raises(UploadRefused, match="no zone"):
        uploads.accept(local, "LOCAL")
    assert [upload.symbol for upload in uploads.all()] == ["GRÖSSE"]


def test_of_many_who_bring_the_same_name_one_gets_it(redis_url: str, database: Database) -> None:
    found = preview("ab.csv", ohlc_csv(200, 60))

    def bring(_: int) -> str:
        client = connect_reader(redis_url)
        try:
            return Uploads(client, database).accept(found, "AB").symbol
        except UploadRefused as error:
            return error.reason
        finally:
            client.close()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(bring, range(8)))
    assert said.count("AB") == 1
    assert sum("already" in words for words in said) == 7


def test_a_file_of_several_symbols_is_several_instruments_or_none(client: Redis, uploads: Uploads) -> None:
    lines = [f'{{"symbol":"{s}","ts":{START_S + n},"price":{n + 1},"size":1}}' for n in range(50) for s in ("A", "B")]
    found = preview("x.ndjson", "\n".join(lines).encode())
    assert uploads.accept(found, "b").symbol == "B"
    with pytest.raises(UploadRefused, match="there is an upload B already"):
        uploads.accept_all(found)
    assert [upload.symbol for upload in uploads.all()] == ["B"]
    with pytest.raises(UploadRefused, match="no symbol 'C': it has A, B"):
        uploads.accept(found, "C")
    uploads.delete("B")
    assert [upload.symbol for upload in uploads.accept_all(found)] == ["A", "B"]
    assert set(client.hkeys(keys.INSTRUMENTS)) == {b"upload:A", b"upload:B"}


def test_what_is_deleted_leaves_nothing_behind(client: Redis, database: Database, uploads: Uploads) -> None:
    uploads.accept(preview("ab.csv", ticks_csv()), "AB-C")
    uploads.accept(preview("ab.csv", ohlc_csv(300, 60)), "AB")
    uploads.accept(preview("ab.csv", ohlc_csv(300, 60, seed=6)), "CD")
    reader = reader_of(client, database)
    p = PairParameters("upload:AB", "upload:CD", window=30, z_window=20)
    assert len(reader.snapshot(p).rows)
    other = contents(client)
    uploads.delete("AB")
    with pytest.raises(UnknownInstrument):
        reader.snapshot(p)
    for call in (lambda: reader.kept_bars("upload:AB", Timeframe.M1), lambda: uploads.delete("AB")):
        with pytest.raises((UnknownInstrument, NotFound)):
            call()
    assert not [key for key in client.scan_iter() if b"upload:AB}" in key or b"upload:AB|" in key]
    with database.read() as connection:
        assert connection.execute(text("SELECT DISTINCT instrument FROM minutes ORDER BY 1")).scalars().all() == [
            "upload:AB-C",
            "upload:CD",
        ]
    assert contents(client) == {
        key: entries for key, entries in other.items() if b"upload:AB}" not in key and b"|" not in key
    }


def test_another_file_under_the_name_of_a_deleted_one_is_shown_at_once(
    client: Redis, database: Database, uploads: Uploads
) -> None:
    """A reader that holds the old one, and the rows shared of it, must show nothing of that."""
    for name, seed in (("AB", 1), ("CD", 2)):
        uploads.accept(preview("x.csv", ohlc_csv(300, 60, seed=seed)), name)
    p = PairParameters("upload:AB", "upload:CD", window=30, z_window=20)
    reader = reader_of(client, database)
    reader.snapshot(p)
    uploads.delete("AB")
    uploads.accept(preview("x.csv", ohlc_csv(300, 60, seed=9)), "AB")
    again, fresh = reader.snapshot(p), reader_of(client, database).snapshot(p)
    assert again.rows.tobytes() == fresh.rows.tobytes()
    assert again.rows["y"].tolist()[-1] == table(ohlc_csv(300, 60, seed=9))[-1][4]


def test_an_emptied_store_gets_the_same_bytes_again(client: Redis, uploads: Uploads) -> None:
    uploads.accept(preview("ab.csv", ticks_csv()), "T")
    uploads.accept(preview("ab.csv", ticks_csv(500, ids=False)), "U")
    for number, period_s in enumerate((1, 5, 60, 300, 3_600)):
        uploads.accept(preview("ab.csv", ohlc_csv(300, period_s)), f"B{number}")
    before, infos = contents(client), client.hgetall(keys.INSTRUMENTS)
    assert len(before) == 12
    assert uploads.restore() == 0
    client.flushall()
    assert uploads.restore() == 7
    assert contents(client) == before
    assert client.hgetall(keys.INSTRUMENTS) == infos
    assert all(client.ttl(key) == -1 for key in client.scan_iter())


def test_a_store_that_is_away_gets_uploads_and_deletions_later(
    client: Redis, database: Database, tmp_path: Path, uploads: Uploads
) -> None:
    uploads.accept(preview("ab.csv", ohlc_csv(50, 60)), "OLD")
    dead = Uploads(connect_reader(f"unix://{tmp_path}/nobody"), database)
    with pytest.raises(Exception, match="does not answer"):
        dead.accept(preview("ab.csv", ohlc_csv(50, 60)), "NEW")
    assert [upload.symbol for upload in uploads.all()] == ["OLD"]
    dead.delete("OLD")
    assert client.hkeys(keys.INSTRUMENTS) == [b"upload:OLD"]
    assert uploads.restore() == 1
    assert client.hkeys(keys.INSTRUMENTS) == []


def test_nothing_is_half_stored_where_the_database_fails(client: Redis, database: Database, uploads: Uploads) -> None:
    with database.write() as connection:
        connection.execute(text("ALTER TABLE minutes RENAME TO elsewhere"))
    with pytest.raises(SchemaOutdated):
        uploads.accept(preview("ab.csv", ohlc_csv(50, 60)), "AB")
    assert uploads.all() == ()
    assert list(client.scan_iter()) == []


def test_content_that_cannot_be_read_keeps_no_other_waiting(
    client: Redis, database: Database, uploads: Uploads, caplog: pytest.LogCaptureFixture
) -> None:
    uploads.accept(preview("ab.csv", ohlc_csv(50, 60)), "AB")
    uploads.accept(preview("ab.csv", ohlc_csv(50, 60)), "CD")
    with database.write() as connection:
        connection.execute(text("UPDATE uploads SET content = x'00' WHERE symbol = 'AB'"))
    client.flushall()
    assert uploads.restore() == 1
    assert "upload AB cannot be read" in caplog.text
    assert client.hkeys(keys.INSTRUMENTS) == [b"upload:CD"]


def test_uploads_work_on_postgresql(postgresql_url: str, client: Redis) -> None:
    database = open_database(postgresql_url)
    upgrade(database)
    uploads = Uploads(client, database)
    raw = ohlc_csv(3_000, 60)
    uploads.accept(preview("ab.csv", raw), "AB")
    before = contents(client)
    client.flushall()
    assert uploads.restore() == 1
    assert contents(client) == before
    assert shown(reader_of(client, database), "upload:AB", Timeframe.M1) == table(raw)
    with pytest.raises(UploadRefused, match="already"):
        uploads.accept(preview("ab.csv", raw), "AB")
    uploads.delete("AB")
    assert uploads.all() == ()
    assert not client.exists(keys.UPLOADS)
    database.close()


def test_uploads_work_on_a_cluster(database: Database) -> None:
    """Three real nodes: what belongs to an instrument lies on one of them, the register elsewhere."""
    with cluster_servers() as cluster:
        client = connect_reader(cluster.url)
        uploads = Uploads(client, database)
        for name, seed in (("AB", 1), ("CD", 2), ("EF", 3)):
            uploads.accept(preview("x.csv", ohlc_csv(300, 60, seed=seed)), name)
        reader = reader_of(client, database)
        assert len(reader.snapshot(PairParameters("upload:AB", "upload:CD", window=30, z_window=20)).rows) > 200
        before = contents(client)
        client.flushall()
        assert uploads.restore() == 3
        assert contents(client) == {key: before[key] for key in before if b"|" not in key}
        uploads.delete("AB")
        assert sorted(client.hkeys(keys.INSTRUMENTS)) == [b"upload:CD", b"upload:EF"]
        assert not [key for key in client.scan_iter() if b"upload:AB}" in key or b"upload:AB|" in key]
        client.close()
