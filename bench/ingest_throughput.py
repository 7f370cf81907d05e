"""Frames of one process into the tick streams, ids checked and bars built, beside cryptofeed's Redis backend.

Both read the same aggTrade frames from memory and write to the same kind of local server over TCP.
Ours also makes the 1 s and 1 m bars and saves its state with every write; cryptofeed writes trades
and nothing else. The peer lives in .bench-venv, made here from bench/requirements-peers.txt.

Run: python -m bench.ingest_throughput [--trades 300000] [--peer-trades 60000] [--rounds 5]
"""

from __future__ import annotations

import gc
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
import venv
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from bench.table import table, verdict
from ingest.core.core import Core
from ingest.core.publisher import Publisher
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.recording import write_frames
from store import keys
from store.client import connect_writer
from store.embedded import server_command
from store.retention import stream_caps
from store.ticks import parse_ticks

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".bench-venv"
REQUIREMENTS = ROOT / "bench" / "requirements-peers.txt"

WANTED_TRADES_PER_S = 170_000
WANTED_RATIO = 5.0
BURST_PER_MS = 10  # 10,000 trades a second of event time over a dozen instruments
BATCH_FRAMES = 2_000  # what the session hands over at once when there is much
PEER_TURNS = (50, 500, 5_000)  # how often the peer's writer gets its turn; its best counts
START_MS = 1_767_225_600_000
ORDINARY_S = 600

Frames = list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Frames a second by the wall and by the processor's own count."""

    wall: float
    cpu: float


def burst(count: int) -> Frames:
    """Trades of the simulated exchange's dozen instruments, in the futures form, denser than any day has seen."""
    rng = random.Random(7)
    symbols = [spec.symbol for spec in INSTRUMENTS]
    ids = dict.fromkeys(symbols, 1_000_000_000)
    frames = []
    for position in range(count):
        symbol = rng.choice(symbols)
        ids[symbol] += 1
        time_ms = START_MS + position // BURST_PER_MS
        data = {"e": "aggTrade", "E": time_ms + 3, "s": symbol, "a": ids[symbol]}
        data |= {"p": f"{rng.uniform(60_000, 60_100):.2f}", "q": f"{rng.uniform(0.001, 3):.3f}"}
        data |= {"f": 5 * ids[symbol], "l": 5 * ids[symbol] + 2, "T": time_ms, "m": rng.random() < 0.5}
        frame = {"stream": f"{symbol.lower()}@aggTrade", "data": data}
        frames.append(((time_ms + 40) * 1_000, json.dumps(frame, separators=(",", ":")).encode()))
    return frames


