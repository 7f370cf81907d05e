"""Recordings as they are found: what cannot be used is left out, counted by its reason and said, and the rest plays.

What should come of a dirty recording is what comes of a clean one: the same trades without the dirt, counted here by a
loop over the trades that the test wrote.
"""

from __future__ import annotations

import csv
import gzip
import io
import logging
import math
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson
import pytest
from redis import Redis

from ingest.errors import BrokenRecording
from ingest.replay.ending import pause_words
from ingest.replay.recorded_frames import read_frames
from ingest.replay.recorded_ticks import read_ticks, survey_ticks
from ingest.replay.replay import Replay
from store.bars import Bar
from store.client import connect_writer
from store.gap_ledger import read_gaps
from store.timeframes import Timeframe
from tests.ingest.processes import stored_bars, stored_feed, stored_ids

START_MS = 1_782_907_200_000  # 2026-07-01 12:00 UTC, a whole minute
SECONDS = 200
Y, X = "BTCUSDT", "ETHUSDT"


class Trade(NamedTuple):
    symbol: str
    time_ms: int
    price: float
    size: float
    trade_id: int = 0


def trades_of(seconds: int = SECONDS, *, symbols: Sequence[str] = (Y, X)) -> list[Trade]:
    """Two trades a second of each symbol, no two alike."""
    out = []
    for half in range(2 * seconds):
        for place, symbol in enumerate(symbols):
            price = round((60_000.0 if place == 0 else 3_000.0) * (1 + 1e-5 * ((half * 7919) % 101)), 2)
            size = round(0.1 + (half % 13) / 10, 3)
            out.append(Trade(symbol, START_MS + half * 500 + place, price, size, half))
    return out


def ndjson(trade: Trade, **other: object) -> bytes:
    moment = datetime.fromtimestamp(trade.time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return orjson.dumps({"symbol": trade.symbol, "ts": moment, "price": trade.price, "size": trade.size, **other})


def frame(trade: Trade, **other: object) -> bytes:
    data = {
        "e": "aggTrade", "E": trade.time_ms + 5, "s": trade.symbol, "a": trade.trade_id, "p": f"{trade.price:.2f}",
        "q": str(trade.size), "f": 1, "l": 1, "T": trade.time_ms, "m": trade.trade_id % 2 == 0,
    }  # fmt: skip
    raw = orjson.dumps({"stream": f"{trade.symbol.lower()}@aggTrade", "data": data | other})
    return b"%d " % ((trade.time_ms + 20) * 1_000_000) + raw


def csv_of(trades: Iterable[Trade], *, ids: bool) -> list[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "symbol", "price", "qty", *(["id"] if ids else [])])
    writer.writerows([t.time_ms, t.symbol, t.price, t.size, *([t.trade_id] if ids else [])] for t in trades)
    return text.getvalue().encode().splitlines()


