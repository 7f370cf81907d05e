"""A whole board with viewers over a long time: memory and descriptors of its processes, and its store, stay level."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from bench.chaos import SPEED
from bench.chaos_scene import Child
from bench.memory import named
from bench.processes import process_tree
from bench.servers import Server, answers, free_port, running_board
from bench.soak_table import Figure
from bench.viewers import Generator, pair_values, plan_for, wait_warm
from store.client import connect_reader

VIEWERS, PAGES = 20, 10
SAMPLE_S = 5.0
WARM_SHARE = 0.4  # of the time, during which caches and streams fill
RETENTION_MB = 4  # so little that the streams are full from the start, and stay so
MEMORY_LIMIT_MB_H, DESCRIPTORS_LIMIT, STORE_LIMIT = 1.0, 4.0, 2.0
END_LIMIT_S = 10.0
OURS = ("ingestor", "monitor", "web worker")


@dataclass(slots=True)
class Samples:
    """What was seen of one process or of the store, after the first part of the time."""

    times_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    @property
    def slope_mb_h(self) -> float:
        """By least squares over the time watched."""
        return float(np.polyfit(np.array(self.times_s) / 3600, self.memory_mb, 1)[0])

    @property
    def spread(self) -> float:
        """Largest distance from the mean, in percent."""
        values = np.array(self.memory_mb)
        return float(np.abs(values / values.mean() - 1).max() * 100)


def watched_board(minutes: float) -> list[Figure]:
    """At 500 messages a second with twenty viewers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp")))
        port = free_port()
        command = (sys.executable, "-m", "ingest.sim", "--port", str(port), "--speed", f"{SPEED:g}")
        exchange = Child("exchange", command, folder)
        exchange.start()
        stack.callback(exchange.end)
        while not answers(port, "/fapi/v1/time"):
            time.sleep(0.1)
        board = stack.enter_context(running_board(exchange_port=port, retention_mb=RETENTION_MB))
        pairs = list(combinations(wait_warm(board), 2))[:PAGES]
        viewers = stack.enter_context(Generator(plan_for(board, pair_values(pairs, "1s"))))
        viewers.set_viewers(VIEWERS)
        processes, store, errors = _watch(board, viewers, 60 * minutes)
        end_s = _end(board)
    ended = Figure(3, "told twice to end, with viewers on: all processes gone", end_s, END_LIMIT_S, "s")
    return [ended, *_figures(processes, store, errors, minutes)]


def _end(board: Server) -> float:
    """Seconds until none of the board's processes is there."""
    folders = [Path(f"/proc/{process.pid}") for _, process in named(process_tree(board.pid))]
    began_s = time.monotonic()
    for _ in range(2):
        os.kill(board.pid, signal.SIGTERM)
    while any(_runs(folder) for folder in folders):
        time.sleep(0.01)
    return time.monotonic() - began_s


def _runs(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _watch(board: Server, viewers: Generator, seconds: float) -> tuple[dict[tuple[str, int], Samples], Samples, int]:
    processes: dict[tuple[str, int], Samples] = defaultdict(Samples)
    store, errors, began_s = Samples(), 0, time.monotonic()
    client = connect_reader(board.redis_url)
    while (now_s := time.monotonic() - began_s) < seconds:
        errors += viewers.measure(SAMPLE_S).errors
        if now_s < WARM_SHARE * seconds:
            continue
        for name, process in named(process_tree(board.pid)):
            if name in OURS:
                seen = processes[name, process.pid]
                seen.times_s.append(now_s)
                seen.memory_mb.append(process.resident_mb)
                seen.descriptors.append(len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
        memory: Any = client.info("memory")
        store.times_s.append(now_s)
        store.memory_mb.append(memory["used_memory"] / 1e6)
    client.close()
    return processes, store, errors


def _figures(processes: dict[tuple[str, int], Samples], store: Samples, errors: int, minutes: float) -> list[Figure]:
    watched = f"over {minutes * (1 - WARM_SHARE):.3g} min"
    figures = [Figure(30, "errors of viewers", errors, 0, "")]
    for (name, _), seen in sorted(processes.items()):
        figures.append(Figure(30, f"{name}: memory {watched}", seen.slope_mb_h, MEMORY_LIMIT_MB_H, "MB/h"))
        figures.append(Figure(30, f"{name}: descriptors", _grown(seen.descriptors), DESCRIPTORS_LIMIT, "more"))
    figures.append(Figure(30, f"store {watched}, from its mean", store.spread, STORE_LIMIT, "%"))
    return figures


def _grown(counts: Sequence[int]) -> float:
    """By how much the last third is above the first, on average."""
    third = max(1, len(counts) // 3)
    return max(0.0, float(np.mean(counts[-third:]) - np.mean(counts[:third])))
