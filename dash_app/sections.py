"""An answer to a tick, made of sections: each has a version, and only sections with a new version are sent.

A section is serialised once in a process however many browsers ask for it, and sent as these bytes.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import orjson
from dash.development.base_component import Component

from dash_app.request import PageRequest

CACHE_BYTES = 8_000_000
MOST_ANSWERS = 1_000


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page. `key` names its bytes in the process-wide cache, `version` is what the browser keeps."""

    name: str
    version: str
    key: str
    make: Callable[[], Any]


def props_section(name: str, scope: str, props: dict[str, dict[str, Any]]) -> Section:
    """A section of component properties by component id, its version taken from the content."""
    raw = encode({"props": props})
    version = f"{crc32(raw):08x}"
    return Section(name, version, f"{scope}|{name}|{version}", lambda: orjson.Fragment(raw))


def encode(content: Any) -> bytes:
    return orjson.dumps(content, default=_component, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def _component(value: Any) -> Any:
    if isinstance(value, Component):
        return value.to_plotly_json()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent to a browser")


class SectionCache:
    """Serialised sections by key, the least recently used dropped first; safe between threads."""

    def __init__(self, capacity: int = CACHE_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def bytes_of(self, section: Section) -> bytes:
        with self._lock:
            kept = self._kept.get(section.key)
            if kept is not None:
                self._kept.move_to_end(section.key)
                return kept
        made = encode(section.make())
        with self._lock:
            if section.key not in self._kept:
                self._kept[section.key] = made
                self._size += len(made)
            while self._size > self._capacity and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return made

    def answer(self, request: PageRequest, sections: Iterable[Section]) -> bytes | None:
        """What is new to the browser, or None: `{"seen": {name: version}, "sections": {…}`, left open at the end."""
        new = [section for section in sections if request.seen.get(section.name) != section.version]
        if not new:
            return None
        seen = orjson.dumps({section.name: section.version for section in new})
        body = b",".join(orjson.dumps(section.name) + b":" + self.bytes_of(section) for section in new)
        return b'{"seen":' + seen + b',"sections":{' + body + b"}"


class Memo:
    """Sections whose content decides their version, by what the content is made from: made once, not at every tick."""

    def __init__(self, most: int = 2_000) -> None:
        self._most = most
        self._kept: dict[str, Section] = {}

    def section(self, key: str, make: Callable[[], Section]) -> Section:
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= self._most:
                self._kept = {}
            kept = self._kept[key] = make()
        return kept


class _Answer:
    """One question's answer, and the lock under which it is made anew."""

    __slots__ = ("body", "lock", "made_s")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made_s = -math.inf
        self.body: bytes | None = None


class AnswerCache:
    """Answers of the last moment by what was asked: browsers that show the same cost one answer together.

    Whoever asks while the answer is being made waits for it, and does not make it a second time.
    """

    def __init__(self, *, max_age_s: float = 0.1, now_s: Callable[[], float] = time.monotonic) -> None:
        self._max_age_s = max_age_s
        self._now_s = now_s
        self._kept: dict[bytes, _Answer] = {}
        self._lock = threading.Lock()

    def get(self, asked: bytes, make: Callable[[], bytes | None]) -> bytes | None:
        answer = self._entry(asked)
        if self._now_s() - answer.made_s < self._max_age_s:
            return answer.body
        with answer.lock:
            if self._now_s() - answer.made_s >= self._max_age_s:
                answer.body = make()
                answer.made_s = self._now_s()
            return answer.body

    def _entry(self, asked: bytes) -> _Answer:
        with self._lock:
            if len(self._kept) >= MOST_ANSWERS:
                oldest_s = self._now_s() - self._max_age_s
                self._kept = {key: kept for key, kept in self._kept.items() if kept.made_s > oldest_s}
            return self._kept.setdefault(asked, _Answer())
