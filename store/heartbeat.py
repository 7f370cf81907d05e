"""A process's word of itself, written every two seconds by a thread of its own, whatever else the process does."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from threading import Event, Thread

from redis import Redis

from store.errors import StoreError
from store.own_process import CpuShare, loaded_versions, memory_mb, open_files
from store.process_state import (
    ProcessKind,
    ProcessState,
    Vitals,
    process_name,
    remove_old_processes,
    remove_process,
    write_process,
)

EVERY_S = 2.0
TIDY_BEATS = 150
CLOSE_TIMEOUT_S = 1.5

_LOG = logging.getLogger(__name__)


class Heartbeat:
    """Beats from `start` to `close`. A store that does not answer misses beats; others say that it is away.

    `vitals` is called by the thread, so it may only read what other threads replace or guard; where it fails that is
    said once, and the process is shown without. `client` is shared with the process: a beat takes a connection for
    less than a millisecond.
    """

    def __init__(self, client: Redis, kind: ProcessKind, vitals: Callable[[], Vitals], *, every_s: float = EVERY_S):
        self._client = client
        self._kind = kind
        self._vitals = vitals
        self._every_s = every_s
        self._host = socket.gethostname()
        self._started_ms = _now_ms()
        self._cpu = CpuShare()
        self._complained = False
        self._heard = False
        self._stop = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End, and take the process off the list; never raises. A process that is killed stays on it, grey."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_TIMEOUT_S)
        if not self._heard:
            return  # nor would this be
        try:
            remove_process(self._client, process_name(self._kind, self._host, os.getpid()))
        except StoreError as error:
            _LOG.debug("the last word cannot be written: %s", error)

    def state(self) -> ProcessState:
        """The process as it is now."""
        return ProcessState(
            kind=self._kind,
            host=self._host,
            pid=os.getpid(),
            started_ms=self._started_ms,
            said_ms=_now_ms(),
            versions=loaded_versions(),
            memory_mb=memory_mb(),
            cpu_share=self._cpu.get(),
            threads=threading.active_count(),
            descriptors=open_files(),
            vitals=self._own_vitals(),
        )

    def _run(self) -> None:
        beats = 0
        while True:
            try:
                write_process(self._client, self.state())
                self._heard = True
                if beats % TIDY_BEATS == 0:
                    remove_old_processes(self._client)
                beats += 1
            except StoreError as error:
                self._heard = False
                _LOG.debug("no heartbeat: %s", error)
            if self._stop.wait(self._every_s):
                return

    def _own_vitals(self) -> Vitals:
        try:
            return self._vitals()
        except Exception:
            if not self._complained:
                _LOG.exception("the heartbeat goes on without the process's own numbers")
            self._complained = True
            return Vitals(notes=("its own numbers cannot be had: see its log",))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
