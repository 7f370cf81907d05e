"""How the process ends: exit codes and the one sentence that goes with them."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest
from redis import Redis

from ingest.sim.exchange import SimulatedExchange
from tests.ingest.processes import finished_ingestor, running_ingestor, stored_feed
from tests.ingest.scripted import Answer, http_server
from tests.tools.waiting import until

START_MS = 1_782_907_245_000


def assert_one_sentence(said: str) -> None:
    lines = [line for line in said.splitlines() if " INFO " not in line]
    assert len(lines) == 1, said
    assert "Traceback" not in said


def test_an_unknown_symbol_is_said_before_anything_is_subscribed(redis_url: str, tmp_path: Path) -> None:
    with SimulatedExchange(start_ms=START_MS) as exchange:
        ended = finished_ingestor(
            tmp_path, FEED="sim", SIM_URL=exchange.rest_url, REDIS_URL=redis_url, SYMBOLS="BTCUSDT,NOPEUSDT"
        )
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert ended.stderr == "sim has no symbol NOPEUSDT: correct SYMBOLS\n"


def test_a_store_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else can answer there
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"redis://user:canary-7731@127.0.0.1:{port}/0"
        ended = finished_ingestor(tmp_path, FEED="sim", SIM_URL="http://127.0.0.1:9", REDIS_URL=url)
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert ended.stderr.startswith(f"the store at redis://127.0.0.1:{port}/0 cannot be reached: ")
    assert "canary" not in ended.stderr + ended.stdout


def test_a_refused_region_is_said_in_plain_words(redis_url: str, tmp_path: Path) -> None:
    with http_server([Answer(b"", 451)], []) as address:
        ended = finished_ingestor(tmp_path, FEED="sim", SIM_URL=address, REDIS_URL=redis_url)
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert "refuses to serve this region (HTTP 451): run the ingestor in another region" in ended.stderr


def test_impossible_settings_are_all_said_at_once(tmp_path: Path) -> None:
    ended = finished_ingestor(tmp_path, FEED="nowhere", SPEED="0")
    assert ended.returncode == 2
    assert_one_sentence(ended.stderr)
    assert all(name in ended.stderr for name in ("FEED", "SPEED", "REDIS_URL"))


def test_settings_come_from_the_dotenv_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FEED=replay\nFILE=absent.gz\nREDIS_URL=mongodb://x\n", encoding="utf-8")
    ended = finished_ingestor(tmp_path)
    assert ended.returncode == 2
    assert "REDIS_URL begins with none of redis://" in ended.stderr


def test_sigterm_ends_it_while_the_venue_does_not_answer(redis_url: str, tmp_path: Path) -> None:
    asked: list[str] = []
    with (
        http_server([Answer(b"", 503)], asked) as address,
        running_ingestor(tmp_path, FEED="sim", SIM_URL=address, REDIS_URL=redis_url) as ingestor,
    ):
        until(lambda: asked, "the first question")
        assert ingestor.end() == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="child processes are found in /proc")
def test_without_an_address_it_brings_its_own_exchange_and_takes_it_along(
    client: Redis, redis_url: str, tmp_path: Path
) -> None:
    with running_ingestor(tmp_path, FEED="sim", SYMBOLS="BTCUSDT", REDIS_URL=redis_url) as ingestor:
        until(lambda: is_streaming(client), "the feed")
        (exchange,) = children_of(ingestor.process.pid)
        ingestor.kill()
        until(lambda: not is_alive(exchange), "the end of the exchange after a hard kill")
    client.flushall()
    with running_ingestor(tmp_path, FEED="sim", SYMBOLS="BTCUSDT", REDIS_URL=redis_url) as ingestor:
        until(lambda: children_of(ingestor.process.pid), "the second exchange")
        (exchange,) = children_of(ingestor.process.pid)
        until(lambda: is_streaming(client), "the second feed")
        os.kill(exchange, signal.SIGKILL)
        assert ingestor.process.wait(10) == 1, "whoever watches it starts both again"


def is_streaming(client: Redis) -> bool:
    feed = stored_feed(client, "sim")
    return feed is not None and feed.state == "streaming" and feed.trades > 0


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
