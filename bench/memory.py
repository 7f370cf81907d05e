"""Memory of every process of a running board with viewers at it, and of a day of seconds in the store.

Run: python -m bench.memory
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from bench.processes import Process, process_tree
from bench.servers import Server, running_board
from bench.snapshot import private_store
from bench.table import table, verdict
from bench.viewers import PAGES, Generator, pair_values, plan_for, wait_warm
from store import keys
from store.bars import Bar, Source, encode_bar
from store.client import connect_reader, connect_writer
from store.retention import DEFAULT_BUDGET_MB
from store.timeframes import Timeframe

LIMIT_MB = 150.0  # of the ingestor, and of a web worker
LIMIT_BAR_BYTES = 100.0
LIMIT_DAY_MB = 9.0
DAY_BARS = 86_400
VIEWERS, WATCH_S = 100, 30.0
INSTRUMENT = "sim:BTCUSDT"
NAMES = {
    "ingest.sim": "exchange",
    "-m ingest": "ingestor",
    "engine.monitor": "monitor",
    "valkey-server": "store",
    "redis-server": "store",
    "gunicorn": "web master",
    "supervisord": "supervisor",
    "engine.allinone": "make run",
}
LIMITS = {"ingestor": LIMIT_MB, "web worker": LIMIT_MB, "store": DEFAULT_BUDGET_MB}


def named(tree: tuple[Process, ...]) -> list[tuple[str, Process]]:
    """Each process by what it does: children of the web server are its workers."""
    by_pid = {process.pid: process for process in tree}

    def name(process: Process) -> str:
        known = next((words for part, words in NAMES.items() if part in process.command), process.command[-30:])
        parent = by_pid.get(process.parent)
        worker = known == "web master" and parent is not None and "gunicorn" in parent.command
        return "web worker" if worker else known

    return [(name(process), process) for process in tree]


def under_viewers(board: Server) -> list[tuple[str, Process]]:
    """The board's processes while viewers look at many different pages."""
    pairs = list(combinations(wait_warm(board), 2))[:PAGES]
    with Generator(plan_for(board, pair_values(pairs, "1s"))) as generator:
        generator.set_viewers(VIEWERS)
        generator.measure(WATCH_S)
        return named(process_tree(board.pid))


def day_of_seconds_bytes() -> int:
    """What the store says that a stream of a day of 1 s bars takes, in a server of its own."""
    with private_store() as url:
        return _filled(url)


def _filled(url: str) -> int:
    key = keys.bars(INSTRUMENT, Timeframe.S1)
    client = connect_writer(url)
    rng = np.random.default_rng(1)
    closes = np.round(60_000 + np.cumsum(rng.normal(0, 3, DAY_BARS)), 1).tolist()
    for start in range(0, DAY_BARS, 1_000):
        pipe = client.pipeline(transaction=False)
        for k, close in enumerate(closes[start : start + 1_000], start):
            number = k * 8
            bar = Bar(
                k * 1_000, close, close, close, close, 1.5, 8, number, number + 7, close, close, Source.TRADES, 0, 0
            )
            pipe.xadd(key, {keys.FIELD: encode_bar(bar)})
        pipe.execute()
    size: Any = client.memory_usage(key, samples=0)
    client.close()
    return int(size)


def live_bar_bytes(board: Server) -> float:
    """Bytes of a 1 s bar in the running board's own store."""
    client = connect_reader(board.redis_url)
    key = keys.bars(INSTRUMENT, Timeframe.S1)
    size: Any = client.memory_usage(key, samples=0)
    length: Any = client.xlen(key)
    client.close()
    return int(size) / int(length)


def main() -> None:
    with running_board() as board:
        processes = under_viewers(board)
        bar_bytes = live_bar_bytes(board)
    day = day_of_seconds_bytes()
    rows, reached = [], []

    def add(what: str, value: float, unit: str, limit: float | None) -> None:
        ratio = "" if limit is None else f"{value / limit:.2f}"
        rows.append((what, f"{value:.0f} {unit}", "" if limit is None else f"{limit:.0f} {unit}", ratio))
        reached.append(limit is None or value <= limit)

    for name, process in processes:
        add(name, process.resident_mb, "MB", LIMITS.get(name))
    add("a 1 s bar in the running store", bar_bytes, "B", LIMIT_BAR_BYTES)
    add("a 1 s bar among a day of them", day / DAY_BARS, "B", LIMIT_BAR_BYTES)
    add("a day of 1 s bars", day / 1e6, "MB", LIMIT_DAY_MB)
    print(table((f"resident, {VIEWERS} viewers at {PAGES} pages", "ours", "limit", "ratio"), rows))
    print(f"wanted: within the limits: {verdict(all(reached))}")


if __name__ == "__main__":
    main()
