"""Ranges of absent trade ids, ordered, each with the stretch of time that it leaves in doubt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

_FIRST = attrgetter("first")


class Gap(NamedTuple):
    """Ids `first` to `last`, all absent, between ticks of the times `after_ms` and `before_ms`.

    While the gap is waited for, `noticed_ms` is the venue's clock when it showed and the times are 0.
    Once given up, its count is on account of the bars at `before_ms`.
    """

    first: int
    last: int
    noticed_ms: int
    after_ms: int = 0
    before_ms: int = 0

    @property
    def ids(self) -> int:
        return self.last - self.first + 1


class Gaps:
    """Disjoint gaps in id order, at most `limit` of them: the oldest are forgotten first."""

    __slots__ = ("_doubted_ms", "_gaps", "_limit")

    def __init__(self, gaps: list[Gap], *, limit: int) -> None:
        self._gaps = gaps
        self._limit = limit
        self._doubted_ms: int | None = None

    def __iter__(self) -> Iterator[Gap]:
        return iter(self._gaps)

    def __len__(self) -> int:
        return len(self._gaps)

    @property
    def first(self) -> Gap | None:
        return self._gaps[0] if self._gaps else None

    def append(self, gap: Gap) -> None:
        """Add a gap beyond all others."""
        self._gaps.append(gap)
        if len(self._gaps) > self._limit:
            del self._gaps[0]

    def pop_first(self) -> Gap:
        return self._gaps.pop(0)

    def remove(self, trade_id: int, time_ms: int) -> Gap | None:
        """Take one id out of its gap, which shrinks, splits at `time_ms` or vanishes; return the gap as it was."""
        index = bisect_right(self._gaps, trade_id, key=_FIRST) - 1
        if index < 0 or trade_id > self._gaps[index].last:
            return None
        gap = self._gaps[index]
        parts = (gap._replace(last=trade_id - 1, before_ms=time_ms), gap._replace(first=trade_id + 1, after_ms=time_ms))
        self._gaps[index : index + 1] = [part for part in parts if part.ids]
        return gap

    def missing(self, start_ms: int, end_ms: int) -> int:
        """Absent ids on account of a bar of the times [start_ms, end_ms)."""
        return sum(gap.ids for gap in self._gaps if start_ms <= gap.before_ms < end_ms)

    @property
    def doubted_ms(self) -> int | None:
        """From when on nobody listened; None where somebody does."""
        return self._doubted_ms

    def doubt_from(self, time_ms: int) -> None:
        """Nobody listens from that time on."""
        self._doubted_ms = time_ms if self._doubted_ms is None else min(self._doubted_ms, time_ms)

    def end_doubt(self) -> int | None:
        """The next tick came: what is absent before it shows by its id. From when on nobody had listened, if so."""
        doubted_ms, self._doubted_ms = self._doubted_ms, None
        return doubted_ms

    def unheard(self, end_ms: int) -> bool:
        """Whether nobody listened at some time before `end_ms`, and what was missed is not known yet."""
        return self._doubted_ms is not None and self._doubted_ms < end_ms

    def in_doubt(self, start_ms: int, end_ms: int) -> bool:
        """Whether ids are absent that may belong into the times [start_ms, end_ms), which hold no tick."""
        return self.unheard(end_ms) or any(gap.after_ms < end_ms and start_ms <= gap.before_ms for gap in self._gaps)
