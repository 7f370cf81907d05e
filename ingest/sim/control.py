"""What clients may say on a connection, and the venue's answers. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from ingest.sim.errors import InvalidStream
from ingest.sim.streams import Route, Stream, parse_stream

MAX_STREAMS = 1024
MAX_MESSAGES_PER_S = 10
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS")


class Subscriptions:
    """The streams of one connection, and whether its messages come in the combined wrapper."""

    def __init__(self, route: Route, *, combined: bool, names: Sequence[str] = ()) -> None:
        self.route = route
        self.combined = combined
        self.streams: dict[str, Stream] = {}
        self.renewed: set[str] = set()
        """The streams that were subscribed by message."""
        self._add(names)

    def reply(self, message: str | bytes) -> str:
        """Obey one control message and give the venue's answer to it."""
        request_id: int | None = None
        try:
            request = _parse_request(message)
            request_id = _request_id(request)
            return _success(request_id, self._obey(request))
        except InvalidStream as refusal:
            return _refusal(refusal, request_id)

    def _obey(self, request: dict[str, Any]) -> list[str] | None:
        method = request.get("method")
        if method not in _METHODS:
            raise InvalidStream(
                2, f"Invalid request: unknown variant {method!r}, expected one of {', '.join(_METHODS)}"
            )
        if method == "LIST_SUBSCRIPTIONS":
            return list(self.streams)
        names = request.get("params")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InvalidStream(2, "Invalid request: params must be a list of stream names")
        if method == "SUBSCRIBE":
            self._add(names)
            self.renewed |= set(names)
        else:
            for name in names:
                self.streams.pop(name, None)
        return None

    def _add(self, names: Sequence[str]) -> None:
        wanted = {name: parse_stream(name, self.route) for name in names}
        if len(self.streams | wanted) > MAX_STREAMS:
            raise InvalidStream(2, f"Invalid request: more than {MAX_STREAMS} streams on one connection")
        self.streams |= wanted


def open_subscriptions(target: str) -> Subscriptions | None:
    """The subscriptions that a connection's path and query ask for; None where there is no such path.

    Paths are ``/stream?streams=a/b/c``, ``/ws`` and ``/ws/a/b``, bare or under ``/market`` or ``/public``.
    Raises `InvalidStream` for a malformed name.
    """
    parts = urlsplit(target)
    segments = parts.path.strip("/").split("/")
    route = Route.ANY
    if segments[0] in (Route.MARKET.value, Route.PUBLIC.value):
        route = Route(segments.pop(0))
    match segments:
        case ["stream"]:
            asked = parse_qs(parts.query).get("streams", [""])[0]
            return Subscriptions(route, combined=True, names=[name for name in asked.split("/") if name])
        case ["ws", *names]:
            return Subscriptions(route, combined=False, names=names)
        case _:
            return None


def _parse_request(message: str | bytes) -> dict[str, Any]:
    try:
        request = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise InvalidStream(3, f"Invalid JSON: {error}") from error
    if not isinstance(request, dict):
        raise InvalidStream(2, "Invalid request: a request is an object with method, params and id")
    return request


def _request_id(request: dict[str, Any]) -> int | None:
    request_id = request.get("id")
    if request_id is None:
        return None
    if isinstance(request_id, bool) or not isinstance(request_id, int) or request_id < 0:
        raise InvalidStream(2, "Invalid request: request ID must be an unsigned integer")
    return request_id


def _success(request_id: int | None, result: list[str] | None) -> str:
    return orjson.dumps({"result": result, "id": request_id}).decode()


def _refusal(refusal: InvalidStream, request_id: int | None) -> str:
    """Nested with the request's id where it has one, flat where it has none: both forms are met at the venue."""
    error = {"code": refusal.code, "msg": refusal.message}
    return orjson.dumps({"error": error, "id": request_id} if request_id is not None else error).decode()
