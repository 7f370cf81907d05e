"""One websocket connection to a venue, kept open by a thread of its own.

A fresh socket per attempt; pings are answered by the library as they are read. A ping does not show
that a stream is alive, so the watchdog counts data frames only.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event, Thread
from urllib.parse import urlsplit

from websocket import (
    ABNF,
    WebSocket,
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketTimeoutException,
    create_connection,
)

from ingest.errors import RegionRefused
from ingest.live.backoff import Attempts, attempted, delay_s, succeeded
from ingest.live.rest import DEFAULT_RETRY_S, retry_after_s
from ingest.live.venues import StreamAddress

CONNECT_TIMEOUT_S = 10.0
SILENT_AFTER_S = 15.0
CLOSE_TIMEOUT_S = 1  # for the venue's answer to our closing
POLL_S = 0.25  # how soon a stop and the watchdog are noticed on a silent socket

Sink = Callable[[int, bytes], None]
"""Takes the receive time in UTC ns and one data frame."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """What is known of a connection. `refused` ends it for good."""

    connected: bool = False
    opened: int = 0
    detail: str = "connecting"
    refused: RegionRefused | None = None


class StreamConnection:
    """Frames of one address into `sink`, reconnecting as long as it is not stopped."""

    def __init__(self, address: StreamAddress, sink: Sink, *, silent_after_s: float = SILENT_AFTER_S) -> None:
        self.address = address
        self.state = ConnectionState()
        self._sink = sink
        self._silent_after_s = silent_after_s
        self._stop = Event()
        self._attempts = Attempts()
        self._host = urlsplit(address.url).netloc
        self._thread = Thread(target=self._run, name=f"stream-{address.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Close soon."""
        self._stop.set()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Close and wait for the thread's end."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set() and self.state.refused is None:
            pause_s = delay_s(self._attempts, time.monotonic(), random.random())  # noqa: S311  # jitter
            if self._stop.wait(pause_s):
                break
            self._attempts = attempted(self._attempts, time.monotonic())
            reason = self._attempt()
            self.state = replace(self.state, connected=False, detail=reason)
            if not self._stop.is_set():
                log.warning("%s: %s", self.address.name, reason)

    def _attempt(self) -> str:
        """Connect and read until something ends it; returns what, in words."""
        try:
            socket = create_connection(self.address.url, timeout=CONNECT_TIMEOUT_S, skip_utf8_validation=True)
        except WebSocketBadStatusException as error:
            return self._bad_status(error)
        except (WebSocketException, OSError, ValueError) as error:
            return f"cannot connect to {self._host}: {error}"
        opened = self.state.opened + 1
        self.state = replace(self.state, connected=True, opened=opened, detail="")
        log.info("%s: connected to %s", self.address.name, self._host)
        try:
            return self._read(socket)
        except (WebSocketException, OSError) as error:
            return f"cut: {error}"
        finally:
            with suppress(WebSocketException, OSError):
                socket.close(timeout=CLOSE_TIMEOUT_S)
            socket.shutdown()  # type: ignore[no-untyped-call]  # close() leaves a half-closed socket open

    def _read(self, socket: WebSocket) -> str:
        socket.settimeout(POLL_S)
        last_s = time.monotonic()
        seen = False
        while not self._stop.is_set():
            try:
                opcode, frame = socket.recv_data_frame(control_frame=True)
            except WebSocketTimeoutException:
                opcode = None
            if opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY):
                self._sink(time.time_ns(), frame.data)
                last_s = time.monotonic()
                if not seen:
                    self._attempts, seen = succeeded(self._attempts), True
            elif opcode == ABNF.OPCODE_CLOSE:
                return "closed by the venue"
            elif time.monotonic() - last_s > self._silent_after_s:
                return f"silent for {self._silent_after_s:.0f} s"
        return "stopped"

    def _bad_status(self, error: WebSocketBadStatusException) -> str:
        status = error.status_code
        if status == 451:
            self.state = replace(self.state, refused=RegionRefused(self._host))
        elif status in DEFAULT_RETRY_S:
            headers = error.resp_headers or {}
            self._stop.wait(retry_after_s(headers.get("retry-after"), time.time(), DEFAULT_RETRY_S[status]))
        return f"{self._host} answered HTTP {status}"
