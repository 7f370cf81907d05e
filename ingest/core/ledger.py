"""Keeping the gap ledger of one instrument: what was given up, what came of it after all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple

from ingest.core.gaps import Gap
from store.gap_ledger import GapRecord

MAX_OPEN = 256
"""Gaps that can still be filled: as many as the sequencer remembers."""


class GapLedger:
    """The records that may still change, oldest first, and those that did since they were last taken."""

    __slots__ = ("_changed", "_open")

    def __init__(self, records: Iterable[GapRecord] = ()) -> None:
        self._open = list(records)
        self._changed: dict[int, GapRecord] = {}

    def lost(self, gap: Gap, clock_ms: int) -> None:
        """A gap was given up: later trades went on without it."""
        record = GapRecord(gap.first, gap.last, gap.ids, gap.after_ms, gap.before_ms, gap.noticed_ms, clock_ms)
        self._open.append(record)
        self._changed[record.first] = record
        if len(self._open) > MAX_OPEN:
            self._note(0, self._open[0].given_up(clock_ms))
            del self._open[0]

    def found(self, trade_id: int, clock_ms: int) -> None:
        """An absent id came after all."""
        for index in range(len(self._open) - 1, -1, -1):
            record = self._open[index]
            if record.first <= trade_id <= record.last:
                self._note(index, record.found_one(clock_ms))
                if self._open[index].state == "filled":
                    del self._open[index]
                return

    def not_to_be_had(self, first: int, last: int, clock_ms: int) -> None:
        """The venue was asked for these ids and has no more of them."""
        for index, record in enumerate(self._open):
            if first <= record.last and record.first <= last and record.state == "open":
                self._note(index, record.given_up(clock_ms))

    def end(self, clock_ms: int) -> None:
        """Nothing more will come."""
        for index, record in enumerate(self._open):
            self._note(index, record.given_up(clock_ms))

    def take(self) -> tuple[GapRecord, ...]:
        """What changed since the last call."""
        changed, self._changed = tuple(self._changed.values()), {}
        return changed

    def dump(self) -> list[tuple[object, ...]]:
        """The records that may still change, for the state of the instrument."""
        return [astuple(record) for record in self._open]

    def _note(self, index: int, record: GapRecord) -> None:
        self._open[index] = record
        self._changed[record.first] = record
