"""Which faults the exchange has: chosen by a line of text, at start or while it runs.

The text is ``name`` or ``name=value``, several with commas: ``duplicates=3,shuffle=0.1,silent=btcusdt@*``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ingest.sim.errors import InvalidFaults
from ingest.sim.fault_service import Ends, Hang, NotTrading, OtherClock, Refuse, RefuseRest, Shutdown
from ingest.sim.fault_traffic import (
    Duplicates,
    Gaps,
    Huge,
    Malformed,
    Shuffle,
    Silent,
    Stale,
    Stamps,
    Stuck,
    Unfed,
)
from ingest.sim.faults import Ending, Faults, Link, Sent
from ingest.sim.rest import Answer


def _number(text: str, lowest: float, highest: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text} is no number") from None
    if not lowest <= value <= highest:
        raise ValueError(f"{text} is not from {lowest:g} to {highest:g}")
    return value


def _status(text: str) -> int:
    return int(_number(text, 400, 599))


def _kind(text: str) -> str:
    if text not in ("streams", "rest", "all"):
        raise ValueError(f"{text} is not streams, rest or all")
    return text


_MAKERS: dict[str, tuple[str, Callable[[str], Faults]]] = {
    "hang": ("streams", lambda text: Hang(_kind(text))),
    "refuse": ("503", lambda text: Refuse(_status(text))),
    "rest": ("503", lambda text: RefuseRest(_status(text))),
    "silent": ("*", Silent),
    "stuck": ("*", Stuck),
    "stale": ("*", lambda text: Stale(text, time.monotonic())),
    "unfed": ("*", lambda text: Unfed(text, time.monotonic())),
    "reset": ("0", lambda text: Ends(_number(text, 0, 1e6), Ending.RESET)),
    "lifetime": ("60", lambda text: Ends(_number(text, 0, 1e6), Ending.CLOSE)),
    "shutdown": ("60", lambda text: Shutdown(_number(text, 0, 1e6))),
    "duplicates": ("3", lambda text: Duplicates(int(_number(text, 1, 100)))),
    "shuffle": ("0.1", lambda text: Shuffle(_number(text, 0, 1))),
    "gaps": ("5000", lambda text: Gaps(int(_number(text, 1, 1e6)))),
    "malformed": ("10", lambda text: Malformed(_number(text, 0, 10_000), time.monotonic())),
    "huge": ("64", lambda text: Huge(_number(text, 0.001, 1_000))),
    "endless": ("", lambda _: Huge(float("inf"))),
    "stamps": ("us", lambda text: Stamps(None if text == "us" else _number(text, -1e6, 1e6))),
    "clock": ("300", lambda text: OtherClock(_number(text, -1e6, 1e6))),
    "delisted": ("TRXUSDT", lambda text: NotTrading(text.upper(), None)),
    "cancel_only": ("TRXUSDT", lambda text: NotTrading(text.upper(), "CANCEL_ONLY")),
}
"""What a value is when none is given, and what makes the fault of one."""


def parse_faults(text: str) -> tuple[Faults, ...]:
    """The faults that a text names, in its order; raises `InvalidFaults` with all that are none."""
    found, wrong = [], {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(_fault(part))
        except ValueError as error:
            wrong[part] = str(error)
    if wrong:
        raise InvalidFaults(wrong)
    return tuple(found)


def _fault(part: str) -> Faults:
    name, _, value = part.partition("=")
    default, make = _MAKERS.get(name.strip(), ("", None))
    if make is None:
        raise ValueError(f"the faults are {', '.join(_MAKERS)}")
    return make(value.strip() or default)


class ChosenFaults(Faults):
    """The faults of a text; `choose` others while the exchange runs. Traffic passes them in their order."""

    def __init__(self, text: str = "") -> None:
        self.text = ""
        self._faults: tuple[Faults, ...] = ()
        self.choose(text)

    def choose(self, text: str) -> None:
        """Have these from now on, none for an empty text; raises `InvalidFaults` and changes nothing."""
        self._faults = parse_faults(text)
        self.text = text
        self.shift_ms = sum(fault.shift_ms for fault in self._faults)
        self.retry_after_s = next((f.retry_after_s for f in self._faults if f.retry_after_s is not None), None)

    def hangs(self, target: str) -> bool:
        return any(fault.hangs(target) for fault in self._faults)

    def refuses_connection(self, target: str) -> int | None:
        statuses = (fault.refuses_connection(target) for fault in self._faults)
        return next((status for status in statuses if status is not None), None)

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:
        for fault in self._faults:
            frames = fault.outgoing(frames, link, now_s)
        return frames

    def ending(self, link: Link, now_s: float) -> Ending | None:
        return next((end for fault in self._faults if (end := fault.ending(link, now_s)) is not None), None)

    def answer(self, target: str, answer: Answer) -> Answer:
        for fault in self._faults:
            answer = fault.answer(target, answer)
        return answer
