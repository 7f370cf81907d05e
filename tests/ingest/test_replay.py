"""A recording gives the same stored bars at any pace and in any batches, and a broken one is refused."""

from __future__ import annotations

import gzip
import logging
import math
import os
import re
from datetime import UTC, datetime
from math import isnan, nan
from pathlib import Path
from threading import Event, Thread

import orjson
import pytest
from redis import Redis

from ingest.errors import BrokenRecording, UnknownSymbols
from ingest.replay.recorded_frames import read_frames
from ingest.replay.replay import Replay
from ingest.sim.recording import write_frames
from store import keys
from store.bars import encode_bar
from store.client import connect_writer
from store.timeframes import KEPT, Timeframe
from tests.ingest.processes import finished_ingestor, stored_bars, stored_feed, stored_ids, stored_ticks
from tests.tools.waiting import until

START_MS = 1_782_907_190_000  # 2026-07-01 11:59:50 UTC
SYMBOLS = ("BTCUSDT", "ETHUSDT", "TRXUSDT")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "sim.frames.gz"
    write_frames(path, seed=7, start_ms=START_MS, seconds=100, symbols=SYMBOLS)
    return path


def play(path: Path, url: str, *, speed: float = math.inf, batch: int = 2000, symbols: tuple[str, ...] = ()) -> None:
    client = connect_writer(url)
    Replay(path, client, Event(), speed=speed, batch=batch, symbols=symbols).run()
    client.close()


def stored(client: Redis) -> dict[str, list[bytes]]:
    """All that a reader sees of a replay: bars and ticks of each instrument, byte by byte."""
    found: dict[str, list[bytes]] = {}
    for name in sorted(client.hkeys(keys.INSTRUMENTS)):
        instrument = name.decode()
        for timeframe in KEPT:
            key = keys.bars(instrument, timeframe)
            found[key] = [fields[keys.FIELD] for _, fields in client.xrange(key)]
        found[instrument] = [b"".join(fields[keys.FIELD] for _, fields in client.xrange(keys.ticks(instrument)))]
        unfinished = client.hgetall(keys.open_bars(instrument))
        unfinished.pop(b"written", None)  # the mark of one write: another at each
        found[f"{instrument} open"] = [unfinished[field] for field in sorted(unfinished)]
    return found


def test_pace_and_batches_change_no_bit(recording: Path, client: Redis, redis_url: str) -> None:
    play(recording, redis_url)
    once = stored(client)
    assert len(once) == 4 * len(SYMBOLS)
    assert len(once[keys.bars("replay:BTCUSDT", Timeframe.S1)]) > 80
    for speed, batch in ((math.inf, 1), (math.inf, 37), (120.0, 2000), (400.0, 5)):
        play(recording, redis_url, speed=speed, batch=batch)
        assert stored(client) == once, f"speed {speed}, batches of {batch}"


