"""A desk's rules at one bar a second: their price in shares of a core, and the time from a bar's close to its alert.

Run: python -m bench.rules [--seconds 60] [--pairs 200]

The real monitor, over a store and a database of its own, with five rules a pair, a receiver on loopback that gets all
messages and one that is dead. Bars of all legs are written once a second, as the ingestor writes them; a latency runs
from just before that write until another connection finds the alert in SQL. CPU time is that of the monitor and its
children.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import numpy as np
from redis import Redis

from bench.processes import cpu_s, process_tree
from bench.rules_desk import RULES_A_PAIR, Market, chosen_pairs, write_rules
from bench.servers import HOST, ROOT, free_port
from bench.snapshot import private_store
from bench.table import table, verdict
from engine.delivery.addresses import parse_networks
from engine.desk.desk import Desk, open_desk
from engine.parameters import PairParameters
from store import keys
from store.client import connect_reader
from store.sql.migrate import upgrade

SHARE_LIMIT, P95_LIMIT_MS = 0.20, 500.0
WATERMARK_S = 0.5  # after its end a bar closes
LOOK_EVERY_S = 0.005
STEADY_BARS = 10  # in a row at which every row was there before the next bar
WARM_LIMIT_S = 150.0


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds: of the process, of its first thread, and of what it started."""

    process: float
    loop: float
    children: float

    def since(self, before: Spent) -> Spent:
        return Spent(self.process - before.process, self.loop - before.loop, self.children - before.children)


class Watch(Thread):
    """Notes when each alert can be read, by the close of its bar."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._ended = Event()
        self.found: list[tuple[int, float]] = []

    def run(self) -> None:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, isolation_level=None)
        last = 0
        while not self._ended.wait(LOOK_EVERY_S):
            rows = connection.execute("SELECT id, at_ms FROM alerts WHERE id > ? ORDER BY id", (last,)).fetchall()
            now_s = time.time()
            self.found += ((at_ms, now_s) for _, at_ms in rows)
            last = rows[-1][0] if rows else last
        connection.close()

    def end(self) -> None:
        self._ended.set()
        self.join()


class _Receiver(BaseHTTPRequestHandler):
    """Takes every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def receiver() -> Iterator[int]:
    """Its port."""
    with ThreadingHTTPServer((HOST, 0), _Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def monitor(redis_url: str, database_url: str, folder: Path) -> Iterator[int]:
    """Its process id."""
    settings = {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "ALERT_ALLOWED_NETS": f"{HOST}/32",
        "LOG_LEVEL": "ERROR",
    }
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = (sys.executable, "-m", "store.parent_death", "--", sys.executable, "-m", "engine.monitor")
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def spent(pid: int) -> Spent:
    """Until now."""
    first = (Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2]).split()
    loop = (int(first[11]) + int(first[12])) / os.sysconf("SC_CLK_TCK")
    whole = process_tree(pid)[0].cpu_s
    return Spent(whole, loop, cpu_s(pid) - whole)


class Seconds:
    """One bar a second, from the next one on; when each was written, by its close."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._second = int(time.time()) + 1
        market.begin(self._second - 1)
        self.written_s: dict[int, float] = {}

    def next(self) -> None:
        """Wait for the next one, and write it."""
        time.sleep(max(0.0, self._second + WATERMARK_S - time.time()))
        began_s = time.time()
        self.written_s[self._market.publish_next()] = began_s
        self._second += 1


def warm(client: Redis, seconds: Seconds, pairs: Sequence[PairParameters]) -> None:
    """Until the rows of every pair were there before the next bar, so many times in a row."""
    steady, give_up_s = 0, time.monotonic() + WARM_LIMIT_S
    while steady < STEADY_BARS:
        if time.monotonic() > give_up_s:
            raise SystemExit(
                f"the monitor does not keep up: no {STEADY_BARS} bars in a row within {WARM_LIMIT_S:.0f} s"
            )
        seconds.next()
        time.sleep(0.8)
        steady = steady + 1 if _ends(client, pairs) == {max(seconds.written_s) // 1000 - 1} else 0


def _ends(client: Redis, pairs: Sequence[PairParameters]) -> set[int]:
    pipeline = client.pipeline(transaction=False)
    for pair in pairs:
        pipeline.xrevrange(keys.rows(pair.key), count=1)
    return {int(entries[0][0].partition(b"-")[2]) if entries else 0 for entries in pipeline.execute()}


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds in so many seconds, and milliseconds from each bar's write to its alerts."""

    spent: Spent
    seconds: float
    waits_ms: list[float]


def measure(pairs: int, seconds: int) -> Measured:
    with ExitStack() as stack:
        url = stack.enter_context(private_store())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp")))
        client, path = connect_reader(url), folder / "board.sqlite"
        desk = open_desk(f"sqlite:///{path}", client, alert_allowed_nets=parse_networks([HOST]))
        upgrade(desk.database)
        market = Market(client, int(WARM_LIMIT_S) + seconds)
        market.publish_history()
        chosen = chosen_pairs(pairs)
        _furnish(desk, chosen, stack.enter_context(receiver()))
        second = Seconds(market)
        pid = stack.enter_context(monitor(url, f"sqlite:///{path}", folder))
        warm(client, second, chosen)
        watch = Watch(path)
        watch.start()
        since_ms, before, began_s = max(second.written_s), spent(pid), time.monotonic()
        for _ in range(seconds):
            second.next()
        time.sleep(WATERMARK_S)
        after, took_s = spent(pid), time.monotonic() - began_s
        watch.end()
        desk.database.close()
        waits = [1e3 * (now_s - second.written_s[at_ms]) for at_ms, now_s in watch.found if at_ms > since_ms]
        return Measured(after.since(before), took_s, waits)


def _furnish(desk: Desk, pairs: Sequence[PairParameters], port: int) -> None:
    desk.add_target("desk", f"json://{HOST}:{port}", per_minute=60)
    desk.add_target("dead", f"json://{HOST}:{free_port()}", per_minute=60)
    write_rules(desk, pairs, int(time.time() * 1000))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long to measure (default 60)")
    parser.add_argument("--pairs", type=int, default=200)
    options = parser.parse_args(arguments)
    found = measure(options.pairs, options.seconds)
    if not found.waits_ms:
        raise SystemExit("no alert was written: nothing here is worth printing")
    cost = found.spent
    shares = [part / found.seconds for part in (cost.process + cost.children, cost.loop, cost.process - cost.loop)]
    head = ("share of a core", "all", "loop", "other threads", "children", "limit")
    cells = (*shares, cost.children / found.seconds, SHARE_LIMIT)
    name = f"{options.pairs * RULES_A_PAIR:,} rules, {options.pairs} pairs"
    print(table(head, [(name, *(f"{100 * cell:.1f} %" for cell in cells))]))
    p50, p95, p99 = np.percentile(found.waits_ms, (50, 95, 99))
    columns = ("a bar's close to its alert in the log, ms", "alerts", "p50", "p95", "p99", "max", "limit")
    waits = [f"{each:.0f}" for each in (p50, p95, p99, max(found.waits_ms), P95_LIMIT_MS)]
    print(table(columns, [(f"over {found.seconds:.0f} s", str(len(found.waits_ms)), *waits)]))
    print(f"wanted: <= {100 * SHARE_LIMIT:.0f} % of a core: {verdict(shares[0] <= SHARE_LIMIT)}")
    print(f"wanted: p95 <= {P95_LIMIT_MS:.0f} ms: {verdict(bool(p95 <= P95_LIMIT_MS))}")


if __name__ == "__main__":
    main()
