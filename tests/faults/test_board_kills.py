"""Row 2: web workers and the monitor are killed with viewers on: pages go on, and the alert log is whole."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests
from playwright.sync_api import Browser

from bench.servers import Server
from bench.viewers import Generator, pair_values, plan_for
from engine.desk.desk import Desk, open_desk
from engine.monitor.judge import Judge
from engine.parameters import PairParameters
from engine.reader import Reader
from store.client import connect_reader
from store.timeframes import Timeframe
from tests.system.open_page import OpenPage
from tests.system.running_board import RunningBoard
from tests.tools.waiting import until

LEGS = [("BTCUSDT", "ETHUSDT"), ("SOLUSDT", "AVAXUSDT"), ("BNBUSDT", "BTCUSDT"), ("ETHUSDT", "SOLUSDT")]
PAIRS = [PairParameters(f"sim:{y}", f"sim:{x}", Timeframe.S1, 20, 10) for y, x in LEGS]
VIEWERS, KILLS = 20, 2
Alerts = list[tuple[int, str, int, float]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, or the board's sockets would stand elsewhere."""
    with TemporaryDirectory(prefix="sb-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture
def board(folder: Path) -> Iterator[RunningBoard]:
    running = RunningBoard(folder)
    try:
        running.wait_ready()
        yield running
        running.stop()
    finally:
        running.close()


def watch(board: RunningBoard) -> None:
    """Rules that fire every few seconds, as an analyst would set them."""
    settings = {"entry": 1.2, "exit": 0.4, "min_correlation": 0.0}
    requests.put(f"{board.url}/api/v1/settings", json=settings, timeout=20).raise_for_status()
    for y, x in LEGS:
        body = {"y": f"sim:{y}", "x": f"sim:{x}", "timeframe": "1s", "window": 20, "z_window": 10}
        requests.post(f"{board.url}/api/v1/watchlist", json=body, timeout=20).raise_for_status()


@pytest.mark.browser
def test_killed_workers_and_monitors_are_not_noticed_by_viewers_nor_by_the_log(
    board: RunningBoard, chromium: Browser, folder: Path
) -> None:
    chance = random.Random(1)
    watch(board)
    server = Server(board.process.pid, board.port, folder)
    values = pair_values([(f"sim:{y}", f"sim:{x}") for y, x in LEGS], "1s")
    page = OpenPage(chromium, board.url)
    page.go("/pair/sim:BTCUSDT/sim:ETHUSDT?timeframe=1s&window=20&z_window=10")
    page.mark()
    with Generator(plan_for(server, values)) as viewers:
        viewers.set_viewers(VIEWERS)
        for _ in range(KILLS):
            known = board.pids_of("engine.monitor"), board.web_workers()
            os.kill(chance.choice(sorted(known[0])), signal.SIGKILL)
            time.sleep(chance.uniform(0, 1))  # where the kill falls is left to chance
            os.kill(chance.choice(sorted(known[1])), signal.SIGKILL)
            until(lambda before=known[0]: board.pids_of("engine.monitor") - before, "another monitor")
            until(lambda before=known[1]: len(board.web_workers()) == 2 and board.web_workers() - before, "a worker")
            until(lambda: all_answered(viewers), "every viewer to be answered again")
    as_of = page.text("kpi-as-of")
    page.wait_other("kpi-as-of", as_of)
    page.wait_text("connection", "Connected")
    assert page.stayed
    page.close()
    assert_the_log_is_whole(board, folder)


def all_answered(viewers: Generator) -> bool:
    """Whether every viewer was answered at its pace for two seconds, on whatever connection it then had."""
    window = viewers.measure(2.0)
    return window.errors == 0 and window.skipped == 0 and window.answers >= VIEWERS


def assert_the_log_is_whole(board: RunningBoard, folder: Path) -> None:
    """What one uninterrupted look at all bars says up to now, each once and nothing besides."""
    client = connect_reader(f"unix://{folder}/var/run/valkey.sock")
    desk = open_desk(f"sqlite:///{folder}/var/spreadboard.sqlite", client)
    until_ms = max(int(Reader(client, desk.thresholds).snapshot(pair).rows["open_time_ms"][-1]) for pair in PAIRS)
    expected = said_in_one_go(Reader(client, desk.thresholds), desk, until_ms)
    assert expected
    until(lambda: logged(desk, until_ms) == expected, lambda: (logged(desk, until_ms), expected), limit_s=40)
    ids = [alert.id for alert in desk.alerts(limit=1_000)]
    assert len(ids) == len(set(ids)), "the id by which a receiver drops a repeat"
    desk.database.close()
    client.close()


def said_in_one_go(reader: Reader, desk: Desk, until_ms: int) -> Alerts:
    said: Alerts = []
    by_key = {pair.key: pair for pair in PAIRS}
    for rule in desk.rule_records():
        if rule.pair.pair_key not in by_key:
            continue
        pair = by_key[rule.pair.pair_key]
        judge = Judge(rule, pair, None, desk.settings_history(), epoch="", written_ms=0)
        judgement = judge.bars(reader.snapshot(pair))
        assert judgement is not None
        said += [(a.rule_id, str(a.event), a.bar_ms, a.z or 0.0) for a in judgement.alerts if a.bar_ms <= until_ms]
    return sorted(said)


def logged(desk: Desk, until_ms: int) -> Alerts:
    keys = {pair.key for pair in PAIRS}
    alerts = [alert for alert in desk.alerts(limit=1_000) if alert.parameters.key in keys]
    return sorted((a.rule_id, str(a.event), a.open_time_ms, a.z or 0.0) for a in alerts if a.open_time_ms <= until_ms)
