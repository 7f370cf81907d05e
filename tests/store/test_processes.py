"""Heartbeats in a real store: what is written is read, ages go by the store's clock, and a store may be away."""

from __future__ import annotations

import logging
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from store import keys
from store.client import connect_reader
from store.errors import CorruptRecord
from store.heartbeat import Heartbeat
from store.latencies import Latency
from store.own_process import CpuShare, memory_mb, open_files
from store.process_state import (
    KEEP_MS,
    STALE_MS,
    ConnectionView,
    ProcessState,
    Vitals,
    parse_process,
    read_processes,
    remove_old_processes,
    write_process,
)
from tests.store.standing_still import stopped
from tests.tools.waiting import until

CONNECTION = ConnectionView(
    "sim", "spot-1", "127.0.0.1:8090", True, "", 24, ("btcusdt@trade",), 1_000, 2_000, 3_000, 5, 2, 1, 0, 0.25
)
STATE = ProcessState(
    kind="ingest",
    host="desk-1",
    pid=4711,
    started_ms=1_700_000_000_000,
    said_ms=1_700_000_100_000,
    versions={"python": "3.11.2"},
    memory_mb=101.5,
    cpu_share=0.25,
    threads=9,
    descriptors=None,
    vitals=Vitals(
        rates={"trades": 410.5},
        counts={"dropped_frames": 3},
        latencies={"publish": Latency(1.1, 2.2, 3.3, 1_200), "lag": Latency(None, None, None, 0)},
        connections=(CONNECTION,),
        notes=("stands by",),
    ),
)


def server_ms(client: Redis) -> int:
    seconds, micros = client.time()
    return seconds * 1000 + micros // 1000


def test_what_is_written_is_read_with_the_store_s_stamp(client: Redis) -> None:
    before_ms = server_ms(client)
    written_ms = write_process(client, STATE)
    found = read_processes(client)
    assert before_ms <= written_ms <= found.now_ms <= server_ms(client)
    assert found.states == (replace(STATE, written_ms=written_ms),)


def test_of_two_processes_each_has_its_row_and_the_older_comes_first(client: Redis) -> None:
    write_process(client, replace(STATE, pid=2, started_ms=2))
    write_process(client, replace(STATE, pid=1, started_ms=5))
    write_process(client, replace(STATE, kind="web", pid=2))
    write_process(client, replace(STATE, pid=2, started_ms=2, memory_mb=7.0))
    states = read_processes(client).states
    assert [(state.kind, state.pid) for state in states] == [("ingest", 2), ("ingest", 1), ("web", 2)]
    assert states[0].memory_mb == 7.0


def test_a_silent_process_is_stale_after_five_seconds_dropped_after_ten_minutes_and_cleared_away(client: Redis) -> None:
    now_ms = server_ms(client)
    for pid, age_ms in ((1, 0), (2, STALE_MS + 1_000), (3, KEEP_MS + 1_000)):
        write_process(client, replace(STATE, pid=pid))
        name = replace(STATE, pid=pid).name
        raw = client.hget(keys.PROCESSES, name)
        assert isinstance(raw, bytes)
        client.hset(keys.PROCESSES, name, str(now_ms - age_ms).encode() + raw[raw.index(b" ") :])
    found = read_processes(client)
    assert [(state.pid, state.stale(found.now_ms)) for state in found.states] == [(1, False), (2, True)]
    assert client.hlen(keys.PROCESSES) == 3
    client.hset(keys.PROCESSES, "garbage", b"not ours")
    remove_old_processes(client)
    assert client.hkeys(keys.PROCESSES) == [replace(STATE, pid=pid).name.encode() for pid in (1, 2)]


def test_what_another_version_wrote_is_left_out_and_left_alone(client: Redis) -> None:
    write_process(client, STATE)
    client.hset(keys.PROCESSES, "new", f'{server_ms(client)} {{"kind": "web", "hats": 3}}')
    assert [state.pid for state in read_processes(client).states] == [4711]
    remove_old_processes(client)
    assert client.hexists(keys.PROCESSES, "new")
    for raw in (b"", b"12", b"x {}", b"12 []", b'12 {"vitals": 3}'):
        with pytest.raises(CorruptRecord):
            parse_process(raw)


def test_a_heartbeat_tells_of_its_own_process(client: Redis) -> None:
    """Oracles: the operating system's own numbers, by `ps` and by counting."""
    beat = Heartbeat(client, "monitor", lambda: Vitals(counts={"pairs": 7}), every_s=0.05)
    beat.start()
    until(lambda: read_processes(client).states, "its first beat")
    (state,) = read_processes(client).states
    assert (state.kind, state.host, state.pid) == ("monitor", socket.gethostname(), os.getpid())
    assert state.vitals.counts == {"pairs": 7}
    assert state.versions["numpy"] == np.__version__
    assert state.versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert abs(state.said_ms - time.time() * 1000) < 30_000
    assert state.threads == threading.active_count()
    first_ms = state.written_ms
    until(lambda: read_processes(client).states[0].written_ms > first_ms, "its second beat")
    beat.close()
    assert read_processes(client).states == ()


def test_memory_files_and_share_of_a_core_are_the_system_s() -> None:
    """Oracles: getrusage for the peak that memory never exceeds, `ps` for memory, our own opening and counting."""
    memory = memory_mb()
    if memory is None:
        pytest.skip("this system does not tell memory as Linux does")
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    assert memory == pytest.approx(int(shown.stdout) * 1024 / 1e6, rel=0.05)
    assert memory <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6 * 1.01
    before = open_files()
    assert before is not None
    with socket.socket(), socket.socket():
        assert open_files() == before + 2
    share, spent_s, began_s = CpuShare(), time.process_time(), time.monotonic()
    while time.process_time() - spent_s < 0.2:
        pass
    wanted = (time.process_time() - spent_s) / (time.monotonic() - began_s)
    assert share.get() == pytest.approx(wanted, rel=0.1)


def test_a_store_that_is_away_stops_no_process_and_fills_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect_reader(f"unix://{tmp_path}/nobody")
    calls: list[int] = []

    def vitals() -> Vitals:
        calls.append(1)
        return Vitals()

    with caplog.at_level(logging.INFO):
        beat = Heartbeat(client, "web", vitals, every_s=0.01)
        beat.start()
        until(lambda: len(calls) > 20, "twenty tries")
        began_s = time.monotonic()
        beat.close()
    assert time.monotonic() - began_s < 3
    assert caplog.records == []
    client.close()


def test_a_frozen_store_costs_the_beat_its_timeout_and_it_goes_on_after(client: Redis, redis_url: str) -> None:
    own = connect_reader(redis_url)
    beat = Heartbeat(own, "web", Vitals, every_s=0.05)
    beat.start()
    until(lambda: read_processes(client).states, "its first beat")
    with stopped(client):
        time.sleep(2.5)  # longer than a reader's timeout
    before_ms = server_ms(client)
    until(lambda: read_processes(client).states[0].written_ms > before_ms, "a beat after it")
    beat.close()
    own.close()


def test_numbers_that_cannot_be_had_are_said_once_and_the_beat_goes_on(
    client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Vitals:
        raise RuntimeError("no numbers")

    beat = Heartbeat(client, "web", broken, every_s=0.01)
    beat.start()
    until(lambda: read_processes(client).states, "its first beat")
    first_ms = read_processes(client).states[0].written_ms
    until(lambda: read_processes(client).states[0].written_ms > first_ms + 100, "more beats")
    beat.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
