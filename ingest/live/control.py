"""What is said to a venue over an open connection, within the messages a second that it allows. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from ingest.dialects.binance import BINANCE
from ingest.dialects.dialect import Dialect

SHARE = 0.6  # the answers to pings count as messages too
SECOND_S = 1.0
AT_ONCE = 100  # streams named in one message: it stays short


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


def resubscription(streams: Sequence[str], first_id: int, dialect: Dialect = BINANCE) -> tuple[bytes, bytes]:
    """The two messages that end these streams and ask for them again."""
    ask = dialect.request
    return ask("unsubscribe", streams, first_id), ask("subscribe", streams, first_id + 1)


class Change(NamedTuple):
    """A message about streams: those that it ends, and those that are subscribed after it."""

    message: bytes
    ended: tuple[str, ...]
    streams: tuple[str, ...]


def next_change(
    wanted: Sequence[str], carried: Sequence[str], number: int, dialect: Dialect = BINANCE
) -> Change | None:
    """What to say next so that `wanted` is subscribed where `carried` is; None when it is. Endings come first."""
    if wanted == carried:
        return None
    vain = tuple(stream for stream in carried if stream not in wanted)[:AT_ONCE]
    new = tuple(stream for stream in wanted if stream not in carried)[:AT_ONCE]
    if vain:
        rest = tuple(stream for stream in carried if stream not in vain)
        return Change(dialect.request("unsubscribe", vain, number), vain, rest)
    return Change(dialect.request("subscribe", new, number), (), (*carried, *new)) if new else None
