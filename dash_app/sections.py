"""Sections of a page: each has a version, and only sections with a new version are sent to a browser.

A section is serialised once in a process however many browsers ask for it, and sent as these bytes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import orjson
from dash.development.base_component import Component

from dash_app.request import PageRequest

CACHE_BYTES = 500_000  # what is new is asked for within a second or two, and hardly after
MEMO_BYTES = 1_000_000
_WILDCARDS = ("data-", "aria-")
_ESCAPES = tuple((char.encode(), f"\\u{ord(char):04x}".encode()) for char in "<>/\u2028\u2029")
_SMALL_BYTES = 32_000  # a whole page is asked for once by each browser
_MOST_ANSWERS = 64  # of a page at a moment: most of its browsers have seen the same


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page. `key` names its bytes in the process-wide cache, `version` is what the browser keeps.

    `raw` is the content as it is sent, where it had to be made for the version. `since` gives, for
    the version that a browser has, what came after it; None where the section has to go out whole.
    """

    name: str
    version: str
    key: str
    make: Callable[[], Any]
    raw: bytes | None = None
    since: Callable[[str], Section | None] | None = None

    def after(self, seen: str | None) -> Section:
        """What to send to a browser that has the version `seen`."""
        return self if self.since is None or seen is None else self.since(seen) or self


@dataclass(frozen=True, slots=True)
class Answer:
    """What is new to a browser, as JSON. Equal `key`, equal `body`."""

    body: bytes
    key: str


def raw_section(name: str, scope: str, raw: bytes, suffix: str = "") -> Section:
    """A section of content already serialised, its version taken from the content."""
    version = f"{crc32(raw):08x}{suffix}"
    return Section(name, version, f"{scope}|{name}|{version}", lambda: orjson.Fragment(raw), raw)


def props_section(name: str, scope: str, props: dict[str, dict[str, Any]]) -> Section:
    """A section of component properties by component id, its version taken from the content."""
    return raw_section(name, scope, encode({"props": props}))


def encode(content: Any) -> bytes:
    """JSON as Dash writes it, in no more memory than it needs: what orjson gives has a buffer several times larger."""
    raw = orjson.dumps(content, default=_component, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    return escaped(bytes(memoryview(raw)))


def escaped(raw: bytes) -> bytes:
    """JSON whose strings no browser can take for markup, as Plotly's encoder escapes it."""
    for plain, safe in _ESCAPES:
        if plain in raw:
            raw = raw.replace(plain, safe)
    return raw


def _component(value: Any) -> Any:
    if isinstance(value, Component):
        return plain_component(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent to a browser")


def plain_component(component: Component) -> dict[str, Any]:
    """What `component.to_plotly_json()` gives, in a fifth of its time."""
    given = vars(component)
    props = {name: given[name] for name in given["_prop_names"] if name in given}
    for name in sorted(name for name in given if name.startswith(_WILDCARDS)):
        props[name] = given[name]
    return {"props": props, "type": component._type, "namespace": component._namespace}


class SectionCache:
    """Serialised sections by key, the least recently used dropped first; safe between threads."""

    def __init__(self, capacity: int = CACHE_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def bytes_of(self, section: Section) -> bytes:
        if section.raw is not None:
            return section.raw
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

    def answer(self, request: PageRequest, sections: Iterable[Section]) -> Answer | None:
        """What is new to the browser, or None: `{"seen": {name: version}, "sections": {…}, "id": …}`."""
        seen = request.seen
        new = [each.after(seen.get(each.name)) for each in sections if seen.get(each.name) != each.version]
        if not new:
            return None
        versions = encode({section.name: section.version for section in new})
        body = b",".join(encode(section.name) + b":" + self.bytes_of(section) for section in new)
        asked = encode(request.id)
        raw = b'{"seen":' + versions + b',"sections":{' + body + b'},"id":' + asked + b"}"
        return Answer(raw, "\n".join((request.id, *(section.key for section in new))))


class MadePage:
    """A page's sections as they were made once, and the answers about them that browsers asked for.

    `moved` says whether more than open bars changed since.
    """

    def __init__(self, sections: Sequence[Section], cache: SectionCache, moved: Callable[[], bool]) -> None:
        self.moved = moved
        self._sections = sections
        self._cache = cache
        self._answers: dict[tuple[object, ...], Answer | None] = {}

    def answer(self, request: PageRequest) -> Answer | None:
        """What is new to the browser, None when nothing is."""
        asked = (request.id, *request.seen.items())
        try:
            return self._answers[asked]
        except KeyError:
            answer = self._cache.answer(request, self._sections)
        if len(self._answers) < _MOST_ANSWERS and (answer is None or len(answer.body) <= _SMALL_BYTES):
            self._answers[asked] = answer
        return answer


class Memo:
    """Sections whose content decides their version, by what the content is made from: made once, not at every tick.

    Of each place only the last is kept, and of all places those last asked for, by their bytes.
    """

    def __init__(self, capacity: int = MEMO_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[str, tuple[str, Section]] = OrderedDict()
        self._lock = threading.Lock()

    def section(self, place: str, source: str, make: Callable[[], Section]) -> Section:
        with self._lock:
            kept = self._kept.get(place)
            if kept is not None and kept[0] == source:
                self._kept.move_to_end(place)
                return kept[1]
        made = make()
        with self._lock:
            self._size += _size(made) - _size(self._kept.pop(place, ("", None))[1])
            self._kept[place] = (source, made)
            while self._size > self._capacity and len(self._kept) > 1:
                self._size -= _size(self._kept.popitem(last=False)[1][1])
        return made


def _size(section: Section | None) -> int:
    return 0 if section is None else len(section.raw or b"")
