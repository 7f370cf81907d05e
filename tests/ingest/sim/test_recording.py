"""Recordings: lines a replay can read, the same for the same arguments, holding what was traded and nothing else."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import orjson
import pytest

from ingest.sim.errors import UnknownSymbol
from ingest.sim.recording import LATENCY_NS, write_frames
from ingest.sim.streams import Kind
from ingest.sim.world import EVENT_DELAY_MS, World, instrument_spec

START = 1_790_002_795_000  # five seconds before an hour's turn


def test_the_same_arguments_write_the_same_lines_plain_or_compressed(tmp_path: Path) -> None:
    plain = write_frames(tmp_path / "a.frames", seed=9, start_ms=START, seconds=12)
    packed = write_frames(tmp_path / "b.frames.gz", seed=9, start_ms=START, seconds=12)
    assert gzip.decompress(packed.path.read_bytes()) == plain.path.read_bytes()
    assert (plain.frames, plain.trades, plain.quotes) == (packed.frames, packed.trades, packed.quotes)
    assert plain.path.read_bytes().count(b"\n") == plain.frames


def test_a_recording_holds_every_trade_with_its_price_to_the_last_digit(tmp_path: Path) -> None:
    path = write_frames(tmp_path / "a.frames", seed=9, start_ms=START, seconds=12, symbols=["BTCUSDT"]).path
    frames = [orjson.loads(line.split(b" ", 1)[1])["data"] for line in path.read_bytes().splitlines()]
    found = [(f["a"], f["p"], f["q"], f["T"], f["m"]) for f in frames if f["e"] == "aggTrade"]
    after = START - EVENT_DELAY_MS
    trades = World(9).trades_between("BTCUSDT", after, after + 12_000)
    spec = instrument_spec("BTCUSDT")
    expected = [
        (
            trades.first_id + k,
            _decimal(price, spec.price_decimals),
            _decimal(size, spec.quantity_decimals),
            time_ms,
            maker,
        )
        for k, (price, size, time_ms, maker) in enumerate(
            zip(
                trades.price_ticks.tolist(),
                trades.quantity_steps.tolist(),
                trades.time_ms.tolist(),
                trades.seller_aggressed.tolist(),
                strict=True,
            )
        )
    ]
    assert found == expected
    assert {f["s"] for f in frames} == {"BTCUSDT"}


def test_lines_are_in_order_of_receipt_and_of_the_venue_s_time(tmp_path: Path) -> None:
    path = write_frames(tmp_path / "a.frames", seed=9, start_ms=START, seconds=12, kinds=tuple(Kind)).path
    received, events = [], []
    for line in path.read_bytes().splitlines():
        receive_ns, _, frame = line.partition(b" ")
        received.append(int(receive_ns))
        data = orjson.loads(frame)["data"]
        events.append((data[0] if isinstance(data, list) else data)["E"])
    assert all(a < b for a, b in itertools.pairwise(received))
    assert events == sorted(events)
    assert events[0] > START
    assert events[-1] <= START + 12_000
    assert all(0 <= ns - ms * 1_000_000 - LATENCY_NS < 1_000_000 for ns, ms in zip(received, events, strict=True))


def test_a_longer_recording_begins_with_the_shorter_one(tmp_path: Path) -> None:
    short = write_frames(tmp_path / "a", seed=9, start_ms=START, seconds=3, symbols=["ETHUSDT", "TRXUSDT"])
    long = write_frames(tmp_path / "b", seed=9, start_ms=START, seconds=25, symbols=["ETHUSDT", "TRXUSDT"])
    assert long.path.read_bytes().startswith(short.path.read_bytes())
    assert long.trades > short.trades


def test_a_symbol_that_is_not_simulated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownSymbol, match="DOGEUSDT"):
        write_frames(tmp_path / "a", seed=9, start_ms=START, seconds=3, symbols=["DOGEUSDT"])


def _decimal(whole: int, decimals: int) -> str:
    digits = str(whole).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
