"""The monitor as a process, killed between sending a message and writing that: it comes again, as it was."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from redis import Redis

from engine.desk.desk import Desk
from engine.desk.types import Delivery, DeliveryState
from store import keys
from tests.engine.delivery.alerting import add_target
from tests.engine.delivery.receivers import Got, hanging_receiver, http_receiver, status, wait
from tests.engine.monitor.test_process import PAIRS, START_MS, Market

KILLS = 5


class Life:
    """One monitor after the other on one board."""

    def __init__(self, client: Redis, redis_url: str, database_url: str) -> None:
        self._client = client
        self._environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "ALERT_ALLOWED_NETS": "127.0.0.0/8",
        }
        self.kills = 0
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        self._client.delete(keys.MONITOR_LEASE)  # as if the dead one's lease had run out
        self.process = subprocess.Popen([sys.executable, "-m", "engine.monitor"], env=self._environment)

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        self.kills += 1

    def end(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0


def _watch(desk: Desk) -> None:
    desk.change_settings(entry=1.5, exit=0.5, min_correlation=0.2, effective_ms=0)
    for pair in PAIRS:
        desk.watch(pair, effective_ms=START_MS)


def _deliveries(desk: Desk) -> tuple[Delivery, ...]:
    desk.changed()
    return desk.deliveries(limit=1_000)


def _alerts_of(body: str) -> list[int]:
    numbers = re.search(r"^alerts? ([\d, ]+)$", body, re.MULTILINE)
    assert numbers is not None
    return [int(number) for number in numbers[1].split(", ")]


def _killing(life: Life) -> Callable[[BaseHTTPRequestHandler], None]:
    """Takes a message, and kills the monitor before it can hear that; by chance the first or second of a life."""
    chance = random.Random(7)
    left = 1

    def answer(request: BaseHTTPRequestHandler) -> None:
        nonlocal left
        left -= 1
        if left == 0 and life.kills < KILLS:
            left = chance.randrange(1, 3)
            life.kill()
        try:
            status(200)(request)
        except OSError:
            return

    return answer


def test_killed_between_sending_and_writing_it_sends_the_same_again_and_loses_none(
    client: Redis, redis_url: str, database_url: str, desk: Desk
) -> None:
    market, life = Market(client), Life(client, redis_url, database_url)
    _watch(desk)
    with http_receiver(_killing(life)) as got:
        add_target(desk, f"json://127.0.0.1:{got.port}/hook")
        for number in range(1, KILLS + 1):
            life.begin()
            market.publish(100)
            wait(lambda up_to=number: life.kills == up_to, "a message is sent, and the monitor killed")
        life.begin()
        wait(lambda: _settled(desk), "all is sent in the end")
        life.end()
    _check_received(desk, got)


def _settled(desk: Desk) -> bool:
    told = {delivery.alert_id for delivery in _deliveries(desk) if delivery.state is DeliveryState.SENT}
    alerts = desk.alerts(limit=1_000)
    return len(alerts) > 20 and {alert.id for alert in alerts} == told


def _check_received(desk: Desk, got: Got) -> None:
    texts: dict[str, list[str]] = defaultdict(list)
    for message_id, body in zip(got.ids, got.bodies, strict=True):
        texts[message_id].append(body["message"])
    assert sum(len(each) - 1 for each in texts.values()) >= KILLS, "a message came again after each kill"
    assert all(len(set(each)) == 1 for each in texts.values()), "and they came again as they were"
    once = [number for each in texts.values() for number in _alerts_of(each[0])]
    assert sorted(once) == sorted(alert.id for alert in desk.alerts(limit=1_000)), "each alert once, by the ids"


def test_a_monitor_with_a_target_that_hangs_writes_alerts_and_ends_in_time(
    client: Redis, redis_url: str, database_url: str, desk: Desk
) -> None:
    market, life = Market(client), Life(client, redis_url, database_url)
    _watch(desk)
    with hanging_receiver() as hanging:
        add_target(desk, f"json://127.0.0.1:{hanging.port}/")
        life.begin()
        market.publish(100)
        wait(lambda: hanging.connections >= 1, "a message hangs")
        before = len(desk.alerts(limit=1_000))
        market.publish(200)
        wait(lambda: len(desk.alerts(limit=1_000)) > before + 10, "the log goes on")
        assert all(delivery.attempts == 0 for delivery in _deliveries(desk)), "while it hangs still"
        life.end()
    assert all(delivery.state is DeliveryState.WAITING for delivery in _deliveries(desk))
