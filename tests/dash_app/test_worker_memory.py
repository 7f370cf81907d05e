"""A web worker after large files and tables: small as before, as what they take is taken elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import requests

from bench.memory import LIMIT_MB
from bench.processes import Process, process_tree
from tests.dash_app.conftest import LIMIT_S

START_S = 1_704_067_200
TICKS = b"timestamp,price,size,trade_id\n" + b"".join(
    b"%d,%d.5,1,%d\n" % ((START_S * 1000) + 250 * n, n % 1_000 + 100, n) for n in range(250_000)
)
BARS = b"timestamp,open,high,low,close\n" + b"".join(b"%d,5,7,4,6\n" % (START_S + 60 * n) for n in range(250_000))


def web_worker(url: str) -> Process:
    """The worker of the server at that address: the one of its processes whose parent is gunicorn too."""
    port = f"PORT={urlsplit(url).port}".encode()
    ours = {
        process.pid: process
        for process in process_tree(os.getpid())
        if "gunicorn" in process.command and port in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    }
    (worker,) = (process for process in ours.values() if process.parent in ours)
    return worker


def test_files_and_tables_leave_a_worker_as_small_as_it_was(url: str) -> None:
    """By the system's own figures: resident memory, and the libraries that are mapped."""
    api = f"{url}/api/v1"
    for symbol, raw in (("TK", TICKS), ("BR", BARS)):
        for path in ("/uploads/preview", "/uploads"):
            form = {"symbol": symbol} if path == "/uploads" else {}
            sent = requests.post(f"{api}{path}", files={"file": (f"{symbol}.csv", raw)}, data=form, timeout=2 * LIMIT_S)
            assert sent.ok, sent.text
    tables = ("ticks/upload:TK.parquet", "bars/upload:BR.parquet?timeframe=1m", "ticks/upload:TK.csv")
    for table in (*tables, "features/sim:YUSDT/sim:XUSDT.parquet?window=60"):
        got = requests.get(f"{api}/exports/{table}", timeout=2 * LIMIT_S)
        assert got.ok, got.text
        assert got.content[:4] == b"PAR1" or table.endswith("csv")
    worker = web_worker(url)
    assert "pyarrow" not in Path(f"/proc/{worker.pid}/maps").read_text()
    assert worker.resident_mb < LIMIT_MB
    alive = [process.command for process in process_tree(os.getpid()) if "engine.apart" in process.command]
    assert alive == []
