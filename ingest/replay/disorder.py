"""Whether the trades of a recording stand in the order of their times."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Disorder:
    """Trades that step back in time: each is earlier than another that stands before it.

    `line` is where the first of them stands, `behind_line` where the latest trade before it stands,
    `back_ms` how far it steps back and `furthest_ms` how far any does.
    """

    line: int
    behind_line: int
    back_ms: int
    trades: int
    furthest_ms: int

    def __str__(self) -> str:
        first = f"line {self.line} steps back in time, {self.back_ms / 1000:,.3f} s behind line {self.behind_line}"
        if self.trades == 1:
            return first
        return f"{first}, and so do {self.trades - 1:,} more, the furthest by {self.furthest_ms / 1000:,.3f} s"


class OrderCheck:
    """Looks at the trades of a recording one by one."""

    def __init__(self) -> None:
        self._newest_ms = self._newest_line = 0
        self._first: tuple[int, int, int] | None = None
        self._trades = 0
        self._furthest_ms = 0

    def update(self, line: int, time_ms: int) -> None:
        """The next trade."""
        back_ms = self._newest_ms - time_ms
        if back_ms <= 0:
            self._newest_ms, self._newest_line = time_ms, line
            return
        self._first = self._first or (line, self._newest_line, back_ms)
        self._trades += 1
        self._furthest_ms = max(self._furthest_ms, back_ms)

    def get(self) -> Disorder | None:
        """What was found, None where all are in order."""
        return Disorder(*self._first, self._trades, self._furthest_ms) if self._first else None
