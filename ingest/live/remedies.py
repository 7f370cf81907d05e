"""What is done about streams that are silent while their connection lives: subscribe them anew, then connect anew,
then go to another host; then, as a symbol may simply have stopped trading, nothing for a while. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import IntEnum

AGAIN_AFTER_LIMITS = 40  # times the fixed limit of silence: ten minutes


class Remedy(IntEnum):
    """In the order in which they are tried."""

    RESUBSCRIBE = 0
    RECONNECT = 1
    OTHER_HOST = 2


@dataclass(frozen=True, slots=True)
class Treatment:
    """One remedy for these streams."""

    remedy: Remedy
    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """A silent stream: what comes next for it, when it was last treated, and since when it is silent."""

    next: int
    treated_s: float
    since_s: float


class Remedies:
    """The silent streams of one connection and how far each one's treatment has come (monotonic seconds)."""

    def __init__(self, *, floor_s: float) -> None:
        self._again_after_s = AGAIN_AFTER_LIMITS * floor_s
        self._cases: dict[str, _Case] = {}

    @property
    def streams(self) -> tuple[str, ...]:
        """Those that have not delivered since they were found silent."""
        return tuple(self._cases)

    def since_s(self, stream: str) -> float:
        return self._cases[stream].since_s

    def note_cured(self, came_since: Callable[[str, float], bool]) -> None:
        """Forget the streams that came since they were treated."""
        self._cases = {stream: case for stream, case in self._cases.items() if not came_since(stream, case.treated_s)}

    def forget(self, streams: Container[str]) -> None:
        """These are not wanted any more."""
        self._cases = {stream: case for stream, case in self._cases.items() if stream not in streams}

    def treat(self, silent: Mapping[str, float], now_s: float) -> Treatment | None:
        """What to do now about silent streams, given when each was last heard.

        None when all that helps has been tried lately.
        """
        due: dict[str, int] = {}
        for stream, last_s in silent.items():
            case = self._cases.setdefault(stream, _Case(Remedy.RESUBSCRIBE, now_s, last_s))
            if case.next <= Remedy.OTHER_HOST:
                due[stream] = case.next
            elif now_s - case.treated_s >= self._again_after_s:
                due[stream] = Remedy.RESUBSCRIBE
        if not due:
            return None
        remedy = Remedy(max(due.values()))
        for stream in due:
            self._cases[stream] = _Case(remedy + 1, now_s, self._cases[stream].since_s)
        return Treatment(remedy, tuple(due))
