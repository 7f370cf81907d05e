"""The sockets of the simulated exchange: streams and REST on one port."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ingest.sim.broadcast import Broadcast
from ingest.sim.clock import VenueClock
from ingest.sim.control import MAX_MESSAGES_PER_S, Subscriptions, open_subscriptions
from ingest.sim.errors import InvalidBreaks, InvalidFaults, InvalidStream
from ingest.sim.fault_settings import ChosenFaults
from ingest.sim.faults import Ending, Faults, Link, Sent
from ingest.sim.planted_breaks import MAX_BREAKS, next_step_ms, parse_breaks, write_breaks
from ingest.sim.rest import Answer, RestApi
from ingest.sim.streams import Stream
from ingest.sim.wire import Frame
from ingest.sim.world import World

_PUMP_PERIOD_S = 0.025
_CATCH_UP_MS = 10_000  # simulated time said at once, so that a fast clock does not need all its memory at once
_MAX_WAITING = 50_000  # messages that a slow client may leave unread before it is cut off
_MAX_MESSAGE_BYTES = 64 * 1024
_CLOSE_TIMEOUT_S = 0.3
_POLICY_VIOLATION = 1008
_GOING_AWAY = 1001


class Session:
    """One client: what it subscribed to, and what waits to be sent to it."""

    def __init__(self, connection: ServerConnection, subscriptions: Subscriptions) -> None:
        self.connection = connection
        self.subscriptions = subscriptions
        self.link = Link(time.monotonic(), subscriptions.renewed)
        self._waiting: list[str | bytes | AsyncIterator[str]] = []
        self._wake = asyncio.Event()

    def own(self, frames: Sequence[Frame]) -> list[Frame]:
        """The frames of the streams that this client subscribed to."""
        streams = self.subscriptions.streams
        return [frame for frame in frames if frame.stream in streams]

    def offer(self, frames: Sequence[Sent]) -> bool:
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

    def reset(self) -> None:
        """End the connection as a router does that lost it: no closing frame, no FIN."""
        raw = self.connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.transport.abort()


class ExchangeServer:
    """Serves the venue's streams and REST to any number of clients until it is told to stop."""

    def __init__(
        self,
        clock: VenueClock,
        world: World,
        broadcast: Broadcast,
        rest: RestApi,
        *,
        faults: Faults,
        host: str,
        port: int,
        ping_interval_s: float,
    ) -> None:
        self._clock = clock
        self._world = world
        self._said_ms = 0
        self._broadcast = broadcast
        self._rest = rest
        self._faults = faults
        self._host = host
        self._port = port
        self._ping_interval_s = ping_interval_s
        self._sessions: set[Session] = set()
        self._closing: set[asyncio.Future[None]] = set()
        self._controls: dict[str, Callable[[str], Answer]] = {
            "/sim/connections": self._tell_connections,
            "/sim/faults": self._choose_faults,
            "/sim/breaks": self._plant_breaks,
        }
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
            open_timeout=None,  # a request that hangs is a fault that was asked for
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
        while self._faults.hangs(request.path) and not connection.transport.is_closing():
            await asyncio.sleep(_PUMP_PERIOD_S)
        if request.headers.get("Upgrade", "").lower() != "websocket":
            control = self._controls.get(urlsplit(request.path).path)
            if control is not None:
                return _response(control(request.path))
            answer = await asyncio.to_thread(self._rest.answer, request.path, self._now_ms(), time.time())
            return _response(self._faults.answer(request.path, answer))
        status = self._faults.refuses_connection(request.path)
        if status is not None:
            response = connection.respond(HTTPStatus(status), "")
            if self._faults.retry_after_s is not None:
                response.headers["Retry-After"] = str(self._faults.retry_after_s)
            return response
        try:
            known = open_subscriptions(request.path) is not None
        except InvalidStream as refusal:
            return connection.respond(HTTPStatus.BAD_REQUEST, refusal.message)
        return None if known else connection.respond(HTTPStatus.NOT_FOUND, "Streams are at /stream and /ws")

    def _now_ms(self) -> int:
        return self._clock.now_ms() + self._faults.shift_ms

    def _tell_connections(self, _target: str) -> Answer:
        return Answer(200, orjson.dumps([session.describe() for session in self._sessions]))

    def _choose_faults(self, target: str) -> Answer:
        """``/sim/faults`` says which there are, and the true time; with ``?set=`` it has others from now on."""
        if not isinstance(self._faults, ChosenFaults):
            return Answer(404, orjson.dumps({"code": -1000, "msg": "The faults of this exchange are fixed."}))
        chosen = parse_qs(urlsplit(target).query, keep_blank_values=True).get("set")
        try:
            if chosen is not None:
                self._faults.choose(chosen[0])
        except InvalidFaults as error:
            return Answer(400, orjson.dumps({"code": -1130, "msg": str(error)}))
        return Answer(200, orjson.dumps({"faults": self._faults.text, "time_ms": self._clock.now_ms()}))

    def _plant_breaks(self, target: str) -> Answer:
        """``/sim/breaks`` says which somebody planted; with ``?plant=`` there are more."""
        asked = parse_qs(urlsplit(target).query, keep_blank_values=True).get("plant")
        try:
            if asked is not None:
                next_ms = next_step_ms(max(self._said_ms, self._now_ms()))
                room = MAX_BREAKS - len(self._world.planted)
                self._world.plant(parse_breaks(asked[0], next_ms, earliest_ms=next_ms, most=room))
        except InvalidBreaks as error:
            return Answer(400, orjson.dumps({"code": -1130, "msg": str(error)}))
        planted = self._world.planted
        return Answer(200, orjson.dumps({"breaks": write_breaks(planted), "planted": planted}))

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
        self._said_ms = self._now_ms()
        while True:
            until_ms = min(self._now_ms(), self._said_ms + _CATCH_UP_MS)
            self._say(self._said_ms, until_ms)
            self._said_ms = max(self._said_ms, until_ms)
            behind = self._said_ms + _CATCH_UP_MS < self._now_ms()
            await asyncio.sleep(0 if behind else _PUMP_PERIOD_S)

    def _say(self, after_ms: int, until_ms: int) -> None:
        wanted: dict[str, Stream] = {}
        for session in self._sessions:
            wanted |= session.subscriptions.streams
        frames = self._broadcast.frames(wanted.values(), after_ms, until_ms) if wanted and until_ms > after_ms else []
        now_s = time.monotonic()
        for session in tuple(self._sessions):
            keeps_up = session.offer(self._faults.outgoing(session.own(frames), session.link, now_s))
            ending = self._faults.ending(session.link, now_s)
            if keeps_up and ending is None:
                continue
            self._sessions.discard(session)
            if ending is Ending.CLOSE:
                self._closing.add(closing := asyncio.ensure_future(session.connection.close(_GOING_AWAY)))
                closing.add_done_callback(self._closing.discard)
            else:
                session.reset()


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
