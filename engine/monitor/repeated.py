"""Work beside the monitor's loop, again and again: a slow database keeps no alert waiting."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from store.errors import StoreError

_LOG = logging.getLogger(__name__)


class Repeated:
    """A thread that does `work` every `every_s` while `allowed`, and `pause_s` later again where it says there is more.

    A store or database that does not answer is said once and waited for.
    """

    def __init__(self, name: str, work: Callable[[], bool], *, every_s: float, pause_s: float = 0.0) -> None:
        self._name = name
        self._work = work
        self._every_s = every_s
        self._pause_s = pause_s
        self._stop = Event()
        self._wanted = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._quiet = False

    def start(self) -> None:
        self._thread.start()

    def allow(self, leading: bool) -> None:
        """Only the monitor that leads works; two would do no harm, and the work twice."""
        if leading:
            self._wanted.set()
        else:
            self._wanted.clear()

    def close(self, timeout_s: float = 3.0) -> None:
        """End after the round under way, which is short."""
        self._stop.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            if not self._stop.is_set():
                self._stop.wait(self._pause_s if self._round() else self._every_s)

    def _round(self) -> bool:
        """Whether there is more to do at once."""
        try:
            more = self._work()
        except StoreError as error:
            if not self._quiet:
                _LOG.warning("%s: waits: %s", self._name, error)
            self._quiet = True
            return False
        except Exception:
            _LOG.exception("%s: a round failed", self._name)
            return False
        self._quiet = False
        return more
