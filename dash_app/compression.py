"""Compressed answers, shared: browsers that get the same answer cost one compression together.

Flask-Compress chooses the encoding and asks here by `answer_key`; what has no key is compressed each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b

from flask import Request, g
from flask_compress import Compress
from flask_openapi3 import OpenAPI

COMPRESSED_BYTES = 2_000_000
_NO_KEY = ""


class CompressedAnswers:
    """Compressed bytes by key, the least recently used dropped first; safe between threads."""

    def __init__(self, capacity: int = COMPRESSED_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def set(self, key: str, content: bytes) -> None:
        """Keep it, unless it has no key: `key` is "<encoding>;<key of the answer>"."""
        if key.endswith(f";{_NO_KEY}"):
            return
        with self._lock:
            self._size += len(content) - len(self._kept.pop(key, b""))
            self._kept[key] = content
            while self._size > self._capacity and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])


def add_compression(server: OpenAPI) -> None:
    """Compress what the server answers; must come before whatever changes bodies after the view."""
    server.config["COMPRESS_ALGORITHM"] = ["zstd", "br", "gzip"]
    server.config["COMPRESS_BR_LEVEL"] = 4
    server.config["COMPRESS_CACHE_BACKEND"] = CompressedAnswers
    server.config["COMPRESS_CACHE_KEY"] = _key_of
    Compress(server)


def share_compressed(key: str) -> None:
    """Say of the answer now being made that every answer with this key has the same body."""
    g.answer_key = blake2b(key.encode(), digest_size=16).hexdigest()


def _key_of(_: Request) -> str:
    key: str = g.get("answer_key", _NO_KEY)
    return key
