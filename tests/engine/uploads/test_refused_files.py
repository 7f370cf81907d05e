"""What is no table of prices is refused, with the line and the reason; nothing is guessed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import zipfile

import numpy as np
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.uploads import Preview, UploadRefused, preview

HEADER = b"timestamp,open,high,low,close,volume\n"
GOOD = HEADER + b"".join(b"%d,1,2,0.5,1.5,3\n" % (1_704_067_200 + 60 * row) for row in range(20))


def refused(raw: bytes, *, zone: str | None = None, name: str = "ab.csv") -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        preview(name, raw, zone)
    return caught.value


def unnamed(value: object) -> str | None:
    """A packed file tells when it was packed: no name for a test."""
    return "file" if isinstance(value, bytes) else None


def workbook() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write_row(0, 0, ["timestamp", "close"])
    return target.getvalue()


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("ab.csv", GOOD)
    return target.getvalue()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        (b"\xef\xbb\xbf", "no header"),
        (gzip.compress(b""), "empty"),
        (workbook(), "Excel workbook"),
        (zipped(), "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "Excel workbook"),
        *((pickle.dumps({"close": [1.0]}, protocol), "pickle") for protocol in (2, 3, 4, 5)),
        (pickle.dumps({"close": [1.0]}, 0), "no header"),
        (bz2.compress(GOOD), "bzip2"),
        (lzma.compress(GOOD), "xz"),
        (b"PAR1" + GOOD, "Parquet"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "picture"),
        (b"<!DOCTYPE html><html><title>Sign in</title></html>", "web page"),
        (GOOD.decode().encode("utf-16"), "UTF-16"),
        (gzip.compress(zipped()), "zip archive"),
        (gzip.compress(gzip.compress(GOOD)), "control character"),
        (gzip.compress(GOOD)[:-9], "cut"),
        (gzip.compress(GOOD)[:20] + b"\xff\xff\xff" + gzip.compress(GOOD)[23:], "damaged"),
        (gzip.compress(GOOD) + b"more", "more behind"),
        (b"a,b,c\n1,2,3\n", "name the columns"),
        (b"1704067200,1.5\n1704067260,1.6\n", "name the columns"),
        (HEADER, "no line of data"),
        (b"[1, 2, 3]\n", "no header"),
        (b'{"a": 1}\n', "lack names"),
        (b'{"symbol": "BTC", "price": 1, "size": 1}\n', "lack names"),
    ],
    ids=unnamed,
)
def test_what_is_no_table_is_refused_and_named(raw: bytes, words: str) -> None:
    error = refused(raw)
    assert words in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (GOOD[:80] + b"\0" + GOOD[80:], 3, "control character (0x00)"),
        (GOOD.replace(b"1.5", b"1.\xe9", 1), 2, "not UTF-8"),
        (b"\r\n".join([*GOOD.splitlines(), b"\xff"]), 22, "not UTF-8"),
        (b"\r".join([*GOOD.splitlines(), b"\xff"]), 22, "not UTF-8"),
        (GOOD + b"9" * 5_000 + b"\n", 22, "has 5,000 bytes"),
        (b'{"ts":' + b"[" * 5_000, 1, "bytes"),
        (HEADER + b"1704067200,nan,nan,nan,nan,1\n1704067260,nan,nan,nan,nan,1\n", 2, "not a number above 0 'nan'"),
        (HEADER + b"1704067200,1,1,1,1e400,1\n1704067260,1,1,1,-inf,1\n", 2, "close is not a number above 0 '1e400'"),
        (HEADER + b"1704067200;1;1\n", 2, "has not 6 values"),
        (b"time;close\n2024-01-01 00:00;1,5\n2024-01-01 00:01;1,6\n", 2, "close is not a number above 0 '1,5'"),
        (b"time,close\n18/07/2024 09:30,1\n18/07/2024 09:31,1\n", 2, "time is none that is known"),
        (b"time,close\n2024-01-01T00:00:00,1\n2024-01-01T00:01:00Z,1\n2024-01-01T00:02:00Z,1\n", 2, "has no zone"),
        (b"time,close\n2024-01-01T00:00:00,1\n2024-01-01T00:01:00,1\n2024-01-01T00:02:00Z,1\n", 4, "has a zone"),
        (b"time,close\n1704067200,1\n", 2, "single bar"),
    ],
    ids=unnamed,
)
def test_the_line_is_told(raw: bytes, line: int, words: str) -> None:
    error = refused(raw)
    assert error.line == line
    assert words in str(error)
    assert str(error).startswith(f"line {line}: ")


def bars_at(*times: int) -> bytes:
    return b"time,close\n" + b"".join(b"%d,1.5\n" % time_s for time_s in times)


@pytest.mark.parametrize(
    ("step", "begin", "words"),
    [
        (86_400, 0, "1 day long, and the board's longest are of 1 hour"),
        (14_400, 0, "4 h long"),
        (420, 0, "7 min apart, which does not divide an hour"),
        (90, 0, "90 s apart"),
        (3_600, 900, "bars of 1 h begin 15 min past the full one in UTC"),
        (60, 59, "begin 59 s past"),
    ],
)
def test_bars_of_no_timeframe_are_refused_in_words(step: int, begin: int, words: str) -> None:
    first = 1_704_067_200 // 86_400 * 86_400
    assert words in str(refused(bars_at(*(first + begin + step * row for row in range(30)))))


def test_ten_megabytes_are_the_most() -> None:
    assert "cut it into parts" in str(refused(GOOD + b"\n" * (10 << 20)))
    assert "lines" in str(refused(bars_at(*range(1_704_067_200, 1_704_067_200 + 501_000))))


def test_bombs_are_not_unpacked() -> None:
    """Fifty megabytes in one line pack to fifty kilobytes, a table of zeros to a thousandth."""
    one_line = gzip.compress(b"9" * 50_000_000)
    assert "unpacks to more than 1,048,576 bytes" in str(refused(one_line))
    assert "unpacks" in str(refused(gzip.compress(HEADER + b"1704067200,1,1,1,1,1\n" * 2_000_000)))
    noise = np.random.default_rng(3).integers(48, 58, 11_000_000, dtype=np.uint8).tobytes()
    assert "has 11,000,000 bytes" in str(refused(gzip.compress(noise)))


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_taken_or_refused(raw: bytes) -> None:
    taken_or_refused(raw)
    taken_or_refused(b"timestamp,close\n" + raw)


_CELLS = st.one_of(
    st.sampled_from(
        ["", "nan", "inf", "-1", "0", "1e400", "1_0", "١", "=1+1", "1704067200", "1704067260000", '"', '"a"']
    ),
    st.sampled_from(["2024-01-01", "2024-02-30T00:00:00Z", "2024-01-01 00:00", "9999-12-31T23:59:59Z", "0001-01-01"]),
    st.text(max_size=6),
    st.floats().map(str),
    st.integers().map(str),
)


@settings(max_examples=150)
@given(st.lists(st.lists(_CELLS, min_size=1, max_size=5), max_size=8), st.sampled_from(["bars", "ticks", "ndjson"]))
def test_any_cells_are_taken_or_refused(rows: list[list[str]], kind: str) -> None:
    if kind == "ndjson":
        names = ("ts", "price", "size", "symbol", "id")
        lines = ["{" + ",".join(f'"{n}":"{c}"' for n, c in zip(names, row, strict=False)) + "}" for row in rows]
        taken_or_refused("\n".join(lines).encode("utf-8", "replace"))
        return
    header = "timestamp,close,volume" if kind == "bars" else "timestamp,price,size,trade_id,symbol"
    taken_or_refused("\n".join([header, *map(",".join, rows)]).encode("utf-8", "replace"))


def taken_or_refused(raw: bytes) -> None:
    for zone in (None, "Europe/Berlin"):
        try:
            found = preview("any.csv", raw, zone)
        except UploadRefused:
            continue
        assert isinstance(found, Preview)
        for series in found.series:
            price = series.rows["price" if found.kind == "ticks" else "close"]
            assert len(series.rows) > 0
            assert (np.isfinite(price) & (price > 0)).all()
            assert series.statistics.first_ms <= series.statistics.last_ms
