"""One instrument of the venue: its sequence of ticks, its bars, its quotes, and what is to be published of them."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.core.batch import LegCounts
from ingest.core.events import TickFields
from ingest.core.fold import fold
from ingest.core.gaps import Gap
from ingest.core.quotes import Quotes
from ingest.core.recent import RecentTicks
from ingest.core.revise import revise
from ingest.core.sequence import Sequencer, Verdict
from ingest.core.track import Track
from store.ticks import encode_ticks
from store.timeframes import Timeframe

KEPT_SECONDS = 3_600
"""Closed 1 s bars remembered for revision: an outage of half an hour and its back-fill fit well inside."""

KEPT_MINUTES = 240
RECENT_TICKS = 40_960
"""Ticks remembered (1.7 MB): an hour and more of an ordinary instrument, minutes of one on a record day."""


class Leg:
    """State of one instrument. `Core` appends to `sequencer.ready` and writes `quotes.by_second` itself, for speed.

    Late ticks and newly lost or found gaps wait in `arrears` and `sequencer.changed` until `advance`
    or `fill`, so that bars are revised at most once a second of the venue's clock.
    """

    __slots__ = (
        "arrears",
        "changed",
        "duplicates",
        "has_ids",
        "kind",
        "late",
        "minutes",
        "packed",
        "quote_count",
        "quotes",
        "recent",
        "seconds",
        "sequencer",
        "symbol",
        "trade_count",
    )

    def __init__(
        self, symbol: str, sequencer: Sequencer, recent: RecentTicks, *, has_ids: bool, drop_partial: bool = False
    ) -> None:
        self.symbol = symbol
        self.sequencer = sequencer
        self.recent = recent
        self.has_ids = has_ids
        self.quotes = Quotes()
        self.seconds, self.minutes = (
            Track(ms, keep=keep, lost=sequencer.lost, unknown=not has_ids, drop_partial=drop_partial)
            for ms, keep in ((Timeframe.S1.ms, KEPT_SECONDS), (Timeframe.M1.ms, KEPT_MINUTES))
        )
        self.packed: list[bytes] = []
        self.arrears: list[TickFields] = []
        self.kind: int | None = None
        self.changed = False
        self.trade_count = self.quote_count = self.duplicates = self.late = 0

    @property
    def tracks(self) -> tuple[Track, Track]:
        return self.seconds, self.minutes

    def counts(self) -> LegCounts:
        sequencer = self.sequencer
        return LegCounts(
            trades=self.trade_count,
            quotes=self.quote_count,
            duplicates=self.duplicates,
            late=self.late,
            gaps=sequencer.noticed,
            gaps_open=len(sequencer.waiting) + len(sequencer.lost),
            missing_ids=sum(gap.ids for gap in sequencer.lost),
            last_trade_ms=sequencer.last_ms,
        )

    def offer(self, tick: TickFields, clock_ms: int) -> None:
        """Take a tick that does not simply follow the last one."""
        if not self.has_ids:
            self.sequencer.ready.append(tick)
            return
        verdict = self.sequencer.offer(tick, clock_ms)
        if verdict is Verdict.DUPLICATE:
            self.duplicates += 1
        elif verdict is Verdict.LATE:
            self.fold_ready()  # what came before stands before it in the stream
            self._keep([tick])
            self.arrears.append(tick)

    def interrupt(self, clock_ms: int) -> None:
        """After that time, and after the last trade, trades may lack unseen, until the next one tells by its id."""
        if self.has_ids and self.sequencer.expected >= 0:
            self.fold_ready()
            self.sequencer.lost.doubt_from(max(clock_ms, self.sequencer.last_ms))

    def assure(self, time_ms: int) -> None:
        """Whatever was missed up to that time shows by ids: bars that said that nobody knows are revised.

        Of bars that closed after it, nobody knows still.
        """
        lost = self.sequencer.lost
        doubted_ms = lost.end_doubt()
        if doubted_ms is None:
            return
        self.sequencer.changed.append(Gap(0, -1, 0, doubted_ms, max(doubted_ms, time_ms)))
        if time_ms < self.seconds.closed * self.seconds.ms:
            lost.doubt_from(max(doubted_ms, time_ms))

    def fold_ready(self) -> None:
        """Fold what is in order into the open bars."""
        ready = self.sequencer.ready
        if not ready:
            return
        self.assure(ready[-1][3])
        self.arrears += fold(ready, self.seconds, self.minutes)
        self._keep(ready)
        self.sequencer.last_ms = ready[-1][3]
        ready.clear()

    def advance(self, clock_ms: int, close_ms: int) -> None:
        """The venue's clock moved on: end holds that are over, close the bars that end at or before `close_ms`."""
        self.fold_ready()
        if self.sequencer.holding:
            self.sequencer.expire(clock_ms)
            self.fold_ready()
        self.settle()
        if not self.sequencer.holding:
            self._close(close_ms)

    def settle(self) -> None:
        """Revise the bars that late ticks and lost or found gaps concern."""
        changed, late = self.sequencer.changed, self.arrears
        if not (changed or late):
            return
        refused = 0
        for track in self.tracks:
            refused = max(refused, revise(track, _bars_of(changed, track), late, self.recent))
        self.late += refused
        self.sequencer.changed, self.arrears = [], []
        self.changed = True

    def _close(self, close_ms: int) -> None:
        before = self.seconds.closed
        self.seconds.close_to(close_ms, self.quotes.at)
        self.minutes.close_to(close_ms, self.quotes.at)
        self.quotes.settle(close_ms)
        self.changed |= self.seconds.closed != before

    def _keep(self, ticks: Sequence[TickFields]) -> None:
        packed = encode_ticks(ticks)  # type: ignore[arg-type]  # the fields of a Tick, which is a tuple of them
        self.packed.append(packed)
        self.recent.append(packed)
        self.trade_count += len(ticks)
        self.changed = True


def _bars_of(gaps: Sequence[Gap], track: Track) -> set[int]:
    """Remembered bars whose count of missing ids the gaps concern."""
    reached, newest = track.closed - track.bars.keep - 1, track.closed - 1
    numbers: set[int] = set()
    for after_ms, before_ms in sorted({(gap.after_ms, gap.before_ms) for gap in gaps}):
        last = min(before_ms // track.ms, newest)
        numbers.update(range(max(after_ms // track.ms, reached + 1), last + 1))
        reached = max(reached, last)
    return numbers
