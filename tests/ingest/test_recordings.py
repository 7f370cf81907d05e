"""Recordings of all forms are read the same, plain or packed; what cannot be used is left out, counted and named."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest

from ingest.errors import BrokenRecording
from ingest.replay.disorder import Disorder
from ingest.replay.head import HEAD_LINES, check_head
from ingest.replay.recorded_frames import read_frames, survey_frames
from ingest.replay.recorded_ticks import read_ticks, survey_ticks
from ingest.replay.recordings import Form, detect_form
from store.bars import NO_TRADE_ID
from store.ticks import Side

TRADE = (
    b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1721347022708,"s":"BTCUSDT","a":%d,'
    b'"p":"63943.90","q":"0.5","f":1,"l":1,"T":1721347022707,"m":true}}'
)
NS = 1_721_347_021_080_832_061
NDJSON = b'{"symbol":"btcusdt","ts":"2024-07-18T23:57:02.707Z","price":63943.9,"size":0.5}'


def frame_lines(count: int) -> list[bytes]:
    return [b"%d %s" % (NS + number * 1_000_000, TRADE % number) for number in range(count)]


def written(path: Path, lines: list[bytes]) -> Path:
    body = b"\n".join(lines) + b"\n"
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    return path


@pytest.mark.parametrize("name", ["r.frames", "r.frames.gz", "misnamed.txt"])
def test_frames_are_read_plain_and_packed(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, frame_lines(3))
    assert detect_form(path) is Form.FRAMES
    frames = list(read_frames(path))
    assert [frame.received_ns - NS for frame in frames] == [0, 1_000_000, 2_000_000]
    assert frames[1].raw == TRADE % 1
    survey = survey_frames(path)
    assert [(found.symbol, found.trades, found.tick_size) for found in survey.symbols] == [("BTCUSDT", 3, 0.1)]


@pytest.mark.parametrize(
    "broken",
    [
        b"garbage",
        b'{"stream":"x"}',
        b"12 {}",
        b"1721347021080832061",
        b'1721347021080832061 {"stream":"btc',
        b"1721347021080832061 \xff\xfe",
        b"-1721347021080832061 {}",
    ],
)
def test_a_broken_line_of_frames_is_left_out_and_named(tmp_path: Path, broken: bytes) -> None:
    lines = frame_lines(5)
    lines[3] = broken
    path = written(tmp_path / "r.frames.gz", lines)
    survey = survey_frames(path)
    assert [(dirt.lines, dirt.first_line) for dirt in survey.dirt] == [(1, 4)]
    assert [frame.raw for frame in read_frames(path)] == [TRADE % number for number in (0, 1, 2, 4)]
    with pytest.raises(BrokenRecording, match=r"line 4.*\(3 of 5 lines cannot be used\)") as refusal:
        survey_frames(written(tmp_path / "mostly.frames", [*frame_lines(2), b" ", *[broken] * 3]))
    assert refusal.value.line == 4


def test_a_frame_whose_json_is_broken_is_the_venues_and_stays(tmp_path: Path) -> None:
    lines = [*frame_lines(2), b'%d {"e":"aggTrade",,}' % NS]
    assert len(list(read_frames(written(tmp_path / "r.frames", lines)))) == 3


def test_a_cut_gzip_file_ends_where_it_is_cut_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "r.frames.gz", frame_lines(2000))
    path.write_bytes(path.read_bytes()[:-200])
    survey = survey_frames(path)
    assert survey.cut is not None
    assert 0 < survey.cut.line == survey.symbols[0].trades < 2000
    assert "cut or damaged after line" in str(survey.cut)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    for name, body in (("empty", b""), ("binary", bytes(range(1, 256))), ("text", b"hello\nworld\n")):
        path = tmp_path / name
        path.write_bytes(body)
        with pytest.raises(BrokenRecording, match=name):
            detect_form(path)
    with pytest.raises(BrokenRecording, match="cannot be read"):
        detect_form(tmp_path / "absent")
    with pytest.raises(BrokenRecording, match="cannot be read"):
        detect_form(tmp_path)


def test_ndjson_trades_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "t.ndjson", [NDJSON, NDJSON.replace(b"707Z", b"800+00:00")])
    assert detect_form(path) is Form.NDJSON
    first, second = read_ticks(path)
    assert first.symbol == "BTCUSDT"
    assert first.tick == (NO_TRADE_ID, 63943.9, 0.5, 1_721_347_022_707, 1_721_347_022_707_000, Side.UNKNOWN)
    assert second.tick.time_ms == 1_721_347_022_800
    survey = survey_ticks(path)
    assert not survey.has_ids
    assert survey.symbols[0].tick_size == 0.1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","size":1}', "has no price"),
        (b'{"symbol":"BTCUSDT","ts":"yesterday","price":1,"size":1}', "ISO 8601"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":NaN,"size":1}', "is no JSON"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":-1,"size":1}', "above 0"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":true,"size":1}', "above 0"),
        (b'{"symbol":"A B","ts":"2024-07-18T23:57:02Z","price":1,"size":1}', "no symbol"),
        (b"[1, 2]", "object"),
        (b'{"symbol":"BTCUSDT"', "is no JSON"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":null,"size":1}', "has no price"),
        (b'{"symbol":"BTCUSDT","ts":"0001-01-01T00:00:00Z","price":1,"size":1}', "not within reach"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":1,"size":0}', "size '0' is not a number above 0"),
        (b"\xff\xfe{}", "UTF-8"),
    ],
)
def test_a_broken_trade_is_left_out_and_named(tmp_path: Path, broken: bytes, reason: str) -> None:
    survey = survey_ticks(written(tmp_path / "t.ndjson.gz", [NDJSON, NDJSON, broken, NDJSON]))
    (dirt,) = survey.dirt
    assert (survey.symbols[0].trades, dirt.lines, dirt.first_line) == (3, 1, 3)
    assert reason in dirt.words
    with pytest.raises(BrokenRecording, match=reason) as refusal:
        survey_ticks(written(tmp_path / "mostly.ndjson", [NDJSON, broken, broken]))
    assert refusal.value.line == 2


@pytest.mark.parametrize(
    "moment",
    ["2024-07-18T23:57:02.707Z", "2024-07-19 01:57:02.707+02:00", "1721347022707", "1721347022.707", "1721347022707123",
     "1721347022707123456"],
)  # fmt: skip
def test_csv_times_of_any_unit_mean_the_same(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"\ufeffTime,Symbol,Price,Size,Side\r\n{moment},ethusdt,3424.98,0.007,sell\r\n", encoding="utf-8")
    (only,) = read_ticks(path)
    assert only.symbol == "ETHUSDT"
    assert only.tick.time_ms == 1_721_347_022_707
    assert only.tick.side is Side.SELL


@pytest.mark.parametrize("moment", ["2024-07-18T23:57:02.707", "2024-07-18 23:57:02", "2024-07-18", "20240718T235702"])
def test_times_without_a_zone_are_refused_with_the_line_and_what_to_do(tmp_path: Path, moment: str) -> None:
    ndjson = written(tmp_path / "t.ndjson", [NDJSON.replace(b"2024-07-18T23:57:02.707Z", moment.encode())])
    csv = tmp_path / "BTCUSDT.csv"
    csv.write_text(f"ts,price,size\n{moment},1,1\n", encoding="utf-8")
    for path in (ndjson, csv):
        with pytest.raises(
            BrokenRecording, match=r"line \d: .*has no zone: write Z at its end if it is UTC"
        ) as refusal:
            survey_ticks(path)
        assert moment in refusal.value.reason
        assert "FILE_ZONE" in refusal.value.reason


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_trades_that_step_back_in_time_are_counted_from_the_first_line_on(tmp_path: Path, form: str) -> None:
    moments_ms = [1_721_347_022_000 + ms for ms in (0, 700, 400, 700, 900, 100, 2_000)]  # of two symbols in turn
    rows = [(("BTCUSDT", "ETHUSDT")[place % 2], ms) for place, ms in enumerate(moments_ms)]
    if form == "csv":
        lines = [b"symbol,ts,price,size", *[f"{symbol},{ms},1,1".encode() for symbol, ms in rows]]
    else:
        lines = [orjson.dumps({"symbol": symbol, "ts": str(ms), "price": 1, "size": 1}) for symbol, ms in rows]
    path = written(tmp_path / f"t.{form}", lines)
    first_line = 4 if form == "csv" else 3
    disorder = survey_ticks(path).disorder
    assert disorder == Disorder(line=first_line, behind_line=first_line - 1, back_ms=300, trades=2, furthest_ms=800)
    assert str(disorder) == (
        f"line {first_line} steps back in time, 0.300 s behind line {first_line - 1}, "
        "and so do 1 more, the furthest by 0.800 s"
    )
    assert survey_ticks(written(tmp_path / f"ordered.{form}", lines[: first_line - 1])).disorder is None


def test_the_beginning_of_a_recording_shows_what_is_wrong_with_it(tmp_path: Path) -> None:
    packed = gzip.compress(NDJSON)
    heads = {
        "cut.gz": (packed[:12], r"line 1: the compressed file is cut or damaged"),
        "header.gz": (packed[:2] + b"\x07" + packed[3:], r"line 1: the compressed file is cut or damaged"),
        "empty": (b"", "empty: is empty"),
        "blank": (b"\n \n", "blank: is empty"),
        "late.frames": (b"\n".join([*frame_lines(2), *[b"12 {}"] * 3]), "line 3"),
        "t.ndjson": (b'{"symbol":', "line 1.*the only line there is"),
        "BTCUSDT.csv": (b"ts,price,size\n", "holds no trade"),
    }
    for name, (body, reason) in heads.items():
        (tmp_path / name).write_bytes(body)
        with pytest.raises(BrokenRecording, match=reason):
            check_head(tmp_path / name)


def test_the_check_of_the_beginning_reads_no_further(tmp_path: Path) -> None:
    check_head(written(tmp_path / "short.frames", frame_lines(5)))
    check_head(written(tmp_path / "long.frames.gz", [*frame_lines(HEAD_LINES), b"broken far behind"]))


def test_csv_of_a_venues_archive_has_ids_and_takes_its_symbol_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "SOLUSDT-aggTrades-2024-07.csv"
    header = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
    path.write_text(
        f"{header}\n7,160.25,2,1,2,1721347022707,true\n8,160.2,2,3,3,1721347022708,false\n", encoding="utf-8"
    )
    first, second = read_ticks(path)
    assert (first.symbol, first.tick.trade_id, first.tick.side) == ("SOLUSDT", 7, Side.SELL)
    assert second.tick.side is Side.BUY
    survey = survey_ticks(path)
    assert survey.has_ids
    assert survey.symbols[0].tick_size == 0.01


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ts,symbol,size\n", 1),
        ("ts,price,size\n1721347022707,1,1\nx,1,1\nx,1,1\n", 3),
        ("ts,price,size\n1721347022707,1\n", 2),
    ],
)
def test_broken_csv_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "BTCUSDT.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRecording) as refusal:
        survey_ticks(path)
    assert refusal.value.line == line
