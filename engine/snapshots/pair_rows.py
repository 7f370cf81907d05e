"""The rows of one pair as far as they are known here: which of them are wrong or missing, and what others wrote.

No store, clock or thread: bars and news in, rows out.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.parameters import Method, PairParameters
from engine.snapshots.compute import bars_before, compute_rows
from engine.snapshots.next_rows import row_dtype
from engine.snapshots.pair_bars import PairBars
from engine.snapshots.plain_rows import Rows, first_difference, plain_rows
from engine.snapshots.row_history import RowHistory
from engine.snapshots.sharing import FIRST_GENERATION, RowNews
from engine.thresholds import Threshold


def kept_rows(p: PairParameters, *, history_bars: int) -> int:
    """How many rows of a pair are kept."""
    return max(history_bars, bars_before(p))


class PairRows:
    """At least the last `history_bars` rows of a causal method, and how many of them are shared.

    `generation` is that of the last row; `version` moves whenever a row did.
    """

    def __init__(self, p: PairParameters, *, history_bars: int) -> None:
        self._p = p
        self.kept = kept_rows(p, history_bars=history_bars)
        self.generation = FIRST_GENERATION
        self.version = 0
        self._history = RowHistory(row_dtype(p.method), p.timeframe.ms, kept=self.kept)
        self._shared_end = 0  # bar number after the last row that the stream holds
        self._unverified_from: int | None = 0  # rows from this bar number on were not yet held against the bars

    @property
    def rows(self) -> Rows:
        """Read-only; later changes leave it as it is."""
        return self._history.rows

    @property
    def first(self) -> int:
        """Bar number of the first row."""
        return self._history.first

    def follow(self, news: RowNews) -> bool:
        """Take what others wrote; whether there was anything."""
        if news.anew:
            self.doubt()
            self._shared_end = self._history.first
        for run in news.runs:
            self._take(run)
        if news.runs:
            self.generation = news.generation
        if news.end is not None:
            self._shared_end = news.end
        return bool(news.runs)

    def unshared(self) -> Rows:
        """Rows that the stream does not hold."""
        return self._history.between(max(self._shared_end, self._history.first), self._history.end)

    def start_anew(self) -> None:
        """Nothing of before holds, but what is read from now on."""
        self._clear()
        self.generation, self._shared_end, self._unverified_from = FIRST_GENERATION, 0, 0

    def doubt(self, number: int = 0) -> None:
        """Hold the rows from bar `number` on against the bars next time: what was wrong was not put right."""
        self._unverified_from = number if self._unverified_from is None else min(number, self._unverified_from)

    def stale_from(self, pair: PairBars | None, changed_from: int | None) -> int | None:
        """The bar number from which on rows are missing, or made of other bars than these; None if none are.

        `changed_from` is the bar number of the first bar that changed since the last call. Rows
        beyond the bars are dropped: they are of a time that the store no longer knows.
        """
        if pair is None:
            self._clear()
            return None
        self._drop_what_does_not_join(pair)
        first, end = self._history.first, self._history.end
        if first == end or self._lacks_older(pair):
            return pair.first
        wrong = self._first_wrong(pair, changed_from)
        self._unverified_from = None
        if wrong is not None:
            return pair.first if wrong <= first else wrong
        return end if end < pair.end else None

    def agree(self, pair: PairBars, changed_from: int | None) -> bool:
        """Whether the stream holds rows for all of these bars, up to the last and no further, and made of them.

        `changed_from` is as for `stale_from`, of which this is the case in which nothing is to do.
        """
        end = self._history.end
        if not len(self._history) or end != pair.end or end != self._shared_end or self._lacks_older(pair):
            return False
        if self._first_wrong(pair, changed_from) is not None:
            return False
        self._unverified_from = None
        return True

    def compute(self, pair: PairBars, start: int, thresholds: Sequence[Threshold]) -> None:
        """Rows from bar number `start` on, under a new generation where others know them otherwise."""
        self.put(start, compute_rows(pair, start, self._p, thresholds, before=self.before(start)))

    def before(self, start: int) -> Rows:
        """Rows that end before bar number `start`; read-only, and they stay as they are."""
        return self._history.between(self._history.first, start)

    def put(self, start: int, rows: Rows) -> None:
        """Rows that somebody computed from those `before`, of all bars from number `start` on."""
        if start < self._shared_end:
            self.generation += 1
            self._shared_end = start
        self._history.cut(start)
        self._history.put(rows)
        self._unverified_from = None
        self.version += 1

    def _take(self, run: Rows) -> None:
        number = int(run["open_time_ms"][0]) // self._p.timeframe.ms
        if self._history.between(number, number + len(run)).tobytes() != run.tobytes():
            self._history.put(run)
            self.doubt(number)
            self.version += 1

    def _drop_what_does_not_join(self, pair: PairBars) -> None:
        if self._history.end > pair.end:
            self._history.cut(pair.end)
            self.version += 1
        if self._history.end < pair.first:
            self._clear()

    def _lacks_older(self, pair: PairBars) -> bool:
        """Whether bars came to light that are older than the rows. A Kalman path stays where it began."""
        short = self._history.end - self._history.first < self.kept
        return short and pair.first < self._history.first and self._p.method is not Method.KALMAN

    def _first_wrong(self, pair: PairBars, changed_from: int | None) -> int | None:
        """The number of the first bar of which the row in doubt is made otherwise."""
        doubtful = [number for number in (self._unverified_from, changed_from) if number is not None]
        end = self._history.end
        check_from = max(min(doubtful, default=end), self._history.first, pair.first)
        if check_from >= end:
            return None
        held = self._history.between(check_from, end)
        bars = pair.since(check_from)
        made = plain_rows(
            PairBars(bars.timeframe, bars.first, bars.y[: len(held)], bars.x[: len(held)]), self._p.field, held.dtype
        )
        place = first_difference(held, made)
        return None if place is None else check_from + place

    def _clear(self) -> None:
        if len(self._history):
            self.version += 1
        self._history.clear()
