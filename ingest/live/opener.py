"""Opens the lines of one connection: where, when, and what a failure means for the next attempt."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from urllib.parse import urlsplit

from websocket import WebSocket

from ingest.errors import Banned, RateLimited, VenueError
from ingest.live.backoff import Attempts, attempted, delay_s, limit_wait_s, succeeded
from ingest.live.calm_log import CalmLog
from ingest.live.dial import dial
from ingest.live.gate import Gate
from ingest.live.hosts import Hosts
from ingest.live.venues import StreamAddress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic seconds, and a wait of some seconds that an event ends. Tests bring their own."""

    now_s: Callable[[], float] = time.monotonic
    wait: Callable[[Event, float], bool] = lambda event, seconds: event.wait(seconds)


class Opener:
    """Attempts within every limit: the connection's own, the venue's for this address, and what the venue asked for.

    `reason` says in words what the last attempt failed with.
    """

    def __init__(self, address: StreamAddress, gate: Gate, clock: Clock, *, connect_s: float) -> None:
        self.reason = "connecting"
        self.tried = 0
        self._name = address.name
        self._gate = gate
        self._clock = clock
        self._connect_s = connect_s
        self._hosts = Hosts((address.url, *address.reserve))
        self._attempts = Attempts()
        self._not_before_s = float("-inf")
        self._calm = CalmLog()

    def lead_to(self, address: StreamAddress) -> None:
        """From now on ask for what this address carries; its hosts are those of before."""
        self._hosts.lead_to((address.url, *address.reserve))

    @property
    def wait_s(self) -> float:
        """Seconds until the next attempt may be made."""
        now_s = self._clock.now_s()
        return max(self._not_before_s - now_s, limit_wait_s(self._attempts, now_s))

    @property
    def host(self) -> str:
        """Where the next attempt goes."""
        return urlsplit(self._hosts.current(self._clock.now_s())).netloc

    def open(self) -> WebSocket | None:
        """Try once, unless it is too early; None when nothing came of it. Raises `RegionRefused`."""
        now_s = self._clock.now_s()
        wait_s = max(self.wait_s, 0.0) or self._gate.reserve(now_s)
        if wait_s > 0:
            self._not_before_s = max(self._not_before_s, now_s + wait_s)
            return None
        self._attempts = attempted(self._attempts, now_s)
        self.tried += 1
        try:
            return dial(self._hosts.current(now_s), timeout_s=self._connect_s)
        except VenueError as error:
            self._hold_back(error)
            self.failed(str(error))
            return None

    def worked(self) -> None:
        """Good data came over what was opened last."""
        if self._attempts.failures:
            self._attempts = succeeded(self._attempts)
            self._hosts.worked()

    def failed(self, reason: str, *, host_is_bad: bool = True) -> None:
        """An attempt came to nothing, or what was opened ended."""
        now_s = self._clock.now_s()
        self.reason = reason
        if host_is_bad:
            self._hosts.failed(now_s)
        self._not_before_s = now_s + delay_s(self._attempts, now_s, random.random())  # noqa: S311  # jitter
        self.warn(reason)

    def leave_host(self) -> None:
        """The next attempt goes elsewhere."""
        self._hosts.leave(self._clock.now_s())

    def warn(self, text: str) -> None:
        """Say it, but not again and again."""
        line = self._calm.line(text, self._clock.now_s())
        if line is not None:
            log.warning("%s: %s", self._name, line)

    def _hold_back(self, error: VenueError) -> None:
        """Obey a limit, for all connections of the venue."""
        now_s = self._clock.now_s()
        if isinstance(error, Banned):
            self._gate.ban(now_s, error.retry_after_s)
        elif isinstance(error, RateLimited):
            self._gate.close(now_s, error.retry_after_s)
