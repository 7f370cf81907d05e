"""The sockets of the simulated exchange: streams and REST on one port."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ingest.sim.broadcast import Broadcast
from ingest.sim.clock import VenueClock
from ingest.sim.control import MAX_MESSAGES_PER_S, Subscriptions, open_subscriptions
from ingest.sim.errors import InvalidStream
from ingest.sim.faults import Faults
from ingest.sim.rest import Answer, RestApi
from ingest.sim.streams import Stream
from ingest.sim.wire import Frame

_PUMP_PERIOD_S = 0.025
_CATCH_UP_MS = 10_000  # simulated time said at once, so that a fast clock does not need all its memory at once
_MAX_WAITING = 50_000  # messages that a slow client may leave unread before it is cut off
_MAX_MESSAGE_BYTES = 64 * 1024
_CLOSE_TIMEOUT_S = 0.3
_POLICY_VIOLATION = 1008


class Session:
    """One client: what it subscribed to, and what waits to be sent to it."""

    def __init__(self, connection: ServerConnection, subscriptions: Subscriptions) -> None:
        self.connection = connection
        self.subscriptions = subscriptions
        self._waiting: list[str] = []
        self._wake = asyncio.Event()

    def own(self, frames: Sequence[Frame]) -> list[Frame]:
        """The frames of the streams that this client subscribed to."""
        streams = self.subscriptions.streams
        return [frame for frame in frames if frame.stream in streams]

    def offer(self, frames: Sequence[Frame]) -> bool:
        """Queue frames to be sent; False when the client reads too slowly to go on."""
        combined = self.subscriptions.combined
        self._waiting += [frame.combined if combined else frame.data for frame in frames]
        if self._waiting:
            self._wake.set()
        return len(self._waiting) <= _MAX_WAITING

    def describe(self) -> dict[str, Any]:
        """What ``/sim/connections`` says of this client."""
        streams = list(self.subscriptions.streams)
        return {"route": self.subscriptions.route, "streams": streams, "waiting": len(self._waiting)}

    async def send_waiting(self) -> None:
        """Send what is queued until the connection closes."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            messages, self._waiting = self._waiting, []
            for message in messages:
                await self.connection.send(message)


class ExchangeServer:
    """Serves the venue's streams and REST to any number of clients until it is told to stop."""

    def __init__(
        self,
        clock: VenueClock,
        broadcast: Broadcast,
        rest: RestApi,
        *,
        faults: Faults,
        host: str,
        port: int,
        ping_interval_s: float,
    ) -> None:
        self._clock = clock
        self._broadcast = broadcast
        self._rest = rest
        self._faults = faults
        self._host = host
        self._port = port
        self._ping_interval_s = ping_interval_s
        self._sessions: set[Session] = set()
        self._log = logging.getLogger("ingest.sim.wire")
        self._log.setLevel(logging.ERROR)
        self._log.addFilter(_is_ours)

    async def run(self, stop: asyncio.Event, listening: asyncio.Future[int]) -> None:
        """Serve until `stop`; the port is told through `listening`."""
        server = await serve(
            self._converse,
            self._host,
            self._port,
            process_request=self._route,
            compression=None,
            max_size=_MAX_MESSAGE_BYTES,
            ping_interval=self._ping_interval_s,
            ping_timeout=3 * self._ping_interval_s,
            close_timeout=_CLOSE_TIMEOUT_S,
            logger=self._log,
        )
        async with server:
            listening.set_result(int(server.sockets[0].getsockname()[1]))
            pump = asyncio.create_task(self._pump())
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait((pump, stopped), return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if pump.done():
                pump.result()
            pump.cancel()

    async def _route(self, connection: ServerConnection, request: Request) -> Response | None:
        """Let stream connections through to their handshake; answer everything else as REST."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            if request.path == "/sim/connections":
                return _response(Answer(200, orjson.dumps([session.describe() for session in self._sessions])))
            answer = await asyncio.to_thread(self._rest.answer, request.path, self._clock.now_ms(), time.time())
            return _response(self._faults.answer(request.path, answer))
        status = self._faults.refuses_connection(request.path)
        if status is not None:
            return connection.respond(HTTPStatus(status), "")
        try:
            known = open_subscriptions(request.path) is not None
        except InvalidStream as refusal:
            return connection.respond(HTTPStatus.BAD_REQUEST, refusal.message)
        return None if known else connection.respond(HTTPStatus.NOT_FOUND, "Streams are at /stream and /ws")

    async def _converse(self, connection: ServerConnection) -> None:
        subscriptions = open_subscriptions(connection.request.path if connection.request else "/ws")
        if subscriptions is None:
            return
        session = Session(connection, subscriptions)
        self._sessions.add(session)
        sender = asyncio.create_task(session.send_waiting())
        try:
            await _obey_messages(session)
        except ConnectionClosed:
            pass
        finally:
            self._sessions.discard(session)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _pump(self) -> None:
        said_ms = self._clock.now_ms()
        while True:
            until_ms = min(self._clock.now_ms(), said_ms + _CATCH_UP_MS)
            if until_ms > said_ms:
                self._say(said_ms, until_ms)
                said_ms = until_ms
            behind = said_ms + _CATCH_UP_MS < self._clock.now_ms()
            await asyncio.sleep(0 if behind else _PUMP_PERIOD_S)

    def _say(self, after_ms: int, until_ms: int) -> None:
        wanted: dict[str, Stream] = {}
        for session in self._sessions:
            wanted |= session.subscriptions.streams
        frames = self._broadcast.frames(wanted.values(), after_ms, until_ms) if wanted else []
        if not frames:
            return
        for session in tuple(self._sessions):
            if not session.offer(self._faults.outgoing(session.own(frames))):
                self._sessions.discard(session)
                session.connection.transport.abort()


async def _obey_messages(session: Session) -> None:
    second, count = 0, 0
    async for message in session.connection:
        now_s = int(time.monotonic())
        second, count = (second, count + 1) if now_s == second else (now_s, 1)
        if count > MAX_MESSAGES_PER_S:
            await session.connection.close(_POLICY_VIOLATION, "Too many requests")
            return
        await session.connection.send(session.subscriptions.reply(message))


def _is_ours(record: logging.LogRecord) -> bool:
    """Keep errors of the exchange; a client that goes away during its handshake is none."""
    return record.msg != "opening handshake failed"


def _response(answer: Answer) -> Response:
    headers = Headers(
        {
            "Content-Type": "application/json;charset=UTF-8",
            "Content-Length": str(len(answer.body)),
            "Connection": "close",
            **answer.headers,
        }
    )
    return Response(answer.status, HTTPStatus(answer.status).phrase, headers, answer.body)
