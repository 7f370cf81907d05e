"""One open websocket, read by a thread of its own from its first frame to its end."""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread

from websocket import ABNF, WebSocket, WebSocketException

from ingest.dialects.binance import BINANCE
from ingest.dialects.dialect import Dialect
from ingest.errors import BrokenWire
from ingest.live import messages as wire
from ingest.live.messages import MessageReader
from ingest.live.stream_watch import StreamWatch

CHUNK = 65_536
POLL_S = 0.25  # how soon a wish to close is noticed on a silent socket
CLOSE_TIMEOUT_S = 1.0  # for the venue's answer to our closing
NORMAL = 1000

Sink = Callable[[int, bytes], None]
"""Takes the receive time in UTC ns and one data frame."""

log = logging.getLogger(__name__)


class Line:
    """Frames of one socket into `sink`, noted in `watch`; `wake` is set when its owner should look.

    `ended` says why in words once it is over.
    """

    def __init__(
        self,
        socket: WebSocket,
        streams: Sequence[str],
        sink: Sink,
        watch: StreamWatch,
        wake: Event,
        *,
        name: str,
        host: str = "",
        dialect: Dialect = BINANCE,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.watch = watch
        self.host = host
        self.opened_s = now_s()
        self.ended = ""
        self.shutting_down = False
        self._trades_only = False
        self._passing = Lock()
        self._socket = socket
        self._dialect = dialect
        self._streams = {stream.encode(): stream for stream in streams}
        self._sink = sink
        self._wake = wake
        self._now_s = now_s
        self._closing_s = 0.0
        self._thread = Thread(target=self._run, name=f"line-{name}", daemon=True)

    @property
    def streams(self) -> tuple[str, ...]:
        """What is subscribed on this line."""
        return tuple(self._streams.values())

    def carry(self, streams: Sequence[str]) -> None:
        """These are subscribed from now on."""
        self._streams = {stream.encode(): stream for stream in streams}

    def start(self) -> None:
        self._thread.start()

    def pass_trades_only(self, only: bool) -> None:
        """Keep back everything but trades, or no longer; holds for all that is passed on after the return.

        A repeated trade is known by its id, a quote that comes late over a second line is not.
        """
        with self._passing:
            self._trades_only = only

    def say(self, message: bytes) -> None:
        """Send a control message; a line that is down says so by its end."""
        with suppress(WebSocketException, OSError, ValueError):
            self._socket.send(message)

    def hang_up(self, code: int = NORMAL) -> None:
        """Ask the venue to close. What is on its way still comes in."""
        if not self._closing_s:
            self._closing_s = time.monotonic()
            with suppress(WebSocketException, OSError, ValueError):
                self._socket.send(struct.pack("!H", code), ABNF.OPCODE_CLOSE)

    def join(self) -> None:
        """Wait for the end, after `hang_up`."""
        self._thread.join(CLOSE_TIMEOUT_S + 4 * POLL_S)

    def _run(self) -> None:
        try:
            self.ended = self._read()
        except BrokenWire as error:
            self.hang_up(error.code)
            self.ended = f"closed: {error}"
        except (WebSocketException, OSError) as error:
            self.ended = f"cut: {error}"
        except Exception as error:
            log.exception("what came cannot be passed on")
            self.ended = f"failed: {error!r}"
        finally:
            self._socket.shutdown()  # type: ignore[no-untyped-call]
            self._wake.set()

    def _read(self) -> str:
        """Read until something ends it; returns what, in words."""
        reader, socket = MessageReader(), self._socket.sock
        if socket is None:
            return "closed"
        socket.settimeout(POLL_S)
        while True:
            try:
                chunk = socket.recv(CHUNK)
            except TimeoutError:
                chunk = None
            if chunk == b"":
                return "closed" if self._closing_s else "cut: the connection was lost"
            if chunk is not None:
                received = reader.take(chunk)
                if received.data:
                    self._deliver(received.data)
                for opcode, payload in received.controls:
                    if opcode == wire.PING:
                        self._socket.pong(payload)
                    elif opcode == wire.CLOSE:
                        return self._closed()
            if self._closing_s and time.monotonic() - self._closing_s > CLOSE_TIMEOUT_S:
                return "closed"

    def _closed(self) -> str:
        """The venue closed, or answered our closing."""
        if self._closing_s:
            return "closed"
        self.hang_up()
        return "closed by the venue"

    def _deliver(self, frames: list[bytes]) -> None:
        received_ns = time.time_ns()
        names = self._dialect.names(frames)
        heard, streams = set(names), self._streams
        if not heard <= streams.keys():
            heard &= streams.keys()
            for raw, name in zip(frames, names, strict=True):
                if name not in streams:
                    self._note_other(raw, heard)
        if heard or not streams:
            first = not self.watch.delivers
            self.watch.saw([streams[name] for name in heard if name in streams], self._now_s())
            if first:
                self._wake.set()
        sink = self._sink
        with self._passing:
            if self._trades_only:
                trades = self._dialect.trades
                frames = [raw for raw, name in zip(frames, names, strict=True) if name.endswith(trades)]
            for raw in frames:
                sink(received_ns, raw)

    def _note_other(self, raw: bytes, heard: set[bytes]) -> None:
        """A frame of no stream that is known by its bytes: the venue's own word, or another spelling of a name."""
        word = self._dialect.word(raw)
        if word.stream in self._streams:
            heard.add(word.stream)
        elif word.shutting_down:
            self.shutting_down = True
            self._wake.set()
