"""Recordings of all forms are read the same, plain or packed, and a broken one names its line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ingest.errors import BrokenRecording
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
def test_a_broken_line_of_frames_is_named(tmp_path: Path, broken: bytes) -> None:
    lines = frame_lines(5)
    lines[3] = broken
    with pytest.raises(BrokenRecording, match="line 4") as refusal:
        survey_frames(written(tmp_path / "r.frames.gz", lines))
    assert refusal.value.line == 4


def test_a_frame_whose_json_is_broken_is_the_venues_and_stays(tmp_path: Path) -> None:
    lines = [*frame_lines(2), b'%d {"e":"aggTrade",,}' % NS]
    assert len(list(read_frames(written(tmp_path / "r.frames", lines)))) == 3


def test_a_cut_gzip_file_is_refused_with_the_line(tmp_path: Path) -> None:
    path = written(tmp_path / "r.frames.gz", frame_lines(2000))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BrokenRecording, match=r"line \d+.*cut or damaged"):
        survey_frames(path)


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
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":NaN,"size":1}', "is no trade"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":-1,"size":1}', "above 0"),
        (b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02Z","price":true,"size":1}', "above 0"),
        (b'{"symbol":"A B","ts":"2024-07-18T23:57:02Z","price":1,"size":1}', "no symbol"),
        (b"[1, 2]", "object"),
        (b'{"symbol":"BTCUSDT"', "is no trade"),
        (b"\xff\xfe{}", "UTF-8"),
    ],
)
def test_a_broken_trade_is_named(tmp_path: Path, broken: bytes, reason: str) -> None:
    path = written(tmp_path / "t.ndjson.gz", [NDJSON, NDJSON, broken, NDJSON])
    with pytest.raises(BrokenRecording, match=reason) as refusal:
        survey_ticks(path)
    assert refusal.value.line == 3


@pytest.mark.parametrize(
    "moment",
    ["2024-07-18T23:57:02.707Z", "2024-07-19 01:57:02.707+02:00", "1721347022707", "1721347022.707", "1721347022707123",
     "1721347022707123456", "2024-07-18T23:57:02.707"],
)  # fmt: skip
def test_csv_times_of_any_unit_mean_the_same(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"\ufeffTime,Symbol,Price,Size,Side\r\n{moment},ethusdt,3424.98,0.007,sell\r\n", encoding="utf-8")
    (only,) = read_ticks(path)
    assert only.symbol == "ETHUSDT"
    assert only.tick.time_ms == 1_721_347_022_707
    assert only.tick.side is Side.SELL


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
        ("ts,price,size\n1721347022707,1,1\nx,1,1\n", 3),
        ("ts,price,size\n1721347022707,1\n", 2),
    ],
)
def test_broken_csv_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "BTCUSDT.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRecording) as refusal:
        survey_ticks(path)
    assert refusal.value.line == line
