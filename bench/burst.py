"""A burst: frames made beforehand, sent over a raw socket at a rate that the simulated exchange cannot reach.

REST calls are passed on to a simulated exchange whose market the frames are of.
"""

from __future__ import annotations

import socket
import struct
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson
import requests
from redis import Redis

from ingest.sim.recording import write_frames
from store import keys
from store.ticks import parse_ticks

PIECE_S = 0.01
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
MESSAGES_PER_S = 134  # of the whole simulated venue in a second of its own
POLL_S = 0.05


def websocket_frames(folder: Path, *, seed: int, start_ms: int, count: int) -> list[bytes]:
    """So many messages of the whole venue from a time on, as they stand on the wire."""
    path = folder / "burst.frames"
    seconds = count / MESSAGES_PER_S * 1.2
    write_frames(path, seed=seed, start_ms=start_ms, seconds=seconds)
    lines = path.read_bytes().splitlines()[:count]
    return [_framed(line.split(b" ", 1)[1]) for line in lines]


def _framed(text: bytes) -> bytes:
    """One unmasked text message of a server (RFC 6455, section 5.2)."""
    head = struct.pack("!BB", 0x81, len(text)) if len(text) < 126 else struct.pack("!BBH", 0x81, 126, len(text))
    return head + text


@dataclass(frozen=True, slots=True)
class Last:
    """The newest of what was sent: the largest time of a message, and the last trade of each symbol."""

    time_ms: int
    ids: dict[str, int]


def last_of(frames: Sequence[bytes]) -> Last:
    """Looks at the text of every frame."""
    time_ms, ids = 0, dict[str, int]()
    for frame in frames:
        data = orjson.loads(frame[frame.index(b"{") :])["data"]
        if isinstance(data, dict):
            time_ms = max(time_ms, int(data["E"]))
            if data["e"] == "aggTrade":
                ids[data["s"]] = max(ids.get(data["s"], 0), int(data["a"]))
    return Last(time_ms, ids)


def stored_last(client: Redis, symbol: str) -> int:
    """The largest id of the newest entry of a tick stream, -1 in an empty one."""
    newest: Any = client.xrevrange(keys.ticks(f"sim:{symbol}"), count=1)
    return int(parse_ticks(newest[0][1][keys.FIELD])["trade_id"].max()) if newest else -1


@dataclass
class BurstExchange:
    """Takes stream connections, and passes everything else on to `rest_url`."""

    rest_url: str
    port: int = 0
    _clients: list[socket.socket] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connected(self) -> bool:
        return bool(self._clients)

    def send(self, frames: Sequence[bytes], *, per_s: float) -> float:
        """Send frames at a rate; returns the rate that was reached, lower where the reader is too slow."""
        began_s, sent = time.monotonic(), 0
        while sent < len(frames):
            due = min(len(frames), int((time.monotonic() - began_s) * per_s) + 1)
            for client in tuple(self._clients):
                try:
                    client.sendall(b"".join(frames[sent:due]))
                except OSError:  # it has gone
                    self._clients.remove(client)
            sent = max(sent, due)
            time.sleep(PIECE_S)
        return len(frames) / (time.monotonic() - began_s)

    def _accept(self, listener: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(30)
            Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = client.recv(65_536)
                if not chunk:
                    client.close()
                    return
                head += chunk
            if b"Sec-WebSocket-Key: " in head:
                client.sendall(handshake(head))
                self._clients.append(client)
                return
            answer = requests.get(self.rest_url + head.split(b" ", 2)[1].decode(), timeout=20)
            told = f"HTTP/1.1 {answer.status_code} OK\r\nContent-Length: {len(answer.content)}\r\n"
            client.sendall(f"{told}Connection: close\r\n\r\n".encode() + answer.content)
            client.close()

    def _end(self) -> None:
        self._ended.set()
        for client in self._clients:
            client.close()


def handshake(head: bytes) -> bytes:
    """The answer to a request for a stream (RFC 6455, section 4.2.2)."""
    key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    accept = b64encode(sha1(key + GUID).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


@contextmanager
def burst_exchange(rest_url: str) -> Iterator[BurstExchange]:
    """An exchange on a free port whose streams say what `send` is given."""
    exchange = BurstExchange(rest_url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(POLL_S)
        exchange.port = listener.getsockname()[1]
        accepting = Thread(target=exchange._accept, args=(listener,), daemon=True)
        accepting.start()
        try:
            yield exchange
        finally:
            exchange._end()
            accepting.join(5)
