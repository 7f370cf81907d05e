"""What Dash and Flask put around an answer, learned from one response of theirs, and put around others.

An answer goes into a JSON frame, is compressed, and gets the headers of every page: the same for
every answer of about its size to a browser that takes the same encodings.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import NamedTuple

from flask_compress.compat import compression

ZSTD_LEVEL, GZIP_LEVEL = 3, 6
LEAST_COMPRESSED = 500
"""Bytes of a response, from which on it is compressed."""

_FRAME_BYTES = 100  # at most so many are put around an answer
_OWN_HEADERS = frozenset(("etag", "set-cookie", "date", "last-modified", "transfer-encoding"))


class Response(NamedTuple):
    """What goes over the wire."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Envelope(NamedTuple):
    """`before` and `after` stand around an answer's JSON; `headers` lack the length."""

    status: str
    headers: tuple[tuple[str, str], ...]
    encoding: str
    before: bytes
    after: bytes

    def around(self, answer: bytes) -> Response:
        """The response that has this answer in it."""
        body = _ENCODE[self.encoding](self.before + answer + self.after)
        return Response(self.status, [*self.headers, ("Content-Length", str(len(body)))], body)


def size_class(answer: bytes) -> str:
    """`large` ones are compressed, `small` ones are not; blank for those of which that must be seen."""
    if len(answer) >= LEAST_COMPRESSED:
        return "large"
    return "small" if len(answer) < LEAST_COMPRESSED - _FRAME_BYTES else ""


def learned(response: Response, answer: bytes) -> Envelope | None:
    """The envelope of a response with that answer in it; None where another answer could need another one."""
    headers = {name.lower(): value for name, value in response.headers}
    encoding = headers.get("content-encoding", "")
    if not response.status.startswith("200 ") or encoding not in _DECODE or _OWN_HEADERS & headers.keys():
        return None
    before, found, after = _DECODE[encoding](response.body).partition(answer)
    if not found or len(before) + len(after) > _FRAME_BYTES:
        return None
    kept = tuple(header for header in response.headers if header[0].lower() != "content-length")
    envelope = Envelope(response.status, kept, encoding, before, after)
    return envelope if len(envelope.around(answer).body) == len(response.body) else None


_ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "zstd": lambda raw: compression.zstd.compress(raw, ZSTD_LEVEL),
    "gzip": lambda raw: gzip.compress(raw, GZIP_LEVEL),
}
_DECODE: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "zstd": compression.zstd.decompress,
    "gzip": gzip.decompress,
}
