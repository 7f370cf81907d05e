"""`python -m engine.monitor`: the monitor process. Exit code 2 where its environment is not usable."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from secrets import token_hex
from threading import Event

from engine.delivery.courier import Courier
from engine.delivery.outbox import Outbox
from engine.delivery.post import sender_command
from engine.delivery.protocol import LIMIT_S
from engine.desk.base import now_ms
from engine.desk.desk import Desk
from engine.history_rollup import HistoryRollup
from engine.monitor.bell import Bell
from engine.monitor.evaluation import Evaluation
from engine.monitor.history import HistoryWork
from engine.monitor.journal import Journal
from engine.monitor.loop import Monitor
from engine.monitor.outcome_journal import EVERY_S, PAUSE_S, OutcomeJournal
from engine.monitor.repeated import Repeated
from engine.monitor.settings import MonitorSettings, SettingsRefused, parse_settings
from engine.monitor.slow_tests import SlowTests
from engine.monitor.upkeep import with_uploads
from engine.monitor.vitals import MonitorVitals
from engine.reader import Reader
from engine.uploads.uploads import Uploads
from store import keys
from store.client import connect_reader
from store.dotenv import with_dotenv
from store.ending import stop_on_signals
from store.heartbeat import Heartbeat
from store.lease import Lease
from store.logs import configure_logging
from store.sql.database import open_database

MAX_PAIRS = 400
"""Held with their rows, 0.6 MB each at 3,600: where more have rules, each is read anew at every bar, and is late."""


def main() -> int:
    try:
        settings = parse_settings(with_dotenv(os.environ, Path(".env")))
    except SettingsRefused as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(settings.log_level)
    run(settings, stop_on_signals())
    return 0


def run(settings: MonitorSettings, stop: Event) -> None:
    """Put a monitor together and let it run until `stop`."""
    client = connect_reader(settings.redis_url)
    database = open_database(settings.database_url)
    desk = Desk(database, client)
    reader = Reader(client, desk.thresholds, max_pairs=MAX_PAIRS)
    vitals = MonitorVitals()
    slow_tests = SlowTests(client, reader.snapshot, vitals.tests)
    outbox = Outbox(desk, public_url=settings.public_url, clock_ms=now_ms)
    courier = Courier(desk, outbox, sender_command(LIMIT_S, settings.alert_allowed_nets))
    journal, bell = Journal(desk, now_ms, courier.wake), Bell(client)
    outcomes = OutcomeJournal(desk, reader.snapshot, now_ms)
    followed_up = Repeated("outcomes", outcomes.run, every_s=EVERY_S, pause_s=PAUSE_S)
    evaluation = Evaluation(
        desk,
        journal,
        bell,
        reader.snapshot,
        slow_tests,
        judged=outcomes.offer,
        bring_up=reader.bring_up,
        clock_ms=now_ms,
    )
    lease = Lease(client, keys.MONITOR_LEASE, token_hex(8))
    history = HistoryWork(with_uploads(HistoryRollup(client, database).run, Uploads(client, database)))
    monitor = Monitor(
        client,
        desk,
        lease=lease,
        journal=journal,
        bell=bell,
        evaluation=evaluation,
        besides=(history, courier, followed_up),
        clock_ms=now_ms,
        vitals=vitals,
    )
    heartbeat = Heartbeat(client, "monitor", vitals.get)
    heartbeat.start()
    history.start()
    courier.start()
    followed_up.start()
    try:
        monitor.run(stop)
    finally:
        courier.close()
        followed_up.close()
        history.close()
        slow_tests.close()
        heartbeat.close()
        database.close()
        client.close()


if __name__ == "__main__":
    sys.exit(main())