def ordinary(folder: Path) -> Frames:
    """Ten minutes of the simulated exchange as it is: some 30 trades and 90 quotes a second."""
    path = folder / "ordinary.frames"
    write_frames(path, seed=7, start_ms=START_MS, seconds=ORDINARY_S)
    lines = (line.split(b" ", 1) for line in path.read_bytes().splitlines())
    return [(int(received_ns) // 1_000, frame) for received_ns, frame in lines]


def stream_ours(frames: Frames, client: Redis) -> Pace:
    """The whole way, once."""
    client.flushall()
    symbols = [spec.symbol for spec in INSTRUMENTS]
    core, publisher = Core("sim", symbols), Publisher(client, "sim", stream_caps(512, len(symbols)))
    gc.collect()
    start, cpu = time.perf_counter(), time.process_time()
    for position in range(0, len(frames), BATCH_FRAMES):
        core.feed(frames[position : position + BATCH_FRAMES])
        publisher.publish(core.take())
    return Pace(len(frames) / (time.perf_counter() - start), len(frames) / (time.process_time() - cpu))


def check_stored(frames: Frames, client: Redis) -> None:
    """Every trade is in its stream, once and in order; raises if not."""
    expected: dict[str, list[int]] = {}
    for _, raw in frames:
        data = json.loads(raw)["data"]
        expected.setdefault(data["s"], []).append(data["a"])
    for symbol, ids in expected.items():
        entries: Any = client.xrange(keys.ticks(f"sim:{symbol}"))
        stored = parse_ticks(b"".join(fields[keys.FIELD] for _, fields in entries))["trade_id"].tolist()
        if stored != ids:
            raise AssertionError(f"{symbol}: {len(stored)} ids stored of {len(ids)} sent, or not in order")


def stream_peer(path: Path, count: int, port: int, turn: int) -> Pace:
    command = [str(PEERS / "bin" / "python"), str(ROOT / "bench" / "cryptofeed_stream.py"), str(path)]
    options = ["--port", str(port), "--turn", str(turn)]
    done = subprocess.run([*command, *options], stdout=subprocess.PIPE, text=True, check=True)
    took = json.loads(done.stdout)
    return Pace(count / took["seconds"], count / took["cpu_seconds"])


def measure_peer(frames: Frames, folder: Path, client: Redis, port: int) -> Pace:
    """Its best over several ways to take turns, each checked to have written every trade."""
    path = folder / "frames.txt"
    path.write_bytes(b"\n".join(raw for _, raw in frames))
    paces = []
    for turn in PEER_TURNS:
        client.flushall()
        paces.append(stream_peer(path, len(frames), port, turn))
        written = sum(int(client.xlen(key)) for key in _keys(client))
        if written != len(frames):
            raise AssertionError(f"cryptofeed wrote {written} of {len(frames)} trades")
    return max(paces, key=lambda pace: pace.wall)


def _keys(client: Redis) -> list[Any]:
    found: Any = client.keys("*")
    return list(found)


@contextmanager
def running_server(folder: Path) -> Iterator[int]:
    """A server without persistence on a free TCP port of this machine: the peer speaks no unix socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = server_command(folder, folder / "s", persist=False)
    command[command.index("--port") + 1] = str(port)
    server = subprocess.Popen(command)
    try:
        client = connect_writer(f"redis://127.0.0.1:{port}")
        give_up = time.monotonic() + 20
        while not _answers(client):
            if time.monotonic() > give_up:
                raise RuntimeError("the store did not come up")
            time.sleep(0.02)
        client.close()
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def install_peers() -> None:
    """The peers' environment, made anew when its requirements changed."""
    mark = PEERS / "installed"
    wanted = REQUIREMENTS.read_text()
    if mark.is_file() and mark.read_text() == wanted:
        return
    print("installing cryptofeed into .bench-venv ...", flush=True)
    venv.create(PEERS, with_pip=True, clear=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
    subprocess.run(pip, check=True)
    mark.write_text(wanted)


def _median(paces: Sequence[Pace]) -> Pace:
    return Pace(median(pace.wall for pace in paces), median(pace.cpu for pace in paces))


def _row(name: str, paces: Sequence[Pace]) -> tuple[str, ...]:
    middle = _median(paces)
    best = max(pace.wall for pace in paces)
    return name, f"{middle.wall:,.0f}", f"{best:,.0f}", f"{middle.cpu:,.0f}"


def main() -> int:
    parser = ArgumentParser(prog="python -m bench.ingest_throughput")
    parser.add_argument("--trades", type=int, default=300_000)
    parser.add_argument("--peer-trades", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    install_peers()
    frames = burst(options.trades)
    with tempfile.TemporaryDirectory(prefix="sb-") as name, running_server(Path(name)) as port:
        folder = Path(name)
        client = connect_writer(f"redis://127.0.0.1:{port}")
        quiet = ordinary(folder)
        ours, peer, calm = [], [], []
        for _ in range(options.rounds):
            ours.append(stream_ours(frames, client))
            check_stored(frames, client)
            peer.append(measure_peer(frames[: options.peer_trades], folder, client, port))
            calm.append(stream_ours(quiet, client))
        client.close()
    print(f"\naggTrade frames into tick streams, {len(frames):,} trades of {len(INSTRUMENTS)} instruments,")
    print(f"{options.rounds} rounds in turn; by the wall and, last column, by the processor's count\n")
    head = ("", "median /s", "best /s", "per CPU s")
    rows = [_row("ours, with bars and state", ours), _row("cryptofeed 2.4.1, TradeStream", peer)]
    print(table(head, rows))
    ratio = _median(ours).wall / _median(peer).wall
    cpu_ratio = _median(ours).cpu / _median(peer).cpu
    fast, ahead = _median(ours).wall >= WANTED_TRADES_PER_S, ratio >= WANTED_RATIO
    print(f"\nwanted {WANTED_TRADES_PER_S:,}/s: {verdict(fast)}")
    print(f"wanted {WANTED_RATIO:g} times the peer: {ratio:.1f} times ({cpu_ratio:.1f} by CPU): {verdict(ahead)}")
    print(f"\nan ordinary market, {len(quiet):,} frames of {ORDINARY_S} s (trades, quotes, mark prices; every bar):")
    print(
        f"{_median(calm).wall:,.0f} frames/s, {_median(calm).wall / len(quiet) * ORDINARY_S:,.0f} times as fast as life"
    )
    return 0 if fast and ahead else 1


if __name__ == "__main__":
    sys.exit(main())
