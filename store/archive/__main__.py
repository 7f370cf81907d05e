"""`python -m store.archive`: archives the ticks of a store in TICK_ARCHIVE, a folder or an s3:// address.

A process of its own: pyarrow and DuckDB take 150 MB, and a bucket seconds, neither of which the monitor
should bear. Without TICK_ARCHIVE it says so, and waits to be ended, so that a line of the Procfile that is
not needed does no harm. Exit code 2 where its environment is not usable.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from threading import Event

from store.archive.settings import ArchiveSettings, SettingsRefused, parse_settings
from store.dotenv import with_dotenv
from store.ending import stop_on_signals
from store.errors import StoreError
from store.logs import configure_logging


def main() -> int:
    try:
        settings = parse_settings(with_dotenv(os.environ, Path(".env")))
    except SettingsRefused as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(settings.log_level)
    stop = stop_on_signals()
    if settings.archive is None:
        logging.getLogger(__name__).info("TICK_ARCHIVE is not set: ticks are kept in the store alone")
        stop.wait()
        return 0
    try:
        run(settings, settings.archive, stop)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def run(settings: ArchiveSettings, address: str, stop: Event) -> None:
    """Put the archiver together and let it run until `stop`; raises `InvalidArchiveAddress`."""
    from store.archive.archive import open_archive  # noqa: PLC0415  # pyarrow, where there is something to archive
    from store.archive.follower import Follower  # noqa: PLC0415
    from store.archive.loop import ArchiveLoop  # noqa: PLC0415
    from store.client import connect_reader  # noqa: PLC0415
    from store.heartbeat import Heartbeat  # noqa: PLC0415

    client = connect_reader(settings.redis_url)
    archive = open_archive(address)
    loop = ArchiveLoop(Follower(client, archive, time.monotonic), archive, clock_ms=_clock_ms)
    heartbeat = Heartbeat(client, "archive", loop.vitals)
    heartbeat.start()
    try:
        loop.run(stop)
    finally:
        heartbeat.close()
        client.close()


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
