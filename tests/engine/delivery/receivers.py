"""Receivers on loopback, each a real socket that counts who connects: HTTP, SMTP, UDP, one that never answers."""

from __future__ import annotations

import socket
import socketserver
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson

LIMIT_S = 40.0


@dataclass
class Got:
    """What a receiver got: connections made, requests with their headers, and bodies."""

    port: int = 0
    connections: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [header["x-spreadboard-id"] for header in self.headers]


class _Http(ThreadingHTTPServer):
    """As a server of messages, but over either family, and counting."""

    daemon_threads = True

    def __init__(self, host: str, got: Got, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.got, self.answer = got, answer
        super().__init__((host, 0), _Handler)
        got.port = self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.got.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.got.bodies.append(orjson.loads(body) if body else {})
        self.server.got.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.server.got.times_s.append(time.monotonic())
        self.server.answer(self)

    do_GET = do_POST  # noqa: N815 - the server asks for it by this name

    def log_message(self, format: str, *args: Any) -> None:
        pass


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers each request so."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


TAKEN = status(200)


@contextmanager
def http_receiver(answer: Callable[[BaseHTTPRequestHandler], None] = TAKEN, host: str = "127.0.0.1") -> Iterator[Got]:
    got = Got()
    with _Http(host, got, answer) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield got
        server.shutdown()


@contextmanager
def hanging_receiver(drip: bytes = b"") -> Iterator[Got]:
    """Takes connections and never answers; with `drip`, a bit every half second, so that no read times out."""
    got = Got()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        got.port = listener.getsockname()[1]
        kept: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                except OSError:
                    return
                got.connections += 1
                if drip:
                    Thread(target=_drip, args=(kept[-1], drip), daemon=True).start()

        Thread(target=take, daemon=True).start()
        yield got
        listener.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def _drip(connection: socket.socket, drip: bytes) -> None:
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(drip)
            time.sleep(0.5)
    except OSError:
        return


@dataclass
class Mail:
    port: int = 0
    connections: int = 0
    letters: list[Message] = field(default_factory=list)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to leave a letter."""

    def handle(self) -> None:
        mail: Mail = self.server.mail  # type: ignore[attr-defined]
        mail.connections += 1
        self._say("220 loopback")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                mail.letters.append(message_from_string(self._letter()))
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 loopback")

    def _letter(self) -> str:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines).decode()

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def smtp_receiver() -> Iterator[Mail]:
    mail = Mail()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.daemon_threads = True
        server.mail = mail  # type: ignore[attr-defined]
        mail.port = server.server_address[1]
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield mail
        server.shutdown()


@contextmanager
def udp_receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.3)
        yield receiver


def dead_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
