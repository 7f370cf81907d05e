"""The real ingestor as a child process, and what it leaves in the store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from redis import Redis

from store import keys
from store.bars import Bar, parse_bar
from store.feed import FeedState, parse_feed
from store.ticks import parse_ticks
from store.timeframes import Timeframe

ROOT = Path(__file__).parents[2]
END_LIMIT_S = 10.0  # what is promised after SIGTERM
_SETTINGS = ("FEED", "SYMBOLS", "FILE", "SPEED", "SIM_URL", "REDIS_URL", "RETENTION_MB", "DYNO", "PLATFORM")


@dataclass
class Ingestor:
    """A running ``python -m ingest``."""

    process: subprocess.Popen[str]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5)

    def end(self) -> int:
        """SIGTERM; the exit code, which must come in time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_LIMIT_S)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with `settings` and no others of ours."""
    inherited = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    return inherited | {"PYTHONPATH": str(ROOT)} | settings


@contextmanager
def running_ingestor(cwd: Path, **settings: str) -> Iterator[Ingestor]:
    """Start the ingestor in `cwd` (a folder without a .env file); it is killed at the end if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "ingest"], env=environment(settings), cwd=cwd, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Ingestor(process)
        finally:
            process.kill()


def finished_ingestor(cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the ingestor to its own end."""
    return subprocess.run(
        [sys.executable, "-m", "ingest"],
        env=environment(settings),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def stored_bars(client: Redis, instrument: str, timeframe: Timeframe) -> dict[int, Bar]:
    """The last revision of every bar, by open time."""
    entries = client.xrange(keys.bars(instrument, timeframe))
    bars = [parse_bar(fields[keys.FIELD]) for _, fields in entries]
    return {bar.open_time_ms: bar for bar in bars}


def stored_ticks(client: Redis, instrument: str) -> NDArray[np.void]:
    """The tick stream as it stands."""
    return parse_ticks(b"".join(fields[keys.FIELD] for _, fields in client.xrange(keys.ticks(instrument))))


def stored_ids(client: Redis, instrument: str) -> NDArray[np.int64]:
    """The trade ids in the tick stream, each once, in order."""
    return np.unique(stored_ticks(client, instrument)["trade_id"])


def stored_feed(client: Redis, venue: str) -> FeedState | None:
    raw = client.get(keys.feed(venue))
    return parse_feed(raw) if raw else None
