"""Exports: the same rows in every form, provenance that one can check, nothing that a spreadsheet would run."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
import openpyxl
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from redis import Redis

from engine.board import Board
from engine.uploads import preview
from store import keys
from store.bars import encode_bar, parse_bar
from store.gap_ledger import GapRecord, gap_fields
from store.ticks import Side, Tick, encode_ticks
from store.timeframes import Timeframe
from tests.api.legs import BARS, FIRST_MS

PREFIX = "/api/v1"
EXPORTS = f"{PREFIX}/exports"
TABLES = (
    "bars/sim:YUSDT{}?timeframe=1m",
    "bars/sim:YUSDT{}?timeframe=5m",
    "spread/sim:YUSDT/sim:XUSDT{}?window=60&z_window=30",
    "features/sim:YUSDT/sim:XUSDT{}?window=60&z_window=30&method=kalman",
    "ticks/sim:YUSDT{}?start=0",
)
TICKS = [Tick(n, 100 + n / 7, 0.1 * (n + 1), FIRST_MS + 250 * n, 0, n % 3) for n in range(500)]


@pytest.fixture(autouse=True)
def _trades(board: Board, client: Redis) -> None:
    for first in range(0, len(TICKS), 50):
        client.xadd(keys.ticks("sim:YUSDT"), {keys.FIELD: encode_ticks(TICKS[first : first + 50])})


def told(api: FlaskClient, table: str) -> dict[str, Any]:
    answer = api.get(f"{EXPORTS}/{table.format('.provenance.json')}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


@pytest.mark.parametrize("table", TABLES)
def test_every_form_has_the_rows_that_its_provenance_speaks_of(api: FlaskClient, table: str) -> None:
    """CSV read by pandas as it is, the others by openpyxl and pyarrow; the SHA-256 is that of the CSV file itself."""
    text = api.get(f"{EXPORTS}/{table.format('.csv')}")
    about = told(api, table)
    assert hashlib.sha256(text.data).hexdigest() == about["sha256"]
    frame = pd.read_csv(io.BytesIO(text.data))
    assert list(frame.columns) == about["columns"]
    assert len(frame) == about["rows"] > 0
    parquet = pq.read_table(io.BytesIO(api.get(f"{EXPORTS}/{table.format('.parquet')}").data))
    kept = orjson.loads(parquet.schema.metadata[b"spreadboard.provenance"])
    assert {**kept, "made": ""} == {**about, "made": ""}
    book = openpyxl.load_workbook(io.BytesIO(api.get(f"{EXPORTS}/{table.format('.xlsx')}").data))
    sheet, second = book.worksheets
    assert second.title == "provenance"
    rows = dict(second.iter_rows(values_only=True))
    assert (rows["sha256"], rows["rows"]) == (about["sha256"], about["rows"])
    cells = pd.DataFrame(sheet.iter_rows(min_row=2, values_only=True), columns=about["columns"])
    of_parquet = parquet.to_pandas()
    for name in about["columns"]:
        if frame[name].dtype.kind in "fi":
            expected = frame[name].to_numpy(np.float64)
            np.testing.assert_array_equal(of_parquet[name].to_numpy(np.float64), expected)
            np.testing.assert_allclose(cells[name].to_numpy(np.float64), expected, rtol=1e-15)
        elif name in ("time", "open_time"):
            assert (of_parquet[name] == pd.to_datetime(frame[name], format="ISO8601")).all()
        else:
            assert of_parquet[name].astype(str).str.lower().tolist() == frame[name].astype(
                str
            ).str.lower().tolist() or (frame[name].isna().all())


def test_bars_are_those_of_the_other_calls(api: FlaskClient) -> None:
    mine = api.get(f"{EXPORTS}/bars/sim:YUSDT.csv?timeframe=1m").data
    assert mine == api.get(f"{PREFIX}/bars/sim:YUSDT.csv?timeframe=1m").data
    spread = api.get(f"{EXPORTS}/spread/sim:YUSDT/sim:XUSDT.csv?window=60").data
    assert spread == api.get(f"{PREFIX}/pairs/sim:YUSDT/sim:XUSDT/series.csv?window=60").data


def test_the_link_tells_of_the_same_rows_though_bars_came_meanwhile(api: FlaskClient, client: Redis) -> None:
    answer = api.get(f"{EXPORTS}/bars/sim:YUSDT.csv?timeframe=1m")
    address = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert 'rel="describedby"' in answer.headers["Link"]
    ((_, fields),) = client.xrevrange(keys.bars("sim:YUSDT", Timeframe.M1), count=1)
    last = parse_bar(fields[keys.FIELD])
    later = encode_bar(last._replace(open_time_ms=last.open_time_ms + 60_000))
    client.xadd(keys.bars("sim:YUSDT", Timeframe.M1), {keys.FIELD: later})
    about = api.get(address).get_json()
    assert about["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert told(api, "bars/sim:YUSDT{}?timeframe=1m")["rows"] == about["rows"] + 1 == BARS + 1


def test_a_span_is_kept_to_and_its_gaps_are_told(api: FlaskClient, client: Redis) -> None:
    start, end = FIRST_MS + 60 * 60_000, FIRST_MS + 120 * 60_000
    inside = GapRecord(500, 504, 3, start + 5_000, start + 9_000, start, start, "lost")
    outside = GapRecord(900, 901, 2, end + 300_000, end + 360_000, end, end, "open")
    client.hset(keys.gaps("sim:YUSDT"), items=gap_fields([inside, outside]))
    ids = [entry for entry, _ in client.xrange(keys.bars("sim:YUSDT", Timeframe.M1))]
    client.xdel(keys.bars("sim:YUSDT", Timeframe.M1), *ids[70:73])
    about = told(api, f"bars/sim:YUSDT{{}}?timeframe=1m&start={start}&end={end}")
    assert (about["first"], about["last"]) == ("2026-01-01T01:00:00Z", "2026-01-01T01:59:00Z")
    assert (about["rows"], about["absent_bars"]) == (57, 3)
    assert about["gaps"] == [{"instrument": "sim:YUSDT", "missing_trades": 3, "open": 0, "lost": 1, "filled": 0}]
    assert about["versions"]["spreadboard"]
    ticks = told(api, f"ticks/sim:YUSDT{{}}?start={FIRST_MS + 1_000}&end={FIRST_MS + 2_000}")
    assert (ticks["rows"], ticks["first"], ticks["absent_bars"]) == (4, "2026-01-01T00:00:01Z", None)
    empty = told(api, "bars/sim:YUSDT{}?timeframe=1m&start=1&end=2")
    assert (empty["rows"], empty["first"], empty["absent_bars"]) == (0, None, 0)


def test_trades_are_each_as_it_came(api: FlaskClient) -> None:
    frame = pd.read_csv(io.BytesIO(api.get(f"{EXPORTS}/ticks/sim:YUSDT.csv").data))
    assert frame["price"].tolist() == [tick.price for tick in TICKS]
    assert frame["size"].tolist() == [tick.quantity for tick in TICKS]
    assert frame["trade_id"].tolist() == [tick.trade_id for tick in TICKS]
    words = {Side.UNKNOWN: "", Side.BUY: "buy", Side.SELL: "sell"}
    assert frame["side"].fillna("").tolist() == [words[Side(tick.side)] for tick in TICKS]
    times = pd.to_datetime(frame["time"], format="ISO8601").dt.as_unit("ms").astype("int64")
    assert times.tolist() == [tick.time_ms for tick in TICKS]


def test_what_was_exported_can_be_brought_back(api: FlaskClient, board: Board) -> None:
    """Bars and trades of a CSV export, uploaded again, are exported with the same prices, volumes and times."""
    for kind, query in (("bars", "?timeframe=5m"), ("ticks", "?start=0")):
        raw = api.get(f"{EXPORTS}/{kind}/sim:YUSDT.csv{query}").data
        found = preview(f"{kind}.csv", raw)
        assert found.kind == kind
        upload = board.uploads.accept(found, kind)
        assert upload.report.problems == ()
    again = pd.read_csv(io.BytesIO(api.get(f"{EXPORTS}/ticks/upload:TICKS.csv").data))
    first = pd.read_csv(io.BytesIO(api.get(f"{EXPORTS}/ticks/sim:YUSDT.csv").data))
    pd.testing.assert_frame_equal(again, first, check_exact=True)
    about = told(api, "bars/upload:BARS{}?timeframe=5m")
    assert about["uploads"][0]["file_name"] == "bars.csv"
    assert (
        about["uploads"][0]["sha256"]
        == hashlib.sha256(api.get(f"{EXPORTS}/bars/sim:YUSDT.csv?timeframe=5m").data).hexdigest()
    )
    columns = ["open_time", "open", "high", "low", "close", "volume"]
    of_upload = pd.read_csv(io.BytesIO(api.get(f"{EXPORTS}/bars/upload:BARS.csv?timeframe=5m").data))[columns]
    of_sim = pd.read_csv(io.BytesIO(api.get(f"{EXPORTS}/bars/sim:YUSDT.csv?timeframe=5m").data))[columns]
    pd.testing.assert_frame_equal(of_upload, of_sim, check_exact=True)


def test_rows_that_do_not_fit_a_sheet_are_refused_in_these_words(api: FlaskClient, client: Redis) -> None:
    stream = keys.ticks("sim:YUSDT")
    client.delete(stream)
    pipeline = client.pipeline(transaction=False)
    for first in range(0, 100_001, 5_000):
        ticks = [Tick(n, 100.0, 1.0, FIRST_MS + n, 0, 1) for n in range(first, min(first + 5_000, 100_001))]
        pipeline.xadd(stream, {keys.FIELD: encode_ticks(ticks)})
    pipeline.execute()
    answer = api.get(f"{EXPORTS}/ticks/sim:YUSDT.xlsx")
    assert answer.status_code == 400
    assert answer.get_json()["detail"] == (
        "The 100,001 rows do not fit a sheet, which holds 100,000: bring start and end nearer to each other, "
        "or take CSV or Parquet."
    )
    assert api.get(f"{EXPORTS}/ticks/sim:YUSDT.xlsx?start={FIRST_MS + 90_000}").status_code == 200


@pytest.mark.parametrize("name", ["=cmd|'/C calc'!A0", "@SUM(1)", "+1", "\t=1", "＝1+1"])
def test_no_cell_of_a_workbook_is_a_formula(api: FlaskClient, board: Board, name: str) -> None:
    raw = b"time,close\n" + b"".join(b"%d,1.5\n" % (1_704_067_200 + 60 * n) for n in range(9))
    board.uploads.accept(preview(name, raw), "AB")
    book = openpyxl.load_workbook(io.BytesIO(api.get(f"{EXPORTS}/bars/upload:AB.xlsx").data))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not str(cell.value or "").lstrip().startswith(("=", "+", "@", "＝")), cell.value


@pytest.mark.parametrize(
    ("call", "status", "words"),
    [
        ("bars/sim:NONE.csv", 404, "no instrument"),
        ("ticks/sim:NONE.parquet", 404, "no instrument"),
        ("spread/sim:NONE/sim:XUSDT.xlsx", 404, "no instrument"),
        ("bars/sim:YUSDT.csv?timeframe=2m", 400, "timeframe"),
        ("bars/sim:YUSDT.csv?start=yesterday", 400, "start"),
        ("ticks/sim:YUSDT.csv?start=2&end=1", 400, "end"),
        ("ticks/sim:YUSDT.csv?timeframe=1m", 400, "no such parameter"),
        ("features/sim:YUSDT/sim:XUSDT.csv?method=ols", 400, "method"),
        ("spread/sim:YUSDT/sim:XUSDT.csv?beta=1", 400, "beta"),
        ("bars/sim:YUSDT.pdf", 404, "no call"),
        ("ticks/upload:AB.csv", 400, "take its bars"),
        ("bars/upload:AB.parquet?timeframe=1s", 400, "the finest bars of upload:AB are of 1m"),
    ],
)
def test_what_cannot_be_exported_is_refused(api: FlaskClient, board: Board, call: str, status: int, words: str) -> None:
    raw = b"time,close\n" + b"".join(b"%d,1.5\n" % (1_704_067_200 + 60 * n) for n in range(9))
    board.uploads.accept(preview("ab.csv", raw), "AB")
    answer = api.get(f"{EXPORTS}/{call}")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert words in answer.get_json()["detail"]
