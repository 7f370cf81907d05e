"""Row 17: a frame of 64 MB, parts without end: the connection is closed before they fill the memory."""

from __future__ import annotations

import socket
import struct
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha1
from threading import Thread

import pytest

from ingest.frames import FrameQueue
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.messages import MAX_MESSAGE_BYTES
from ingest.live.venues import StreamAddress
from tests.faults.following import JumpingClock
from tests.tools.waiting import until

MEGABYTE = 1_000_000
MEMORY = 20 * MEGABYTE
PIECE = bytes(100_000)
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Monster:
    """A server that shakes hands and then sends one thing; counts how much of it was taken before the end."""

    def __init__(self, send: Callable[[socket.socket], Iterator[int]]) -> None:
        self._send = send
        self.sent: list[int] = []
        self.port = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                key = client.recv(65_536).split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
                accept = b64encode(sha1(key + GUID).digest())
                client.sendall(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
                )
                self.sent.append(0)
                try:
                    for count in self._send(client):
                        self.sent[-1] = count
                except OSError:
                    pass


def huge_frame(client: socket.socket) -> Iterator[int]:
    client.sendall(b"\x81\x7f" + struct.pack("!Q", 64 * MEGABYTE))
    for number in range(640):
        client.sendall(PIECE)
        yield (number + 1) * len(PIECE)


def endless_parts(client: socket.socket) -> Iterator[int]:
    client.sendall(b"\x01\x00")
    part = b"\x00\x7f" + struct.pack("!Q", len(PIECE)) + PIECE
    for number in range(640):
        client.sendall(part)
        yield (number + 1) * len(part)


def empty_parts(client: socket.socket) -> Iterator[int]:
    client.sendall(b"\x01\x00")
    for number in range(100_000):
        client.sendall(b"\x00\x00" * 1_000)
        yield number * 2_000


@contextmanager
def monster(send: Callable[[socket.socket], Iterator[int]]) -> Iterator[Monster]:
    server = Monster(send)
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    thread = Thread(target=server.serve, args=(listener,), daemon=True)
    thread.start()
    yield server
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)


@pytest.mark.parametrize("send", [huge_frame, endless_parts, empty_parts])
def test_a_message_beyond_all_measure_ends_the_connection_and_not_the_memory(
    send: Callable[[socket.socket], Iterator[int]], caplog: pytest.LogCaptureFixture
) -> None:
    with monster(send) as server:
        queue = FrameQueue()
        address = StreamAddress("test", f"ws://127.0.0.1:{server.port}/stream", ())
        connection = StreamConnection(address, queue.put, patience=Patience(), clock=JumpingClock().clock)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            connection.start()
            until(lambda: len(server.sent) >= 4 and connection.state.lost >= 3, "three ends")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        connection.stop()
    assert peak - before <= MEMORY
    assert max(server.sent[:3]) <= MAX_MESSAGE_BYTES + 10 * MEGABYTE, "what lies in the sockets' buffers, no more"
    assert len(queue) == 0
    assert "the venue sent a message" in caplog.text
