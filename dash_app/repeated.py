"""Answers to ticks without Dash and Flask, byte for byte what they would say, head and all.

What a tick's answer says follows from the page as it is now and from what its browser has seen, so a
thousand browsers at one page ask for the same few answers: what was sent is kept by the answer's key.
The first answer of a kind goes the whole way, through every header and the compression; others are
put into the envelope that it came back in (`dash_app.envelope`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from io import BytesIO
from re import fullmatch
from typing import TYPE_CHECKING, Any

import orjson

from dash_app import ids
from dash_app.envelope import Envelope, Response, learned, size_class
from dash_app.sections import Answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

KEPT_BYTES = 500_000
MOST_ENVELOPES = 32  # browsers accept a few sets of encodings
MOST_ASKED_BYTES = 16_384
GIVEN = "spreadboard.answer"
"""Key of a WSGI environment: the answer to the tick in it, already found, as a tuple of one."""

_PATH = "/_dash-update-component"
_QUERY = "(endId=[^&]*)?"  # what a page load is called: it matters to background callbacks alone
_AROUND = {
    "output": f"{ids.ANSWER}.data",
    "outputs": {"id": ids.ANSWER, "property": "data"},
    "inputs": [{"id": ids.TICK, "property": "data"}],
    "changedPropIds": [f"{ids.TICK}.data"],
}


class ResponseCache:
    """Responses by key, the least recently used dropped first; safe between threads."""

    def __init__(self, capacity: int = KEPT_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[tuple[str, str], Response] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Response | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def set(self, key: tuple[str, str], response: Response) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += len(response.body) - (len(before.body) if before else 0)
            self._kept[key] = response
            while self._size > self._capacity and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1].body)


class RepeatedAnswers:
    """Stands before a WSGI application whose Dash answers ticks by `answer`; all else goes through untouched."""

    def __init__(self, application: WSGIApplication, answer: Callable[[object], Answer | None]) -> None:
        self._application = application
        self._answer = answer
        self._kept = ResponseCache()
        self._envelopes: dict[tuple[str, str], Envelope] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = asked_tick(environ)
        if asked is None:
            return self._application(environ, start_response)
        try:
            answer = self._answer(asked[0])
        except Exception:  # Dash meets it again, and answers for it
            return self._application(environ, start_response)
        environ[GIVEN] = (answer,)
        key = "" if answer is None else answer.key, environ.get("HTTP_ACCEPT_ENCODING", "")
        response = self._kept.get(key)
        if response is None:
            response = self._made(answer, environ)
            if response.status.startswith("200 "):
                self._kept.set(key, response)
        start_response(response.status, response.headers)
        return [response.body]

    def _made(self, answer: Answer | None, environ: WSGIEnvironment) -> Response:
        size = "" if answer is None else size_class(answer.body)
        if answer is None or not size:
            return responded(self._application, environ)
        place = environ.get("HTTP_ACCEPT_ENCODING", ""), size
        envelope = self._envelopes.get(place)
        if envelope is not None:
            return envelope.around(answer.body)
        response = responded(self._application, environ)
        envelope = learned(response, answer.body)
        if envelope is not None and len(self._envelopes) < MOST_ENVELOPES:
            self._envelopes[place] = envelope
        return response


def asked_tick(environ: WSGIEnvironment) -> tuple[Any] | None:
    """The tick that a browser's refresh carries, None for any other request; what is read of it can be read again."""
    length = environ.get("CONTENT_LENGTH") or ""
    refresh = environ.get("PATH_INFO") == _PATH and environ.get("REQUEST_METHOD") == "POST"
    if not refresh or not length.isdecimal() or int(length) > MOST_ASKED_BYTES:
        return None
    if not fullmatch(_QUERY, environ.get("QUERY_STRING") or ""):
        return None
    raw = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(raw)
    try:
        body = orjson.loads(raw)
        tick = body["inputs"][0].pop("value")
        body.pop("parsedChangedPropsIds", None)
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return None
    return (tick,) if body == _AROUND else None


def responded(application: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """What an application responds, read to its end."""
    said: list[tuple[str, list[tuple[str, str]]]] = []
    early: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        said.append((status, headers))
        return early.append

    parts = application(environ, start_response)
    try:
        body = b"".join((*early, *parts))
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return Response(*said[-1], body)
