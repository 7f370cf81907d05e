"""The roll-up of history beside the monitor's loop: a slow database keeps no alert waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from engine.history_rollup import RolledUp
from store.errors import StoreError

EVERY_S = 2.0
_LOG = logging.getLogger(__name__)


class HistoryWork:
    """A thread that runs `rollup` every two seconds while `allowed`, and at once again while there is more."""

    def __init__(self, rollup: Callable[[], RolledUp], *, every_s: float = EVERY_S) -> None:
        self._rollup = rollup
        self._every_s = every_s
        self._stop = Event()
        self._wanted = Event()
        self._thread = Thread(target=self._run, name="history", daemon=True)
        self._quiet = False

    def start(self) -> None:
        self._thread.start()

    def allow(self, leading: bool) -> None:
        """Only the monitor that leads rolls up; two would do no harm, and the work twice."""
        if leading:
            self._wanted.set()
        else:
            self._wanted.clear()

    def close(self, timeout_s: float = 3.0) -> None:
        """End after the pass under way, which is one short transaction."""
        self._stop.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            if not self._stop.is_set() and not self._pass():
                self._stop.wait(self._every_s)

    def _pass(self) -> bool:
        """Whether there is more to take over at once."""
        try:
            done = self._rollup()
        except StoreError as error:
            if not self._quiet:
                _LOG.warning("history waits: %s", error)
            self._quiet = True
            return False
        except Exception:
            _LOG.exception("history was not taken over")
            return False
        self._quiet = False
        return done.more
