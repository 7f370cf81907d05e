"""A TCP proxy that delays, swallows, slices, half-closes or resets what passes, switched while it runs."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

POLL_S = 0.02


@dataclass
class FaultProxy:
    """Set the fields while it runs. Faults are of the way from the server to the client."""

    target: tuple[str, int]
    delay_s: float = 0.0
    black_hole: bool = False
    slice_bytes: int = 0
    accepted: int = 0
    address: tuple[str, int] = ("", 0)
    _pairs: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    @property
    def netloc(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def reset(self) -> None:
        """Cut what is open, as a router does that lost its table."""
        while self._pairs:
            client, server = self._pairs.pop()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            server.close()

    def half_close(self) -> None:
        """Send no more to the clients, and read on from them."""
        for client, _ in self._pairs:
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)

    def _accept(self, listener: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.accepted += 1
            try:
                server = socket.create_connection(self.target)
            except OSError:  # nobody there: so it is for the client
                client.close()
                continue
            client.settimeout(None)
            self._pairs.append((client, server))
            Thread(target=self._pass_on, args=(client, server, False), daemon=True).start()
            Thread(target=self._pass_on, args=(server, client, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, faulty: bool) -> None:
        try:
            while chunk := source.recv(65_536):
                if not faulty:
                    sink.sendall(chunk)
                elif not self.black_hole:
                    time.sleep(self.delay_s)
                    size = self.slice_bytes or len(chunk)
                    for start in range(0, len(chunk), size):
                        sink.sendall(chunk[start : start + size])
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # one side was reset: so is the other
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


@contextmanager
def fault_proxy(target: str) -> Iterator[FaultProxy]:
    """A proxy on a free port before ``host:port``."""
    host, _, port = target.rpartition(":")
    proxy = FaultProxy((host, int(port)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(POLL_S)
        proxy.address = listener.getsockname()
        accepting = Thread(target=proxy._accept, args=(listener,), daemon=True)
        accepting.start()
        yield proxy
        proxy._ended.set()
        accepting.join(5)
        proxy.reset()
