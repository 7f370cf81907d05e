"""One simulated viewer's half of a refresh: the request that a browser would send, and what it keeps of the answer.

Pure: bytes in, bytes out; sockets and clocks are in `bench.load`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from backports import zstd

PATH = "/_dash-update-component"

_HEAD = (
    "POST {path} HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "Connection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0\r\n"
    "Accept: application/json\r\n"
    "Content-Type: application/json\r\n"
    "Origin: http://{host}\r\n"
    "Referer: http://{host}/\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Content-Length: "
)
_SEEN = b'"seen":'


class BadAnswerError(Exception):
    """The server answered, but not as a callback answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: `size` in bytes with its head, as it came over the wire."""

    status: int
    body: bytes
    size: int


class Viewer:
    """A browser at one page: its requests go on from what its answers brought.

    `output` and `tick` name the server's callback as `/_dash-dependencies` does, `path` is where its
    page load sends questions; `value` is what the browser's gate sends at each tick, but for the cursor.
    """

    def __init__(self, host: str, output: str, tick: str, value: Mapping[str, Any], *, path: str = PATH) -> None:
        component, _, prop = output.partition(".")
        source, _, source_prop = tick.partition(".")
        around: dict[str, Any] = {
            "output": output,
            "outputs": {"id": component, "property": prop},
            "inputs": [{"id": source, "property": source_prop, "value": None}],
            "changedPropIds": [tick],
            "parsedChangedPropsIds": [tick],
        }
        before, _, after = orjson.dumps(around).partition(b"null")
        self._before = before + orjson.dumps(dict(value))[:-1]
        self._after = b"}" + after
        self._head = _HEAD.format(host=host, path=path).encode()
        self._seen: dict[str, str] = {}
        self._ticks = 0

    def request(self) -> bytes:
        """The next tick's request, cursor and all."""
        self._ticks += 1
        body = b'%b,%b%b,"n":%d%b' % (self._before, _SEEN, orjson.dumps(self._seen), self._ticks, self._after)
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)

    def accept(self, answer: Answer) -> None:
        """Go on from an answer. Raises `BadAnswerError`."""
        if answer.status == 204:  # nothing new
            return
        if answer.status != 200:
            raise BadAnswerError(f"status {answer.status}")
        if not answer.body.startswith(b'{"multi":true,"response":'):
            raise BadAnswerError("not a callback's answer")
        start = answer.body.find(_SEEN, 0, 400)
        if start < 0:
            return
        start += len(_SEEN)
        self._seen |= orjson.loads(answer.body[start : answer.body.index(b"}", start) + 1])


def parse_answer(raw: bytes | bytearray) -> Answer | None:
    """The answer that `raw` holds, None while it is incomplete. Raises `BadAnswerError`."""
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = bytes(raw[:end]).lower().split(b"\r\n")
    headers = {name: value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
    status = int(lines[0].split(b" ")[1])
    if b"content-length" not in headers and status != 204:
        raise BadAnswerError("an answer without its length")
    size = end + 4 + int(headers.get(b"content-length", 0))
    if len(raw) < size:
        return None
    return Answer(status, _decoded(bytes(raw[end + 4 : size]), headers.get(b"content-encoding", b"")), size)


def _decoded(body: bytes, encoding: bytes) -> bytes:
    if encoding == b"zstd":
        return zstd.decompress(body)
    if encoding == b"gzip":
        return zlib.decompress(body, 31)
    if encoding:
        raise BadAnswerError(f"encoded as {encoding.decode()}")
    return body
