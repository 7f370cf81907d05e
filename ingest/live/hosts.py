"""Which of a service's addresses to use now: the first, until it fails. Pure; times are monotonic seconds."""

from __future__ import annotations

from collections.abc import Sequence

FAILURES = 2  # in a row at one address: a single one happens to the best
HOME_AFTER_S = 600.0


class Hosts:
    """Addresses in their order of preference. One that stays in reserve costs nothing."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = tuple(addresses)
        self._index = 0
        self._failures = 0
        self._left_s = 0.0

    def lead_to(self, addresses: Sequence[str]) -> None:
        """The same hosts under other addresses: as many, in the same order."""
        self._addresses = tuple(addresses)

    def current(self, now_s: float) -> str:
        """The address to use; the preferred one again some minutes after it was left."""
        if self._index and not self._failures and now_s - self._left_s >= HOME_AFTER_S:
            self._index = 0
        return self._addresses[self._index]

    def worked(self) -> None:
        """What was asked for came."""
        self._failures = 0

    def failed(self, now_s: float) -> None:
        """It did not come."""
        self._failures += 1
        if self._failures >= FAILURES:
            self.leave(now_s)

    def leave(self, now_s: float) -> None:
        """Go on to the next address, after the last to the first."""
        self._failures = 0
        self._left_s = now_s
        self._index = (self._index + 1) % len(self._addresses)
