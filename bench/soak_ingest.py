"""Two ingestors, one of which stands by, in real time: takeover, silence, an outage."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from bench.burst import stored_last
from bench.chaos import EXCHANGE_SEED, SPEED, feed_of, streams, wait_for
from bench.chaos_scene import Child, Scene, chaos_scene
from bench.chaos_truth import compare
from bench.soak_table import Figure
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.world import World
from store import keys
from store.client import connect_reader
from store.ticks import parse_ticks

SYMBOLS = tuple(spec.symbol for spec in INSTRUMENTS)
BUSY = "BTCUSDT"
START_S, LIMIT_S = 60.0, 180.0
TAKEOVERS = 3
TAKEOVER_LIMIT_S, SILENCE_LIMIT_S, FILL_LIMIT_S = 12.0, 15.0, 60.0
WEIGHT_LIMIT = 4_800  # of spot's 6,000 a minute, as others may share the address


@contextmanager
def _running(speed: float = SPEED) -> Iterator[tuple[Scene, Redis]]:
    """A scene whose first ingestor streams all instruments, and the store past its proxy."""
    with (
        tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder,
        chaos_scene(Path(folder), symbols=SYMBOLS, speed=speed, seed=EXCHANGE_SEED) as scene,
    ):
        client = connect_reader(scene.store_url)
        wait_for(lambda: streams(client, SYMBOLS), "all instruments to be followed", START_S)
        yield scene, client
        client.close()


def _timed(condition: Callable[[], bool], what: str) -> float:
    """Seconds until a condition came true."""
    began_s = time.monotonic()
    wait_for(condition, what, LIMIT_S, every_s=0.02)
    return time.monotonic() - began_s


def takeover() -> list[Figure]:
    """The one that writes is killed, or stands still: seconds until the other has written."""
    figures = []
    with _running() as (scene, client):
        for what, number in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
            worst_s = 0.0
            for _ in range(TAKEOVERS):
                writer = _writer(scene, client)
                writer.restart = False
                fence = _fence(client)
                writer.send(number)
                worst_s = max(worst_s, _timed(lambda fence=fence: _fence(client) > fence, "the other to write"))  # type: ignore[misc]
                writer.send(signal.SIGCONT)
                writer.restart = True
            figures.append(Figure(4, f"writer {what}, worst of {TAKEOVERS}", worst_s, TAKEOVER_LIMIT_S, "s"))
        wrong = _differences(client, scene.venue_ms())
    return [*figures, Figure(4, "differences from what was sent", wrong, 0, "")]


def _fence(client: Redis) -> int:
    fence: Any = client.hget(keys.open_bars(f"sim:{BUSY}"), "fence")
    return int(fence or 0)


def _writer(scene: Scene, client: Redis) -> Child:
    """The ingestor that has a connection to the exchange, once both run and one of them streams."""

    def found() -> list[Child]:
        port = scene.exchange_proxy.address[1]
        return [child for child in scene.ingestors if not child.ended and _has_stream(child, port)]

    wait_for(lambda: len(found()) == 1 and streams(client, SYMBOLS), "one ingestor to write", START_S)
    time.sleep(2.0)  # the other one needs a moment to start and to stand by
    return found()[0]


def _has_stream(child: Child, port: int) -> bool:
    """Whether a process holds a socket that is connected to a port of this machine, by /proc."""
    assert child.process is not None
    folder = Path(f"/proc/{child.process.pid}")
    try:
        inodes = {link.readlink().name for link in (folder / "fd").iterdir() if "socket" in str(link.readlink())}
        rows = [line.split() for line in (folder / "net" / "tcp").read_text().splitlines()[1:]]
    except OSError:
        return False
    remote = f"{port:04X}"
    return any(row[2].endswith(f":{remote}") and row[3] == "01" and f"socket:[{row[9]}]" in inodes for row in rows)


def _differences(client: Redis, until_ms: int) -> float:
    """How many differences there are between the store and what was sent, once no gap is open."""
    wait_for(lambda: streams(client, SYMBOLS) and not _open_gaps(client), "every gap to be filled", LIMIT_S)
    world = World(EXCHANGE_SEED)
    wait_for(lambda: all(stored_last(client, s) >= world.last_id(s, until_ms) for s in SYMBOLS), "all", LIMIT_S)
    wait_for(lambda: _venue_ms(client) > until_ms + 70_000, "the last bars to close", LIMIT_S)
    began_ms = max(_first_ms(client, symbol) for symbol in SYMBOLS)
    found = [compare(client, world, s, since_ms=began_ms, until_ms=until_ms) for s in SYMBOLS]
    words = [each for one in found for each in one.differences]
    for each in words:
        print(each)
    return len(words)


def _first_ms(client: Redis, symbol: str) -> int:
    oldest: Any = client.xrange(keys.ticks(f"sim:{symbol}"), count=1)
    return int(parse_ticks(oldest[0][1][keys.FIELD])["time_ms"][0])


def _venue_ms(client: Redis) -> int:
    feed = feed_of(client)
    return feed.venue_time_ms if feed else 0


def _open_gaps(client: Redis) -> bool:
    feed = feed_of(client)
    return feed is None or any(leg.gaps_open for leg in feed.legs.values())


SILENCES = {
    "alive but silent": "silent=*",
    "accepts and never answers": "reset,hang=streams",
    "acknowledges without data": "reset,unfed=*",
}


def silence() -> list[Figure]:
    """Seconds from the last frame until the feed is said to be disconnected, and from the cure until it streams."""
    figures = []
    with _running() as (scene, client):
        for what, faults in SILENCES.items():
            scene.choose(faults)
            noticed_s = _timed(lambda: _state(client) == "disconnected", "the silence to be noticed")
            if "reset" in faults:  # the loss of the old connection is noticed at once; the new one stays silent
                scene.choose(faults.replace("reset,", ""))
                time.sleep(SILENCE_LIMIT_S)
            scene.choose("")
            back_s = _timed(lambda: streams(client, SYMBOLS), "data")
            figures.append(Figure(10, f"{what}: noticed", noticed_s, SILENCE_LIMIT_S, "s"))
            figures.append(Figure(10, f"{what}: streams again after the cure", back_s, FILL_LIMIT_S, "s"))
        wrong = _differences(client, scene.venue_ms())
    return [*figures, Figure(10, "differences from what was sent", wrong, 0, "")]


def _state(client: Redis) -> str:
    feed = feed_of(client)
    return feed.state if feed else ""


def outage(minutes: float) -> list[Figure]:
    """The venue is away for so long; seconds from its return until every trade of that time is stored."""
    with _running() as (scene, client):
        world = World(EXCHANGE_SEED)
        left_ms = scene.venue_ms()
        scene.choose("reset,refuse=503,rest=503")
        time.sleep(60 * minutes)
        back_ms = int(requests.get(f"{scene.exchange_url}/sim/truth", timeout=20).json()["time_ms"])
        scene.choose("")
        missed = sum(world.last_id(s, back_ms) - world.last_id(s, left_ms) for s in SYMBOLS)
        filled_s = _timed(lambda: _holds(client, world, left_ms, back_ms), "all that was missed")
        weight = _used_weight(scene)
        wrong = _differences(client, back_ms)
    return [
        Figure(13, f"{minutes:.3g} min away, {missed:,} trades: filled", filled_s, FILL_LIMIT_S, "s"),
        Figure(13, "request weight of that minute", weight, WEIGHT_LIMIT, ""),
        Figure(13, "differences from what was sent", wrong, 0, ""),
    ]


def _used_weight(scene: Scene) -> float:
    answer = requests.get(f"{scene.exchange_url}/api/v3/time", timeout=20)
    return float(answer.headers["X-MBX-USED-WEIGHT-1M"])


def _holds(client: Redis, world: World, left_ms: int, back_ms: int) -> bool:
    return all(_has_range(client, s, world.last_id(s, left_ms) + 1, world.last_id(s, back_ms)) for s in SYMBOLS)


def _has_range(client: Redis, symbol: str, first: int, last: int) -> bool:
    entries: Sequence[Any] = client.xrange(keys.ticks(f"sim:{symbol}"))  # type: ignore[assignment]
    ids = parse_ticks(b"".join(fields[keys.FIELD] for _, fields in entries))["trade_id"]
    return len(set(ids[(ids >= first) & (ids <= last)].tolist())) == last - first + 1
