"""``python -m ingest``: the ingestor process. Environment in, exit code out.

0 after SIGTERM or SIGINT and at the end of a replay, 1 when it should be started again, 2 when it
cannot work as it was asked to; then one sentence on standard error says why. ``--check`` only reads
the settings, and the beginning of a recording to be played.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event, Thread

from ingest.errors import ConfigurationError, IngestError, SimulatorEnded, Stopped
from ingest.live.home import open_store
from ingest.live.session import LiveSession
from ingest.live.venues import live_venue
from ingest.process import EXIT_CONFIGURATION, EXIT_FAILED
from ingest.replay.head import check_head
from ingest.replay.replay import Replay
from ingest.settings import FeedName, IngestSettings, read_settings
from ingest.sim.errors import InvalidBreaks, InvalidFaults
from ingest.sim.fault_settings import parse_faults
from ingest.sim.planted_breaks import parse_breaks
from ingest.simulator import Simulator, simulated_exchange
from ingest.vitals import FeedVitals, ingest_vitals
from store.dotenv import with_dotenv
from store.ending import stop_on_signals
from store.heartbeat import Heartbeat
from store.logs import configure_logging

WATCH_EVERY_S = 0.5

log = logging.getLogger(__name__)


class _Feeds:
    """The feeds of one process, each in a thread; the first that fails ends all."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._failure: BaseException | None = None

    def run(self, feeds: Sequence[Callable[[], None]], simulator: Simulator | None) -> None:
        """Run until all have ended; raises what one of them failed with."""
        threads = [Thread(target=self._guarded, args=(feed,), name=f"feed-{n}") for n, feed in enumerate(feeds)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            if simulator is not None and simulator.ended and not self._stop.is_set():
                self._fail(SimulatorEnded("the simulated exchange has ended"))
            for thread in threads:
                thread.join(WATCH_EVERY_S / len(threads))
        if self._failure is not None:
            raise self._failure

    def _guarded(self, feed: Callable[[], None]) -> None:
        try:
            feed()
        except BaseException as error:  # handed on to the main thread
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._stop.set()


def run(settings: IngestSettings, stop: Event) -> None:
    """Ingest all feeds until `stop`, or to the end of a replay."""
    with ExitStack() as stack:
        client = open_store(settings.redis_url, stop.wait)
        stack.callback(client.close)
        simulator = None
        if "sim" in settings.feeds and settings.sim_url is None:
            simulator = stack.enter_context(simulated_exchange())
        sim_address = simulator.address if simulator else settings.sim_url
        vitals = [FeedVitals() for _ in settings.feeds]
        feeds = [
            partial(_run_feed, feed, settings, sim_address, stop, own)
            for feed, own in zip(settings.feeds, vitals, strict=True)
        ]
        heartbeat = Heartbeat(client, "ingest", partial(ingest_vitals, vitals))
        stack.callback(heartbeat.close)
        heartbeat.start()
        _Feeds(stop).run(feeds, simulator)


def _run_feed(
    feed: FeedName, settings: IngestSettings, sim_address: str | None, stop: Event, vitals: FeedVitals
) -> None:
    client = open_store(settings.redis_url, stop.wait)
    try:
        if feed == "replay":
            assert settings.file is not None  # noqa: S101  # the settings were checked for it
            Replay(
                settings.file,
                client,
                stop,
                speed=settings.speed,
                symbols=settings.symbols,
                zone=settings.zone,
                retention_mb=settings.retention_mb,
                vitals=vitals,
            ).run()
        else:
            venue = live_venue(feed, sim_address)
            LiveSession(
                venue,
                settings.symbols,
                client,
                stop,
                retention_mb=settings.retention_mb,
                database_url=settings.database_url,
                shard=settings.shard,
                vitals=vitals,
            ).run()
    finally:
        client.close()


def main(environ: Mapping[str, str], *, check_only: bool = False) -> int:
    """Run the ingestor; with `check_only` say what is wrong with its settings or its recording, and do nothing."""
    stop = stop_on_signals()
    try:
        settings = read_settings(with_dotenv(environ, Path(".env")))
        if check_only:
            if "sim" in settings.feeds:
                parse_faults(environ.get("SIM_FAULTS", ""))
                parse_breaks(environ.get("SIM_BREAKS", ""), 0)
            if "replay" in settings.feeds and settings.file is not None:
                check_head(settings.file, settings.zone)
            return 0
        configure_logging(settings.log_level)
        run(settings, stop)
    except Stopped:
        return 0
    except (ConfigurationError, InvalidFaults, InvalidBreaks) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONFIGURATION
    except IngestError as error:
        log.error("%s", error)  # noqa: TRY400  # the sentence says it all
        return EXIT_FAILED
    except Exception:
        log.exception("the ingestor gives up")
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ, check_only="--check" in sys.argv[1:]))