def test_the_process_plays_to_the_end_and_says_so(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    play(recording, redis_url)
    once = stored(client)
    epoch = client.get(keys.EPOCH)
    ended = finished_ingestor(tmp_path, FEED="replay", FILE=str(recording), SPEED="max", REDIS_URL=redis_url)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert stored(client) == once
    assert client.get(keys.EPOCH) != epoch, "readers must drop what they hold"
    feed = stored_feed(client, "replay")
    assert feed is not None
    assert (feed.origin, feed.state, feed.rejected) == ("REPLAY", "ended", 0)
    assert feed.trades == sum(len(stored_ids(client, f"replay:{symbol}")) for symbol in SYMBOLS)


def test_a_recording_named_by_the_environment_plays_the_same_twice(client: Redis, redis_url: str) -> None:
    path = os.environ.get("RECORDING")
    if not path:
        pytest.skip("RECORDING names no file")
    play(Path(path), redis_url)
    once = stored(client)
    play(Path(path), redis_url, batch=101)
    assert stored(client) == once
    assert any(once.values())


def test_some_symbols_of_a_recording_are_the_same_alone(recording: Path, client: Redis, redis_url: str) -> None:
    play(recording, redis_url)
    key = keys.bars("replay:BTCUSDT", Timeframe.M1)
    among_others = client.xrange(key)
    play(recording, redis_url, symbols=("BTCUSDT",))
    assert [fields for _, fields in client.xrange(key)] == [fields for _, fields in among_others]
    assert client.hkeys(keys.INSTRUMENTS) == [b"replay:BTCUSDT"]
    with pytest.raises(UnknownSymbols, match="the recording has no symbol DOGEUSDT"):
        play(recording, redis_url, symbols=("DOGEUSDT",))


def test_a_replay_leaves_other_venues_alone(recording: Path, client: Redis, redis_url: str) -> None:
    client.set("sb:{sim:BTCUSDT}:ticks", b"kept")
    client.hset(keys.INSTRUMENTS, "sim:BTCUSDT", b"{}")
    client.set("sb:{replay:OLDUSDT}:ticks", b"dropped")
    client.set("sb:{sim:A|replay:OLDUSDT|1m}:rows", b"dropped")
    play(recording, redis_url, symbols=("TRXUSDT",))
    assert client.get("sb:{sim:BTCUSDT}:ticks") == b"kept"
    assert client.hexists(keys.INSTRUMENTS, "sim:BTCUSDT")
    assert not client.keys("sb:*OLDUSDT*")


def test_trades_without_frames_give_the_same_prices(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    play(recording, redis_url)
    by_frames = {symbol: stored_bars(client, f"replay:{symbol}", Timeframe.S1) for symbol in SYMBOLS}
    path = tmp_path / "trades.ndjson.gz"
    path.write_bytes(gzip.compress(b"\n".join(ndjson_lines(recording))))
    play(path, redis_url, batch=1)
    once = stored(client)
    by_trades = {symbol: stored_bars(client, f"replay:{symbol}", Timeframe.S1) for symbol in SYMBOLS}
    play(path, redis_url, batch=1000)
    assert stored(client) == once
    shared = 0
    for symbol in SYMBOLS:
        for time_ms, bar in by_trades[symbol].items():
            assert bar.completeness is None, "nobody can know what is missing where there are no ids"
            if framed := by_frames[symbol].get(time_ms):
                assert bar[:7] == framed[:7]
                shared += 1
    assert shared > 200


def ndjson_lines(recording: Path) -> list[bytes]:
    """The trades of a recording of frames in the collector's form."""
    lines = []
    for _, raw in read_frames(recording):
        data = orjson.loads(raw)["data"]
        if data["e"] == "aggTrade":
            moment = datetime.fromtimestamp(data["T"] / 1000, UTC).isoformat(timespec="milliseconds")
            trade = {"symbol": data["s"].lower(), "ts": moment, "price": float(data["p"]), "size": float(data["q"])}
            lines.append(orjson.dumps(trade))
    return lines


def test_a_broken_recording_is_refused_before_anything_is_written(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    lines = gzip.decompress(recording.read_bytes()).splitlines()
    lines[1234:] = [b"half a line"] * len(lines)
    path = tmp_path / "broken.frames"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(BrokenRecording):
        play(path, redis_url)
    ended = finished_ingestor(tmp_path, FEED="replay", FILE=str(path), REDIS_URL=redis_url)
    assert ended.returncode == 2
    assert ended.stderr.strip().count("\n") == 0
    assert "broken.frames, line 1235: " in ended.stderr
    assert client.keys("sb:{replay*") == []


def test_malformed_frames_are_counted_and_change_nothing(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path
) -> None:
    play(recording, redis_url)
    once = stored(client)
    lines = gzip.decompress(recording.read_bytes()).splitlines()
    stamp = lines[1000].partition(b" ")[0]
    bad = [b'{"stream":}', b'{"data":{"e":"aggTrade","s":"BTCUSDT","p":"NaN"}}', b'{"e":"mystery"}', b"[1,2]"]
    lines[1000:1000] = [stamp + b" " + frame for frame in bad]
    path = tmp_path / "malformed.frames"
    path.write_bytes(b"\n".join(lines))
    play(path, redis_url)
    assert stored(client) == once
    feed = stored_feed(client, "replay")
    assert feed is not None
    assert feed.rejected == len(bad)


def test_the_end_says_how_many_frames_were_rejected_and_ignored_and_why(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = gzip.decompress(recording.read_bytes()).splitlines()
    stamp = lines[1000].partition(b" ")[0]
    quote = b'{"data":{"e":"bookTicker","s":"%s","b":"1","a":"2"}}'
    depth = b'{"data":{"e":"depthUpdate","s":"BTCUSDT","E":1}}'
    more = [b'{"stream":}', b"{:}", b'{"e":"mystery"}', quote % b"ONLYQUOTED", quote % b"ONLYQUOTED", depth]
    lines[1000:1000] = [stamp + b" " + frame for frame in more]
    path = tmp_path / "mixed.frames"
    path.write_bytes(b"\n".join(lines))
    with caplog.at_level(logging.INFO):
        play(path, redis_url)
    said = ended_words(caplog)
    assert "3 frames rejected (2 broken json, 1 unknown event)" in said
    assert "3 ignored (2 of symbols that are not played, 1 of kinds that are not used)" in said
    feed = stored_feed(client, "replay")
    assert feed is not None
    assert (feed.rejected, feed.detail) == (3, f"the recording has ended: {said}")


def test_what_was_not_asked_for_is_ignored_and_not_rejected(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trades = tmp_path / "trades.ndjson"
    trades.write_bytes(b"\n".join(ndjson_lines(recording)))
    for path, things in ((recording, "frames"), (trades, "trades")):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            play(path, redis_url, symbols=("BTCUSDT",))
        said = ended_words(caplog)
        assert f"0 {things} rejected, " in said
        assert re.search(r"[\d,]+ ignored \([\d,]+ of symbols that are not played\)", said)
        feed = stored_feed(client, "replay")
        assert feed is not None
        assert feed.rejected == 0


def ended_words(caplog: pytest.LogCaptureFixture) -> str:
    (said,) = [m for m in caplog.messages if m.startswith("the replay has ended: ")]
    return said.partition(": ")[2]


def test_trades_that_step_back_in_time_are_said_once_and_change_no_bit_by_batches(
    recording: Path, client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = ndjson_lines(recording)
    lines[50:50] = [lines.pop(60)]  # by a little
    lines.append(lines.pop(200))  # past the watermark: its bar is closed
    path = tmp_path / "t.ndjson"
    path.write_bytes(b"\n".join(lines))
    with caplog.at_level(logging.INFO):
        play(path, redis_url)
    once = stored(client)
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    found = re.search(r"line 52 steps back in time, .* behind line 51, and so do ([\d,]+) more", warning)
    assert found, "the line after the trade that came too early"
    assert f"{int(found[1]) + 1} trades stepped back in time, from line 52 on" in ended_words(caplog)
    for batch in (1, 7, 100):
        play(path, redis_url, batch=batch)
        assert stored(client) == once


@pytest.mark.parametrize("form", ["frames", "ndjson"])
def test_the_bars_that_a_recording_begins_in_are_left_out(
    client: Redis, redis_url: str, tmp_path: Path, form: str
) -> None:
    """A recording cut in mid-bar has no bar that the whole one does not have as well."""
    path = tmp_path / f"cut.{form}"
    write_frames(path, seed=7, start_ms=START_MS, seconds=200, symbols=SYMBOLS)
    lines = ndjson_lines(path) if form == "ndjson" else path.read_bytes().splitlines()
    bars = []
    for kept in (lines, lines[len(lines) // 10 :]):
        path.write_bytes(b"\n".join(kept))
        play(path, redis_url)
        bars.append({(s, t): stored_bars(client, f"replay:{s}", t) for s in SYMBOLS for t in KEPT})
    whole, cut = bars
    for key, of_cut in cut.items():
        symbol, timeframe = key
        first_ms = min(of_cut)
        first_tick_ms = int(stored_ticks(client, f"replay:{symbol}")["time_ms"][0])
        assert first_ms > first_tick_ms
        assert first_ms == (first_tick_ms // timeframe.ms + 1) * timeframe.ms
        for open_ms, bar in of_cut.items():
            same = whole[key][open_ms]
            if isnan(bar.bid):  # a quote from before the cut is not known
                same = same._replace(bid=nan, ask=nan)
            assert encode_bar(bar) == encode_bar(same)
    if form == "frames":
        assert {bar.completeness for bar in cut["BTCUSDT", Timeframe.S1].values()} == {1.0}


def test_a_stopped_replay_ends_at_once_and_says_so(recording: Path, client: Redis, redis_url: str) -> None:
    stop, writer = Event(), connect_writer(redis_url)
    thread = Thread(target=Replay(recording, writer, stop, speed=1.0).run)
    thread.start()
    until(lambda: stored_feed(client, "replay"), "the first word of the replay")
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    feed = stored_feed(client, "replay")
    assert feed is not None
    assert (feed.state, feed.detail) == ("disconnected", "stopped before its end")
    writer.close()
