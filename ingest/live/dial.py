"""Opening a websocket to a venue: the handshake, within a time, and what its refusals mean."""

from __future__ import annotations

import socket as sockets
import time
from contextlib import suppress
from threading import Timer
from urllib.parse import urlsplit

from websocket import WebSocket, WebSocketBadStatusException, WebSocketException

from ingest.errors import VenueUnavailable
from ingest.live.refusals import Refusal, refused

CONNECT_TIMEOUT_S = 10.0


class _Guarded(WebSocket):
    """A socket that can be cut during its handshake: one byte now and then would keep that going for ever."""

    def cut(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(sockets.SHUT_RDWR)


def dial(url: str, *, timeout_s: float = CONNECT_TIMEOUT_S) -> WebSocket:
    """An open connection. Raises `RegionRefused`, `RateLimited`, `VenueRefused` or `VenueUnavailable`."""
    host = urlsplit(url).netloc
    socket = _Guarded(skip_utf8_validation=True)
    watch = Timer(timeout_s, socket.cut)
    watch.daemon = True
    watch.start()
    try:
        socket.connect(url, timeout=timeout_s)  # type: ignore[no-untyped-call]
    except WebSocketBadStatusException as error:
        raise refused(_refusal(host, error), time.time()) from error
    except (WebSocketException, OSError, ValueError) as error:
        raise VenueUnavailable(f"cannot connect to {host}: {error}") from error
    finally:
        watch.cancel()
    return socket


def _refusal(host: str, error: WebSocketBadStatusException) -> Refusal:
    headers = error.resp_headers or {}
    body = error.resp_body or b""
    return Refusal(host, "a connection", error.status_code, headers.get("retry-after"), body)
