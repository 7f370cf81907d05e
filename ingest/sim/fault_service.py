"""Faults of the service: it does not answer, refuses, cuts, announces its end, has another clock, drops a symbol."""

# ruff: noqa: ARG002  # a fault need not use all that a point tells it

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit
from weakref import WeakSet

import orjson

from ingest.sim.faults import Ending, Faults, Link, OddFrame, Sent
from ingest.sim.rest import Answer

RETRY_AFTER_S = 5
_CODES = {429: -1003, 418: -1003, 403: 0, 451: 0}


def is_stream(target: str) -> bool:
    """Whether a path is one that connections are opened at."""
    return urlsplit(target).path.strip("/").split("/")[-1] == "stream" or "/ws" in target


def is_rest(target: str) -> bool:
    return target.startswith(("/api/", "/fapi/"))


class Hang(Faults):
    """Requests of a kind (`streams`, `rest`, `all`) are taken and never answered."""

    def __init__(self, kind: str) -> None:
        self._streams, self._rest = kind in ("streams", "all"), kind in ("rest", "all")

    def hangs(self, target: str) -> bool:
        return (self._streams and is_stream(target)) or (self._rest and is_rest(target))


class Refuse(Faults):
    """New connections are refused with an HTTP status."""

    def __init__(self, status: int) -> None:
        self._status = status
        self.retry_after_s = RETRY_AFTER_S if status in _CODES else None

    def refuses_connection(self, target: str) -> int | None:
        return self._status


class RefuseRest(Faults):
    """REST calls are refused with an HTTP status."""

    def __init__(self, status: int) -> None:
        self._status = status

    def answer(self, target: str, answer: Answer) -> Answer:
        if not is_rest(target):
            return answer
        body = orjson.dumps({"code": _CODES.get(self._status, -1000), "msg": f"refused with {self._status}"})
        headers = {"Retry-After": str(RETRY_AFTER_S)} if self._status in (429, 418) else {}
        return Answer(self._status, body, headers)


class Ends(Faults):
    """A connection ends when it is so many seconds old."""

    def __init__(self, after_s: float, how: Ending) -> None:
        self._after_s = after_s
        self._how = how

    def ending(self, link: Link, now_s: float) -> Ending | None:
        return self._how if now_s - link.opened_s >= self._after_s else None


class Shutdown(Ends):
    """A connection is told `serverShutdown` when it is so many seconds old, and closed at twice that age."""

    def __init__(self, after_s: float) -> None:
        super().__init__(2 * after_s, Ending.CLOSE)
        self._told_s = after_s
        self._told: WeakSet[Link] = WeakSet()

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        if link in self._told or now_s - link.opened_s < self._told_s or not frames:
            return frames
        self._told.add(link)
        event_ms = frames[-1].event_ms
        return [*frames, OddFrame(event_ms, "", f'{{"e":"serverShutdown","E":{event_ms}}}')]


class OtherClock(Faults):
    """The venue's clock is so many seconds ahead, negative for behind; set back while it runs, it stands until then."""

    def __init__(self, seconds: float) -> None:
        self.shift_ms = int(seconds * 1000)


class NotTrading(Faults):
    """A symbol is in no list any more, or with a `status` other than TRADING; it says nothing."""

    def __init__(self, symbol: str, status: str | None) -> None:
        self._symbol = symbol
        self._status = status

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        prefix = f"{self._symbol.lower()}@"
        return [frame for frame in frames if not frame.stream.startswith(prefix)]

    def answer(self, target: str, answer: Answer) -> Answer:
        parts = urlsplit(target)
        if parts.path.endswith("/exchangeInfo") and answer.status == 200:
            return self._listed(answer)
        if self._status is None and dict(parse_qsl(parts.query)).get("symbol") == self._symbol:
            return Answer(400, orjson.dumps({"code": -1121, "msg": "Invalid symbol."}), answer.headers)
        return answer

    def _listed(self, answer: Answer) -> Answer:
        info = orjson.loads(answer.body)
        rest = [row for row in info["symbols"] if row["symbol"] != self._symbol]
        if self._status is not None:
            own = [row | {"status": self._status} for row in info["symbols"] if row["symbol"] == self._symbol]
            rest += own
        return Answer(answer.status, orjson.dumps(info | {"symbols": rest}), answer.headers)
