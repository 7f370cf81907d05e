"""What is said to a venue over an open connection, within the messages a second that it allows. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import orjson

SHARE = 0.6  # the answers to pings count as messages too
SECOND_S = 1.0


class ControlBudget:
    """When the next messages may be sent (monotonic seconds)."""

    def __init__(self, per_s: int) -> None:
        self._limit = max(2, int(per_s * SHARE))
        self._times_s: deque[float] = deque(maxlen=self._limit)

    def has_room(self, now_s: float, messages: int) -> bool:
        """Whether so many may go out now."""
        return messages + sum(now_s - time_s < SECOND_S for time_s in self._times_s) <= self._limit

    def spend(self, now_s: float, messages: int) -> None:
        """So many go out."""
        self._times_s.extend([now_s] * messages)


def resubscription(streams: Sequence[str], first_id: int) -> tuple[bytes, bytes]:
    """The two messages that end these streams and ask for them again."""
    methods = ("UNSUBSCRIBE", "SUBSCRIBE")
    off, on = (
        orjson.dumps({"method": method, "params": list(streams), "id": first_id + number})
        for number, method in enumerate(methods)
    )
    return off, on
