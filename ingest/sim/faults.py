"""Where the exchange can be made to fail: named points that the server asks at, each answering "go on" here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from ingest.sim.rest import Answer
from ingest.sim.wire import Frame


class OddFrame(NamedTuple):
    """A message that no stream makes: sent as it is, in parts where it comes in parts."""

    event_ms: int
    stream: str
    data: str | bytes | AsyncIterator[str]

    @property
    def combined(self) -> str | bytes | AsyncIterator[str]:
        return self.data


Sent = Frame | OddFrame


class Ending(Enum):
    """How the venue ends a connection."""

    RESET = "reset"
    CLOSE = "close"


@dataclass(eq=False)
class Link:
    """One client's connection as faults see it. `renewed` holds the streams that it subscribed by message."""

    opened_s: float
    renewed: set[str] = field(default_factory=set)


class Faults:
    """An exchange without faults. A faulty one overrides the points where it fails. Times are monotonic seconds."""

    retry_after_s: int | None = None
    """The ``Retry-After`` of a refused connection."""

    shift_ms: int = 0
    """How far the venue's clock is ahead of what it should be."""

    def hangs(self, target: str) -> bool:  # noqa: ARG002 - the point's name for overriders
        """Whether a request is taken and never answered."""
        return False

    def refuses_connection(self, target: str) -> int | None:  # noqa: ARG002
        """The HTTP status that a new stream connection to `target` is refused with, None to let it in."""
        return None

    def outgoing(self, frames: Sequence[Sent], link: Link, now_s: float) -> Sequence[Sent]:  # noqa: ARG002
        """The frames that one connection gets of those it should get; asked often, also when there are none."""
        return frames

    def ending(self, link: Link, now_s: float) -> Ending | None:  # noqa: ARG002
        """How to end this connection now, None to keep it."""
        return None

    def answer(self, target: str, answer: Answer) -> Answer:  # noqa: ARG002
        """The answer that a REST call to `target` gets in place of the right one."""
        return answer
