"""The ingestor's core of one venue: frames in, batches out. No sockets, clocks or threads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

from ingest.core.batch import NO_COUNTS, Batch, Counts, LegBatch, WantedGap
from ingest.core.decode import Decode, decode_frames
from ingest.core.events import Event, Kind, Notice, TickFields
from ingest.core.fields import LATEST_MS
from ingest.core.leaps import LEAP_MS, LeapGuard
from ingest.core.leg import RECENT_TICKS, Leg
from ingest.core.marks import Marks
from ingest.core.recent import RecentTicks
from ingest.core.rejections import IGNORED, Rejection
from ingest.core.sequence import Sequencer
from ingest.core.state import encode_state, parse_state
from ingest.core.universe import Universe
from store.bars import Bar
from store.instruments import Instrument
from store.timeframes import Timeframe

_SECOND_MS = 1_000
_TRADE = int(Kind.TRADE)
_QUOTE = int(Kind.QUOTE)
_CLOCK = int(Kind.CLOCK)
_NOTICE = int(Kind.NOTICE)
_MARK = int(Kind.MARK)
_AT_ONCE = 256  # frames: what they become stays in the processor's cache
_NEVER = LATEST_MS


class Core:
    """Decodes, sequences and folds the frames of one venue's instruments.

    The venue's clock is the largest exchange time seen in any frame; it alone closes bars and ends
    holds, frame by frame: first a frame's tick is placed, then its time counts. So what comes out
    depends on the frames and their order only, not on how they are divided into calls.
    """

    def __init__(
        self,
        venue: str,
        symbols: Iterable[str],
        *,
        watermark_ms: int = 500,
        hold_ms: int = 2_000,
        ids: Literal["consecutive", "none"] = "consecutive",
        partial_first: Literal["marked", "dropped"] = "marked",
        universe: bool = False,
        decode: Decode = decode_frames,
    ) -> None:
        """Bars close `watermark_ms` after their end; a gap in the ids holds later ticks back for `hold_ms`.

        With `ids="none"` ticks are taken in the order they come, and what is missing is unknown.
        The bars of an instrument's very first tick began before it, unless that was expected: they are
        published with an unknown number of missing ids, or with `partial_first="dropped"` not at all.
        With `universe` the ticker arrays are folded into minutes: see `universe`. `decode` reads the venue's wire.
        """
        self.venue = venue
        self._watermark_ms = watermark_ms
        self._hold_ms = hold_ms
        self._has_ids = ids == "consecutive"
        self._drop_partial = partial_first == "dropped"
        self._legs = {symbol: self._new_leg(symbol) for symbol in symbols}
        self._parting: dict[str, LegBatch] = {}
        self._gone = NO_COUNTS
        self._decode = decode
        self._clock_ms = 0
        self._due_ms = 0
        self._trusted_ms = LATEST_MS
        self._leaps: LeapGuard[Leg] = LeapGuard()
        self._rejected: dict[Rejection, int] = {}
        self._notices: list[Notice] = []
        self._frames = 0
        self.marks = Marks()
        """Mark prices and funding as the frames told them."""
        self.universe = Universe() if universe else None
        """The minutes of all that the venue trades, None where they are not wanted."""

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._legs)

    def has(self, symbol: str) -> bool:
        """Whether this instrument is among those that the core takes."""
        return symbol in self._legs

    def adopt(self, other: Core, symbol: str) -> bool:
        """Go on with an instrument that another core brought up to now; that one is not to be used any more.

        After its last trade nobody has listened yet: see `interrupt`. False, and nothing done, while what was removed
        of the same instrument waits to be taken.
        """
        if symbol in self._parting:
            return False
        leg = other._legs.pop(symbol)
        leg.interrupt(0)
        leg.changed = True
        self._legs[symbol] = leg
        self._due_ms = self._due()
        return True

    def remove(self, symbol: str) -> None:
        """Take an instrument no more. The next batch has what is new of it, and its state, and no open bar."""
        leg = self._legs.pop(symbol)
        leg.fold_ready()
        self._gone = self._gone.plus(leg.counts())
        self._parting[symbol] = self._leg_batch(leg)._replace(open_second=None, open_minute=None)

    @property
    def clock_ms(self) -> int:
        """The venue's clock: the largest exchange time seen, 0 before the first."""
        return self._clock_ms

    def feed(self, frames: Sequence[tuple[int, bytes]]) -> None:
        """Take frames, each with the time of its receipt in µs, in the order they came. Never raises on them."""
        self._frames += len(frames)
        for start in range(0, len(frames), _AT_ONCE):
            self._run(self._decode(frames[start : start + _AT_ONCE], self._legs, self._rejected))

    def feed_ticks(self, symbol: str, ticks: Iterable[TickFields]) -> None:
        """Take ticks (`store.ticks.Tick`) of a source without frames, in the order they came.

        Ticks of several instruments keep their common order by one call for each run of one
        instrument. Raises `KeyError` for a symbol that the core was not made for.
        """
        leg = self._legs[symbol]
        self._run([(_TRADE, leg, tick[3], tick) for tick in ticks])

    def fill(self, symbol: str, ticks: Iterable[TickFields]) -> None:
        """Take ticks fetched for a gap. They move no clock; those that are known already are dropped and counted.

        Where nobody listened, nobody listens still: only ticks that came by themselves tell that.
        """
        leg = self._legs[symbol]
        unheard, last_id = leg.sequencer.lost.doubted_ms is not None, -1
        for tick in ticks:
            leg.offer(tick, self._clock_ms)
            last_id = tick[0]
        leg.fold_ready()
        if unheard and leg.sequencer.expected == last_id + 1:
            leg.interrupt(0)
        leg.settle()
        self._due_ms = self._due()

    def interrupt(self, symbols: Collection[str] | None = None) -> None:
        """From here on trades of these instruments, in whatever case, or of all, may be lacking unseen.

        Bars that end later say that nobody knows what is missing from them, until the next trade tells: then they are
        published again.
        """
        wanted = None if symbols is None else {symbol.casefold() for symbol in symbols}
        for symbol, leg in self._legs.items():
            if wanted is None or symbol.casefold() in wanted:
                leg.interrupt(self._clock_ms)

    def doubted(self) -> tuple[str, ...]:
        """Instruments that were interrupted, and of which no trade has come since."""
        return tuple(symbol for symbol, leg in self._legs.items() if leg.sequencer.lost.doubted_ms is not None)

    def assure(self, symbol: str) -> None:
        """The venue was asked, and has no trade beyond those that came: nothing was missed of this instrument."""
        leg = self._legs[symbol]
        leg.assure(self._clock_ms)
        leg.settle()

    def expect(self, symbol: str, trade_id: int) -> None:
        """Make the ids from `trade_id` on a gap, if the first tick comes after them; before the first tick only.

        Bars then begin whole, when the gap is filled from the start of a bar on.
        """
        leg = self._legs[symbol]
        if leg.sequencer.expected < 0:
            leg.sequencer = Sequencer(hold_ms=self._hold_ms, expected=trade_id)
            for track in leg.tracks:
                track.whole, track.lost = True, leg.sequencer.lost

    def expected_id(self, symbol: str) -> int:
        """The lowest id of an instrument that has not come yet, below 0 before its first tick."""
        return self._legs[symbol].sequencer.expected

    def load_history(self, symbol: str, timeframe: Timeframe, bars: Sequence[Bar]) -> None:
        """Publish bars made elsewhere, oldest first, before the first of our own; our own go on after them.

        Ticks that fall into them are published as ticks and change none of them. Bars that are not
        older than our first are left out.
        """
        leg = self._legs[symbol]
        track = leg.seconds if timeframe is Timeframe.S1 else leg.minutes
        track.begin_after(bars)
        leg.changed = True

    def wanted_gaps(self) -> tuple[WantedGap, ...]:
        """Ranges of ids that are absent now, to be fetched and given to `fill`: those held for first."""
        held = [
            WantedGap(leg.symbol, g.first, g.last, True) for leg in self._legs.values() for g in leg.sequencer.waiting
        ]
        lost = [
            WantedGap(leg.symbol, g.first, g.last, False) for leg in self._legs.values() for g in leg.sequencer.lost
        ]
        return (*held, *lost)

    def not_to_be_had(self, symbol: str, first: int, last: int) -> None:
        """The venue was asked for these ids and gives no more of them: what is still absent is lost."""
        leg = self._legs[symbol]
        leg.sequencer.ledger.not_to_be_had(first, last, self._clock_ms)
        leg.changed = True

    def finish(self) -> None:
        """Nothing more will come: let go what is held back, and close what is over. Unfinished bars stay open."""
        self._trust(self._leaps.release())
        for leg in self._legs.values():
            leg.sequencer.release(self._clock_ms)
            leg.advance(self._clock_ms, self._clock_ms - self._watermark_ms)
            leg.changed = True  # a last quote alone publishes nothing, and the open bar should end with it

    def take(self) -> Batch:
        """Everything to be published since the last call."""
        legs, self._parting = list(self._parting.values()), {}
        for leg in self._legs.values():
            leg.fold_ready()
            if leg.changed:
                legs.append(self._leg_batch(leg))
        notices, self._notices = tuple(self._notices), []
        return Batch(self.venue, tuple(legs), notices)

    def counts(self) -> Counts:
        rejected = {reason: count for reason, count in self._rejected.items() if reason not in IGNORED}
        ignored = {reason: count for reason, count in self._rejected.items() if reason in IGNORED}
        legs = {symbol: leg.counts() for symbol, leg in self._legs.items()}
        return Counts(self._clock_ms, self._frames, rejected, ignored, legs, self._gone)

    def dump_state(self, symbol: str) -> bytes:
        """State of one instrument, as it also stands in each of its batches."""
        leg = self._legs[symbol]
        leg.fold_ready()
        return encode_state(leg)

    def load_state(
        self,
        symbol: str,
        raw: bytes,
        *,
        ticks: bytes = b"",
        seconds: Sequence[bytes] = (),
        minutes: Sequence[bytes] = (),
    ) -> None:
        """Go on from a saved state, before the first frame.

        `ticks`: the newest packed ticks of the store's stream, in its order; `seconds`, `minutes`: its
        newest packed bars. With them even a bar from before the restart can be revised to the last bit;
        they may be left out. Raises `store.errors.CorruptRecord`: then begin anew.
        """
        self._legs[symbol] = parse_state(
            symbol,
            raw,
            hold_ms=self._hold_ms,
            has_ids=self._has_ids,
            ticks=ticks,
            seconds=seconds,
            minutes=minutes,
        )

    def _new_leg(self, symbol: str) -> Leg:
        return Leg(
            symbol,
            Sequencer(hold_ms=self._hold_ms),
            RecentTicks(capacity=RECENT_TICKS),
            has_ids=self._has_ids,
            drop_partial=self._drop_partial,
        )

    def _run(self, events: Iterable[Event[Leg]]) -> None:
        """Place each event's tick or quote, then let its time count. The way of nearly all is spelt out here."""
        clock_ms, due_ms, trusted_ms = self._clock_ms, self._due_ms, self._trusted_ms
        for kind, leg, event_ms, item in events:
            if event_ms > trusted_ms:
                self._clock_ms, self._due_ms = clock_ms, due_ms
                self._trust(self._leaps.weigh((kind, leg, event_ms, item)))
                clock_ms, due_ms, trusted_ms = self._clock_ms, self._due_ms, self._trusted_ms
                continue
            if leg is None:
                if kind != _CLOCK:
                    self._hear(kind, event_ms, item)
            elif kind == _QUOTE:
                leg.quotes.by_second[(event_ms or clock_ms) // _SECOND_MS] = item
                leg.quote_count += 1
            else:
                sequencer = leg.sequencer
                if item[0] == sequencer.next_id and kind == leg.kind:
                    sequencer.next_id += 1
                    sequencer.ready.append(item)
                else:
                    due_ms = min(due_ms, self._place(kind, leg, item, max(clock_ms, event_ms)))
            if event_ms > clock_ms:
                clock_ms = event_ms
                if clock_ms >= due_ms:
                    due_ms = self._advance(clock_ms)
                    trusted_ms = self._trusted_ms
        self._clock_ms, self._due_ms = clock_ms, due_ms

    def _hear(self, kind: int, event_ms: int, item: Any) -> None:
        """Take what belongs to no single instrument's trades and quotes."""
        if kind == _NOTICE:
            self._notices.append(item)
        elif kind == _MARK:
            self.marks.take(*item)
        elif self.universe is not None:
            self.universe.take(event_ms, item.rows)

    def _place(self, kind: int, leg: Leg, tick: TickFields, clock_ms: int) -> int:
        """Place a tick that does not simply follow the last; return when its leg's hold ends."""
        if leg.kind is None:
            leg.kind = int(kind)
        if leg.kind != kind:
            self._reject(Rejection.OTHER_SEQUENCE)
        else:
            leg.offer(tick, clock_ms)
        return leg.sequencer.expires_ms or _NEVER

    def _advance(self, clock_ms: int) -> int:
        """End holds and close bars by the clock; return when to do so next."""
        self._clock_ms = clock_ms
        for _ in self._leaps.release():
            self._reject(Rejection.IMPLAUSIBLE_TIME)
        for leg in self._legs.values():
            leg.advance(clock_ms, clock_ms - self._watermark_ms)
        if self.universe is not None:
            self.universe.close_to(clock_ms - self._watermark_ms)
        self._due_ms = self._due()
        self._trusted_ms = self._due_ms + LEAP_MS
        return self._due_ms

    def _due(self) -> int:
        """When the next bar ends, or the next hold."""
        next_close_ms = (
            (self._clock_ms - self._watermark_ms) // _SECOND_MS * _SECOND_MS + _SECOND_MS + self._watermark_ms
        )
        holds = [leg.sequencer.expires_ms for leg in self._legs.values() if leg.sequencer.holding]
        return min([next_close_ms, *(expires_ms for expires_ms in holds if expires_ms is not None)])

    def _trust(self, events: Sequence[Event[Leg]]) -> None:
        """Run events that leap ahead of the clock."""
        if events:
            doubted, self._leaps.doubted = self._leaps.doubted, None
            self._trusted_ms = LATEST_MS
            self._run(events)
            self._leaps.doubted = doubted

    def _reject(self, reason: Rejection) -> None:
        self._rejected[reason] = self._rejected.get(reason, 0) + 1

    def _leg_batch(self, leg: Leg) -> LegBatch:
        leg.changed = False
        ticks, leg.packed = tuple(leg.packed), []
        seconds, minutes = leg.seconds.bars.take(), leg.minutes.bars.take()
        open_second, open_minute = (track.open_bar(leg.quotes.at) for track in leg.tracks)
        name = str(Instrument(self.venue, leg.symbol))
        gaps = leg.sequencer.ledger.take()
        return LegBatch(name, ticks, seconds, minutes, open_second, open_minute, encode_state(leg), gaps)
