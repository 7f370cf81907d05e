"""The sending process as its owner sees it: letters go in, answers come back, and it is begun anew where it ended."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import NamedTuple

from engine.delivery.addresses import Network
from engine.delivery.protocol import LIMIT_S, Answer, Letter, encode_letter, parse_answer

_GRACE_S = 5.0
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PYTHONPATH")
_SOURCE = Path(__file__).parents[2]
_LOST = "the process that sends messages ended: see the monitor's log"


def sender_command(limit_s: float, allowed: Sequence[Network]) -> list[str]:
    return [sys.executable, "-m", "engine.delivery.sender", f"{limit_s:g}", *map(str, allowed)]


def sender_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the sender gets of an environment: no secrets, no proxies, nobody's home."""
    kept = {name: environ[name] for name in _KEPT if environ.get(name)}
    path = os.pathsep.join(filter(None, (str(_SOURCE), kept.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, "NO_PROXY": "*", "HOME": os.devnull, "NETRC": os.devnull}


_LOG = logging.getLogger(__name__)


class _UnderWay(NamedTuple):
    """A letter that has no answer yet, by when it is to have one, and the process that owes it."""

    until_s: float
    process: subprocess.Popen[bytes]


class Post:
    """Sends letters; `answered` is called with each answer, by a thread; each letter gets one, if only that it is lost.

    The process is started with the first letter, so that a board without targets has none.
    """

    def __init__(self, command: Sequence[str], answered: Callable[[Answer], None], *, limit_s: float = LIMIT_S) -> None:
        self._command = tuple(command)
        self._answered = answered
        self._limit_s = limit_s
        self._lock = Lock()  # guards all below
        self._process: subprocess.Popen[bytes] | None = None
        self._under_way: dict[int, _UnderWay] = {}

    def send(self, letter: Letter) -> None:
        """Hand a letter over. Its number is not to be under way already."""
        try:
            with self._lock:
                process = self._running()
                self._under_way[letter.number] = _UnderWay(monotonic() + self._limit_s + _GRACE_S, process)
            if process.stdin is not None:
                process.stdin.write(encode_letter(letter))
                process.stdin.flush()
        except (OSError, ValueError) as error:  # a pipe that is broken, or closed
            _LOG.warning("the process that sends messages does not run: %s", error)
            with self._lock:
                self._under_way.pop(letter.number, None)
            self._answered(Answer(letter.number, ok=False, reason=_LOST))

    def watch(self) -> None:
        """End the process where it owes an answer for too long; to be called every second or so."""
        with self._lock:
            for letter in self._under_way.values():
                if letter.until_s < monotonic():
                    letter.process.kill()

    def close(self) -> None:
        """End it; letters under way are dropped."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=sender_environment(os.environ),
                cwd=_SOURCE,
            )
            Thread(target=self._listen, args=(self._process,), name="post", daemon=True).start()
        return self._process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        with process:  # closes its pipes in the end
            for line in process.stdout or ():
                answer = parse_answer(line)
                with self._lock:
                    known = self._under_way.pop(answer.number, None)
                if known is not None:
                    self._answered(answer)
        with self._lock:
            lost = [number for number, letter in self._under_way.items() if letter.process is process]
        self._lose(lost)

    def _lose(self, numbers: Sequence[int]) -> None:
        with self._lock:
            lost = [number for number in numbers if self._under_way.pop(number, None) is not None]
        for number in lost:
            self._answered(Answer(number, ok=False, reason=_LOST))
