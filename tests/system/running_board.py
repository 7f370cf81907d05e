"""The whole board as its user starts it, in a folder and on a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from engine.allinone.settings import free_port
from tests.tools.waiting import until

ROOT = Path(__file__).parents[2]
END_LIMIT_S = 10.0  # promised
START_LIMIT_S = 90.0
_OURS = (
    "FEED", "SYMBOLS", "FILE", "SPEED", "SIM_URL", "REDIS_URL", "DATABASE_URL", "RETENTION_MB", "HOST", "PORT",
    "WEB_CONCURRENCY", "DYNO", "PLATFORM", "LOG_LEVEL",
)  # fmt: skip


class RunningBoard:
    """A board started by `command`. Its console is collected, its processes are known by a mark they inherit."""

    def __init__(self, folder: Path, *, command: Sequence[str] = (), **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.lines: list[str] = []
        self._mark = f"SB_TEST_MARK={uuid.uuid4().hex}"
        inherited = {name: value for name, value in os.environ.items() if name not in _OURS}
        mark = dict([self._mark.split("=")])
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "engine.allinone"],
            cwd=folder,
            env={**inherited, "FEED": "sim", "PORT": str(self.port), "PYTHONPATH": str(ROOT), **settings, **mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # what a terminal's Ctrl-C reaches is this group
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    # what it says

    def said(self, pattern: str, *, since: int = 0) -> re.Match[str] | None:
        """The first line of its console from the `since`-th on that has `pattern`."""
        return next(filter(None, (re.search(pattern, line) for line in self.lines[since:])), None)

    def wait_ready(self) -> None:
        self.wait_for(r"ready at http://", limit_s=START_LIMIT_S)

    def wait_for(self, pattern: str, *, since: int = 0, limit_s: float = 40.0) -> re.Match[str]:
        until(
            lambda: self.said(pattern, since=since) or self.process.poll() is not None,
            lambda: f"{pattern!r} in {self.lines[-30:]}",
            limit_s=limit_s,
        )
        found = self.said(pattern, since=since)
        assert found, self.lines[-30:]
        return found

    def get(self, path: str, **query: str | int) -> Any:
        """JSON of a call of its API; raises for an error status."""
        answer = requests.get(f"{self.url}/api/v1{path}", params=query, timeout=20)
        answer.raise_for_status()
        return answer.json()

    @property
    def exchange_url(self) -> str:
        """Where its simulated exchange answers."""
        return self.wait_for(r"REST (http://\S+)")[1]

    # its processes

    def left(self) -> dict[int, str]:
        """Its living processes but the first: pid → command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self.process.pid:
                continue
            try:
                if self._mark.encode() in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # it has just ended
                continue
        return found

    def pids_of(self, part: str) -> set[int]:
        """Processes whose command line has `part`, wrappers left out."""
        return {pid for pid, line in self.left().items() if part in line and "parent_death" not in line}

    def web_workers(self) -> set[int]:
        """The gunicorn processes that answer requests: those whose parent is one too."""
        every = self.pids_of("gunicorn")
        return {pid for pid in every if _parent(pid) in every}

    # its end

    def stop(self) -> None:
        """End it as a service manager would; nothing may be left, and not later than promised."""
        self.ends_after(lambda: self.process.send_signal(signal.SIGTERM))
        assert self.process.returncode == 0, self.lines[-30:]

    def ends_after(self, blow: Any) -> float:
        """Seconds from `blow` until none of its processes was left, which must be in time."""
        began = time.monotonic()
        blow()
        until(
            lambda: self.process.poll() is not None and not self.left(),
            lambda: f"its end; left: {self.left()}",
            limit_s=END_LIMIT_S + 10,
        )
        took = time.monotonic() - began
        assert took < END_LIMIT_S, f"it took {took:.1f} s to end"
        return took

    def close(self) -> None:
        """Clear away whatever is left."""
        self.process.kill()
        self.process.wait()
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
