"""Runs a module of ours as a child: a few at a time, within limits of time and memory, its answer in a file."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from threading import BoundedSemaphore, Event, Timer
from typing import Any, BinaryIO

import orjson

from engine.apart.outcome import OUT_OF_MEMORY, REFUSED, raise_refusal
from engine.errors import Busy, ChildFailed

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """Of one process of ours: children at once, callers that may wait for one and how long, and what a child may take.

    `memory_mb` is of address space (2**20 bytes): 300 MB of it are Python's and its libraries'.
    """

    at_once: int = 1
    waiting: int = 2
    wait_s: float = 20.0
    run_s: float = 120.0
    memory_mb: int = 1_024


class Children:
    """Safe between threads. A child ends with its parent."""

    def __init__(self, limits: ChildLimits | None = None) -> None:
        self.limits = limits or ChildLimits()
        self._running = BoundedSemaphore(self.limits.at_once)
        self._asked = BoundedSemaphore(self.limits.at_once + self.limits.waiting)

    def run(self, module: str, task: Mapping[str, Any], body: Iterable[bytes] = ()) -> BinaryIO:
        """What ``python -m module`` answers, as a file without a name, at its beginning; the caller closes it.

        The child reads `task` as a line of JSON, then `body` (`engine.apart.child`). Raises what it refuses,
        `Busy` where too many ask, `ChildFailed` where it ended otherwise.
        """
        with self._place():
            answer: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  # handed on
            try:
                self._work(module, task, body, answer)
            except BaseException:
                answer.close()
                raise
        answer.seek(0)
        return answer

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._asked.acquire(blocking=False):
            raise Busy
        try:
            if not self._running.acquire(timeout=self.limits.wait_s):
                raise Busy
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._asked.release()

    def _work(self, module: str, task: Mapping[str, Any], body: Iterable[bytes], answer: BinaryIO) -> None:
        late = Event()
        limits = {"parent": os.getpid(), "memory_mb": self.limits.memory_mb}
        head = orjson.dumps({"limits": limits, "task": task}, option=orjson.OPT_APPEND_NEWLINE)
        command = [sys.executable, "-m", module]
        with subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=answer) as child:

            def end() -> None:
                late.set()
                child.kill()

            timer = Timer(self.limits.run_s, end)
            timer.daemon = True
            timer.start()
            try:
                _feed(child, head, body)
                status = child.wait()
            finally:
                timer.cancel()
                child.kill()  # where we leave for a reason of our own
        if status:
            self._fail(module, status, answer, late=late.is_set())

    def _fail(self, module: str, status: int, answer: BinaryIO, *, late: bool) -> None:
        if status == REFUSED:
            answer.seek(0)
            raise_refusal(answer.read())
        _LOG.warning("%s ended with status %d", module, status)
        if late:
            raise ChildFailed(f"it took longer than the {self.limits.run_s:g} s that there are for it")
        if status == OUT_OF_MEMORY:
            raise ChildFailed(f"it needs more than the {self.limits.memory_mb:,} MB of memory that there are for it")
        raise ChildFailed(f"the process that worked on it broke off (status {status})")


def _feed(child: subprocess.Popen[bytes], head: bytes, body: Iterable[bytes]) -> None:
    """Where it reads no further it has ended, and its status says why."""
    if child.stdin is None:
        return
    try:
        for part in chain((head,), body):
            rest = memoryview(part)
            while rest:
                rest = rest[child.stdin.write(rest) :]
    except BrokenPipeError:
        pass
    finally:
        child.stdin.close()
