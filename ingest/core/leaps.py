"""Guards the venue's clock against a single frame whose time lies far ahead."""

from __future__ import annotations

from typing import Generic

from ingest.core.events import Event, LegT

LEAP_MS = 600_000
"""A step ahead of the clock beyond this must be confirmed: a wrong one would close bars that are not over."""


class LeapGuard(Generic[LegT]):
    """Holds back one event that leaps ahead until the next one with a time shows whether to believe it."""

    __slots__ = ("doubted",)

    def __init__(self) -> None:
        self.doubted: Event[LegT] | None = None

    def weigh(self, event: Event[LegT]) -> tuple[Event[LegT], ...]:
        """Take an event that leaps; return the events to be believed now, in order."""
        earlier, self.doubted = self.doubted, event
        if earlier is None or event[2] < earlier[2] - LEAP_MS:
            return ()
        if event[2] > earlier[2] + LEAP_MS:
            return (earlier,)
        self.doubted = None
        return (earlier, event)

    def release(self) -> tuple[Event[LegT], ...]:
        """The event still in doubt, if any: nothing more will come."""
        event, self.doubted = self.doubted, None
        return () if event is None else (event,)
