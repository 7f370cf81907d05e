"""Messages beyond all measure, in real time: how soon the connection is closed, and what memory it took."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

from bench.burst import handshake
from bench.soak_table import Figure
from ingest.frames import FrameQueue
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.venues import StreamAddress

MEGABYTE = 1_000_000
PIECE = bytes(100_000)
PIECES = 640
CLOSED_LIMIT_S, MEMORY_LIMIT_MB = 1.0, 20.0
LIMIT_S = 30.0


def _huge_frame() -> Iterator[bytes]:
    yield b"\x81\x7f" + struct.pack("!Q", len(PIECE) * PIECES)
    yield from [PIECE] * PIECES


def _endless_parts() -> Iterator[bytes]:
    yield b"\x01\x00"
    yield from [b"\x00\x7f" + struct.pack("!Q", len(PIECE)) + PIECE] * PIECES


def endless_messages() -> list[Figure]:
    """A frame of 64 MB, and parts without an end, each on a connection of its own."""
    figures = []
    for what, pieces in (("frame of 64 MB", _huge_frame), ("endless parts", _endless_parts)):
        closed_s, grown_mb = _measure(pieces)
        figures.append(Figure(17, f"{what}: closed", closed_s, CLOSED_LIMIT_S, "s"))
        figures.append(Figure(17, f"{what}: memory", grown_mb, MEMORY_LIMIT_MB, "MB"))
    return figures


def _measure(pieces: Callable[[], Iterator[bytes]]) -> tuple[float, float]:
    """Seconds from the first byte to the end of the connection, and by how many MB this process grew."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)
        took_s: list[float] = []
        server = Thread(target=_serve, args=(listener, pieces, took_s), daemon=True)
        server.start()
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}/stream"
        connection = StreamConnection(StreamAddress("soak", url, ()), FrameQueue().put, patience=Patience())
        done, sizes_mb = Event(), [_resident_mb()]
        watcher = Thread(target=_watch, args=(done, sizes_mb), daemon=True)
        watcher.start()
        connection.start()
        server.join(LIMIT_S)
        done.set()
        watcher.join()
        connection.stop()
    return took_s[0], max(sizes_mb) - sizes_mb[0]


def _serve(listener: socket.socket, pieces: Callable[[], Iterator[bytes]], took_s: list[float]) -> None:
    client, _ = listener.accept()
    with client:
        client.sendall(handshake(client.recv(65_536)))
        began_s = time.monotonic()
        try:
            for piece in pieces():
                client.sendall(piece)
            while client.recv(65_536):
                continue
        except OSError:
            pass
        took_s.append(time.monotonic() - began_s)


def _watch(done: Event, sizes_mb: list[float]) -> None:
    while not done.wait(0.002):
        sizes_mb.append(_resident_mb())


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MEGABYTE