def written(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def play(path: Path, url: str, *, zone: ZoneInfo | None = None) -> None:
    client = connect_writer(url)
    Replay(path, client, Event(), speed=math.inf, zone=zone).run()
    client.close()


def minutes(client: Redis, symbol: str) -> dict[int, Bar]:
    return stored_bars(client, f"replay:{symbol}", Timeframe.M1)


def expected_minutes(trades: Iterable[Trade], symbol: str) -> dict[int, tuple[float, float, float, float, float, int]]:
    """Open, high, low, close, volume and number of trades of each minute, by a loop."""
    found: dict[int, list[Trade]] = {}
    for trade in sorted((t for t in trades if t.symbol == symbol), key=lambda t: t.time_ms):
        found.setdefault(trade.time_ms // 60_000 * 60_000, []).append(trade)
    return {
        opened: (
            group[0].price,
            max(t.price for t in group),
            min(t.price for t in group),
            group[-1].price,
            math.fsum(t.size for t in group),
            len(group),
        )
        for opened, group in found.items()
    }


def assert_closed_minutes_are_of(client: Redis, trades: Sequence[Trade], symbol: str) -> None:
    stored, expected = minutes(client, symbol), expected_minutes(trades, symbol)
    assert len(stored) >= 2
    for opened, bar in stored.items():
        if not bar.trades:
            assert opened not in expected
            continue
        o, h, low, c, volume, count = expected[opened]
        assert (bar.open, bar.high, bar.low, bar.close, bar.trades) == (o, h, low, c, count)
        assert bar.volume == pytest.approx(volume, rel=1e-12)


def said(caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """What was warned of before the replay, and what was said at its end."""
    warnings = "\n".join(r.getMessage() for r in caplog.records if r.levelno == logging.WARNING)
    (ending,) = [m for m in caplog.messages if m.startswith("the replay has ended: ")]
    return warnings, ending


def test_every_kind_of_dirt_is_left_out_counted_and_said(
    client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean = trades_of()
    one = clean[100]
    dirt = {
        "price not above 0": [ndjson(one, price=0), ndjson(one, price=-5.5), ndjson(one, price="1e999")],
        "size not above 0": [ndjson(one, size=0), ndjson(one, size=-1)],
        "time without its zone": [ndjson(one, ts="2026-07-01T12:00:30")],
        "no time": [ndjson(one, ts="yesterday"), ndjson(one, ts="0001-01-01T00:00:00Z")],
        "a field is absent": [b'{"symbol":"BTCUSDT","price":1,"size":1}', ndjson(one, price=None)],
        "no symbol": [ndjson(one, symbol="A B")],
        "no UTF-8 text": [b"\xff\xfe\x00"],
        "torn or broken": [ndjson(one)[:-9], b"[]", b"null", b"{}{}"],
    }
    lines = [ndjson(trade) for trade in clean]
    for place, line in enumerate([line for group in dirt.values() for line in group]):
        lines.insert(20 + 17 * place, line)
    lines.append(ndjson(clean[-1])[:31])  # the collector died in the middle of it
    with caplog.at_level(logging.INFO):
        play(written(tmp_path / "dirty.ndjson", lines), redis_url)
    for symbol in (Y, X):
        assert_closed_minutes_are_of(client, clean, symbol)
    expected = {name: len(group) for name, group in dirt.items()}
    expected["torn or broken"] += 1
    feed = stored_feed(client, "replay")
    assert feed is not None
    assert (feed.trades, feed.rejected, feed.rejected_by) == (len(clean), sum(expected.values()), expected)
    warnings, ending = said(caplog)
    assert f"{sum(expected.values())} lines left out: " in warnings
    for name, count in expected.items():
        assert f"{count} {name} (first: line " in warnings
        assert f"{count} {name}" in ending
        assert f"{count} {name}" in feed.detail


@pytest.mark.parametrize("ids", [True, False])
def test_rows_that_a_collector_wrote_twice_count_once(
    client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, ids: bool
) -> None:
    clean = trades_of()
    header, *rows = csv_of(clean, ids=ids)
    again = rows[:300] + rows[200:]  # it began anew a hundred rows before its end
    with caplog.at_level(logging.INFO):
        play(written(tmp_path / "twice.csv", [header, *again]), redis_url)
    for symbol in (Y, X):
        assert_closed_minutes_are_of(client, clean, symbol)
    _, ending = said(caplog)
    assert "100 " + ("trades dropped as repeats" if ids else "repeated behind later ones") in ending


def test_two_trades_that_are_alike_stay_two_without_ids_and_that_is_said(
    client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean = [trade for trade in trades_of() for _ in range(1 + (trade.time_ms % 3_000 == 0))]
    with caplog.at_level(logging.INFO):
        play(written(tmp_path / "alike.ndjson", map(ndjson, clean)), redis_url)
    assert_closed_minutes_are_of(client, clean, Y)
    words = f"{len(clean) - len(set(clean))} rows equal the one before; kept, as the file has no ids"
    warnings, ending = said(caplog)
    assert words in warnings
    assert words in ending


def test_of_rows_that_are_like_the_one_before_only_those_that_are_kept_are_counted(tmp_path: Path) -> None:
    clean = trades_of(4)
    header, *rows = csv_of([*clean, clean[-1]], ids=False)
    again = written(tmp_path / "again.csv", [header, *rows, *rows[-6:]])
    assert (survey_ticks(again).alike, survey_ticks(again).left_out) == (1, 6)
    numbered = written(tmp_path / "ids.csv", csv_of([*clean, clean[-1]], ids=True))
    assert survey_ticks(numbered).alike == 0
    assert survey_ticks(written(tmp_path / "none.csv", [header, *rows[:-1]])).alike == 0


@pytest.mark.parametrize("form", ["csv", "frames"])
def test_ticks_out_of_order_give_the_bars_of_those_in_order(
    client: Redis, redis_url: str, tmp_path: Path, form: str
) -> None:
    """By their ids: neighbours change places, and some come a second late."""
    clean = trades_of()
    mixed = list(clean)
    for place in range(0, len(mixed) - 8, 8):
        mixed[place], mixed[place + 2] = mixed[place + 2], mixed[place]
    lines = csv_of(mixed, ids=True) if form == "csv" else [frame(trade) for trade in mixed]
    play(written(tmp_path / f"mixed.{form}", lines), redis_url)
    for symbol in (Y, X):
        assert_closed_minutes_are_of(client, clean, symbol)


def test_a_pause_of_hours_is_a_hole_and_the_rest_plays(client: Redis, redis_url: str, tmp_path: Path) -> None:
    early = trades_of()
    late = [t._replace(time_ms=t.time_ms + 7 * 3_600_000, trade_id=t.trade_id + 2 * SECONDS) for t in early]
    play(written(tmp_path / "pause.frames", [frame(trade) for trade in early + late]), redis_url)
    assert_closed_minutes_are_of(client, [*early, *late], Y)
    opened = sorted(minutes(client, Y))
    steps = {b - a for a, b in pairwise(opened)}
    assert max(steps) > 6 * 3_600_000, "a silence longer than bars are remembered stays a hole"
    assert read_gaps(client, f"replay:{Y}") == (), "no id is missing"
    assert pause_words(late[0].time_ms * 1_000_000, 25_000.0) == "the recording pauses until 01 Jul 19:00:00 UTC"
    assert pause_words(late[0].time_ms * 1_000_000, 3.0) == ""


def test_trades_lost_in_a_pause_stand_in_the_gap_ledger(client: Redis, redis_url: str, tmp_path: Path) -> None:
    early = trades_of(symbols=(Y,))
    late = [t._replace(time_ms=t.time_ms + 3_600_000, trade_id=t.trade_id + 9_999) for t in early]
    play(written(tmp_path / "lost.frames", [frame(trade) for trade in early + late]), redis_url)
    (gap,) = read_gaps(client, f"replay:{Y}")
    assert (gap.first, gap.last, gap.missing, gap.state) == (2 * SECONDS, 9_998, 9_999 - 2 * SECONDS, "lost")
    bar = minutes(client, Y)[late[0].time_ms // 60_000 * 60_000]
    assert bar.missing == gap.missing
    assert bar.completeness == pytest.approx(bar.trades / (bar.trades + gap.missing))


def test_a_leg_that_stops_early_is_said_and_the_other_goes_on(
    client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean = [t for t in trades_of(900) if t.symbol == Y or t.time_ms < START_MS + 200_000]
    with caplog.at_level(logging.INFO):
        play(written(tmp_path / "stops.ndjson", map(ndjson, clean)), redis_url)
    assert "the last trade of ETHUSDT 11 min before the end" in said(caplog)[1]
    quiet = minutes(client, X)
    assert max(quiet) == max(minutes(client, Y)), "its bars go on, without trades"
    assert quiet[max(quiet)].trades == 0


def test_local_times_are_left_out_until_their_zone_is_named(client: Redis, redis_url: str, tmp_path: Path) -> None:
    clean = trades_of()
    zone = ZoneInfo("America/New_York")

    def local(trade: Trade) -> bytes:
        return ndjson(trade, ts=datetime.fromtimestamp(trade.time_ms / 1000, zone).replace(tzinfo=None).isoformat())

    path = written(tmp_path / "local.ndjson", map(local, clean))
    with pytest.raises(BrokenRecording, match=r"line 1: .*has no zone.*FILE_ZONE \(800 of 800 lines cannot be used\)"):
        play(path, redis_url)
    play(path, redis_url, zone=zone)
    assert_closed_minutes_are_of(client, clean, Y)


@pytest.mark.parametrize(
    ("moment", "utc"),
    [
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),  # shown twice: the first, still in summer
        ("2026-10-25T03:30:00", "2026-10-25T02:30:00+00:00"),
        ("2026-03-29T02:30:00", ""),  # left out by the clocks
        ("2026-03-29T03:30:00", "2026-03-29T01:30:00+00:00"),
    ],
)
def test_the_hours_that_clocks_repeat_and_leave_out(tmp_path: Path, moment: str, utc: str) -> None:
    """Of Berlin, whose clocks change on the last Sundays of March and October at 01:00 UTC (Directive 2000/84/EC)."""
    path = written(tmp_path / "t.ndjson", [ndjson(Trade(Y, START_MS, 1.0, 1.0)), ndjson(Trade(Y, 0, 1, 1), ts=moment)])
    survey = survey_ticks(path, zone=ZoneInfo("Europe/Berlin"))
    ticks = [each.tick.time_ms for each in read_ticks(path, zone=ZoneInfo("Europe/Berlin"))][1:]
    assert ticks == ([int(datetime.fromisoformat(utc).timestamp() * 1000)] if utc else [])
    assert [str(dirt.fault) for dirt in survey.dirt] == ([] if utc else ["no time"])


def test_rejected_frames_and_torn_lines_are_counted_together_and_their_ids_are_missing(
    client: Redis, redis_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean = trades_of(symbols=(Y,))
    lines = [frame(trade) for trade in clean]
    lines[150] = frame(clean[150], p="0")
    lines[151] = frame(clean[151], p="-3.5")
    lines[152] = frame(clean[152], q="nan")
    lines[170] = lines[170][:60]
    lines[171] = b"half a line"
    packed = gzip.compress(b"\n".join(lines) + b"\n")
    path = tmp_path / "r.frames.gz"
    path.write_bytes(packed[:-20])
    with caplog.at_level(logging.INFO):
        play(path, redis_url)
    feed = stored_feed(client, "replay")
    assert feed is not None
    assert feed.rejected_by == {"bad number": 3, "torn or broken": 1, "no time": 1}
    warnings, ending = said(caplog)
    assert "5 frames rejected (3 bad number, " in ending
    assert "the packed file is cut or damaged after line " in warnings
    assert "the packed file is cut or damaged after line " in ending
    gaps = read_gaps(client, f"replay:{Y}")
    assert [(gap.first, gap.last, gap.state) for gap in gaps] == [(150, 152, "lost"), (170, 171, "lost")]
    known = [bar for bar in minutes(client, Y).values() if bar.completeness is not None]
    assert sum(bar.missing for bar in known) == 5


def test_another_kind_of_file_is_still_refused(redis_url: str, tmp_path: Path) -> None:
    path = written(tmp_path / "letter.csv", [b"time,price,size", *[b"Dear, Sir, or Madam"] * 30])
    with pytest.raises(BrokenRecording, match=r"line 2: .*\(30 of 30 lines cannot be used\)"):
        play(path, redis_url)


def test_a_real_recording_with_dirt_plays_as_without(client: Redis, redis_url: str, tmp_path: Path) -> None:
    named = os.environ.get("RECORDING")
    if not named:
        pytest.skip("RECORDING names no file")
    lines = [b"%d %s" % (f.received_ns, f.raw) for f in read_frames(Path(named))][:40_000]
    path = tmp_path / "real.frames"
    play(written(path, lines), redis_url)
    feed = stored_feed(client, "replay")
    assert feed is not None
    symbols = list(feed.legs)
    once = {symbol: minutes(client, symbol) for symbol in symbols}
    ids = {symbol: stored_ids(client, f"replay:{symbol}").tolist() for symbol in symbols}
    assert any(ids.values())
    dirty: list[bytes] = []
    for place, line in enumerate(lines):
        dirty.append(line)
        if place % 400 == 0:
            dirty += [line[: len(line) // 2], b"\x00\x01", line]  # torn, garbage, and once more
    dirty.append(lines[-1][:40])
    play(written(path, dirty), redis_url)
    again = stored_feed(client, "replay")
    assert again is not None
    assert {symbol: stored_ids(client, f"replay:{symbol}").tolist() for symbol in symbols} == ids
    assert {symbol: minutes(client, symbol) for symbol in symbols} == once
    assert again.rejected == feed.rejected + 2 * math.ceil(len(lines) / 400) + 1
