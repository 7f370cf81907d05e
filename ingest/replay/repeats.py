"""Rows that stand in a recording a second time, as after a collector that began again somewhat before its end.

Without trade ids two rows that are alike may be two trades: at a busy venue every tenth row is like the one before
it. So a row is called a repeat only where it is like an earlier one and later trades of its symbol stand before it,
or where it goes on a run of such.
"""

from __future__ import annotations

from collections import deque

REMEMBERED = 200_000  # rows: some 20 MB at most, and more than a collector repeats


class Repeats:
    """Looks at the rows of a recording one by one."""

    def __init__(self) -> None:
        self._newest_ms: dict[str, int] = {}
        self._repeating: set[str] = set()
        self._seen: set[int] = set()
        self._order: deque[int] = deque()
        self._last: dict[str, bytes] = {}

    def is_repeat(self, symbol: str, time_ms: int, row: bytes) -> bool:
        """Whether this row, as it is written, repeats one that stands before it."""
        key = hash((symbol, row))
        newest_ms = self._newest_ms.get(symbol, time_ms)
        if key in self._seen:
            if time_ms < newest_ms:
                self._repeating.add(symbol)
            return symbol in self._repeating
        self._repeating.discard(symbol)
        self._newest_ms[symbol] = max(newest_ms, time_ms)
        self._seen.add(key)
        self._order.append(key)
        if len(self._order) > REMEMBERED:
            self._seen.discard(self._order.popleft())
        return False

    def is_alike(self, symbol: str, row: bytes) -> bool:
        """Whether this row, which is no repeat, is as the one of its symbol that was asked about before it."""
        before = self._last.get(symbol)
        self._last[symbol] = row
        return row == before
