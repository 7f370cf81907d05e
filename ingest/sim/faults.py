"""Where the exchange can be made to fail: named points that the server asks at, each answering "go on" here."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.sim.rest import Answer
from ingest.sim.wire import Frame


class Faults:
    """An exchange without faults. A faulty one overrides the points where it fails."""

    def refuses_connection(self, target: str) -> int | None:  # noqa: ARG002 - the point's name for overriders
        """The HTTP status that a new stream connection to `target` is refused with, None to let it in."""
        return None

    def outgoing(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        """The frames that one connection gets of those it should get."""
        return frames

    def answer(self, target: str, answer: Answer) -> Answer:  # noqa: ARG002 - the point's name for overriders
        """The answer that a REST call to `target` gets in place of the right one."""
        return answer
