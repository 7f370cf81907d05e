"""Ids in order: what passes, what waits, what is late, what is a repeat."""

from __future__ import annotations

from types import SimpleNamespace

from ingest.core.gaps import Gap, Gaps
from ingest.core.sequence import MAX_HELD, MAX_JUMP, RESTART_MS, Sequencer, Verdict


def ids(sequencer: Sequencer) -> list[int]:
    return [tick[0] for tick in sequencer.ready]


def test_what_follows_passes_and_repeats_are_told(wire: SimpleNamespace) -> None:
    sequencer = Sequencer(hold_ms=2_000)
    verdicts = [sequencer.offer(wire.tick(trade_id, 5), 5) for trade_id in (7, 8, 8, 9, 7)]
    passed, repeat = Verdict.PASSED, Verdict.DUPLICATE
    assert verdicts == [passed, passed, repeat, passed, repeat]
    assert ids(sequencer) == [7, 8, 9]
    assert sequencer.next_id == 10


def test_a_gap_holds_later_ticks_until_it_is_filled(wire: SimpleNamespace) -> None:
    sequencer = Sequencer(hold_ms=2_000)
    for trade_id in (1, 4, 5, 9, 2, 5):
        sequencer.offer(wire.tick(trade_id, 0), 100)
    assert ids(sequencer) == [1, 2]
    assert [(gap.first, gap.last) for gap in sequencer.waiting] == [(3, 3), (6, 8)]
    assert sequencer.offer(wire.tick(3, 0), 100) is Verdict.PASSED
    assert ids(sequencer) == [1, 2, 3, 4, 5]
    for trade_id in (8, 7, 6):
        sequencer.offer(wire.tick(trade_id, 0), 100)
    assert ids(sequencer) == list(range(1, 10))
    assert not sequencer.holding
    assert sequencer.next_id == 10


def test_each_gap_is_waited_for_from_when_it_showed(wire: SimpleNamespace) -> None:
    sequencer = Sequencer(hold_ms=2_000)
    for trade_id, clock_ms in ((1, 0), (3, 1_000), (5, 2_500)):
        sequencer.offer(wire.tick(trade_id, 50 + clock_ms), clock_ms)
    sequencer.expire(2_999)
    assert ids(sequencer) == [1]
    sequencer.expire(3_000)
    assert ids(sequencer) == [1, 3]
    assert sequencer.expires_ms == 4_500
    assert list(sequencer.lost) == [Gap(2, 2, 1_000, 50, 1_050)] == sequencer.changed
    sequencer.expire(4_500)
    assert ids(sequencer) == [1, 3, 5]


def test_a_lost_id_that_comes_after_all_is_late_once(wire: SimpleNamespace) -> None:
    sequencer = Sequencer(hold_ms=0)
    for trade_id in (1, 6):
        sequencer.offer(wire.tick(trade_id, trade_id), 0)
    sequencer.expire(0)
    assert sequencer.offer(wire.tick(4, 4), 0) is Verdict.LATE
    assert sequencer.offer(wire.tick(4, 4), 0) is Verdict.DUPLICATE
    parts = [(gap.first, gap.last, gap.after_ms, gap.before_ms) for gap in sequencer.lost]
    assert parts == [(2, 3, 1, 4), (5, 5, 4, 6)]


def test_a_hold_is_bounded_in_ticks(wire: SimpleNamespace) -> None:
    sequencer = Sequencer(hold_ms=2_000)
    sequencer.offer(wire.tick(0, 0), 0)
    for trade_id in range(2, MAX_HELD + 3):
        sequencer.offer(wire.tick(trade_id, 0), 0)
    assert len(sequencer.ready) == MAX_HELD + 2
    assert not sequencer.holding


def test_a_venue_that_counts_anew_is_followed(wire: SimpleNamespace) -> None:
    sequencer = Sequencer(hold_ms=2_000)
    sequencer.offer(wire.tick(5_000_000, 0), 0)
    assert sequencer.offer(wire.tick(3, RESTART_MS), 0) is Verdict.DUPLICATE
    assert sequencer.offer(wire.tick(3, RESTART_MS + 1), 0) is Verdict.PASSED
    assert sequencer.offer(wire.tick(4 + MAX_JUMP + 1, RESTART_MS + 2), 0) is Verdict.PASSED
    assert not sequencer.holding


def test_the_oldest_gaps_are_forgotten_first() -> None:
    gaps = Gaps([], limit=2)
    for first in (1, 5, 9):
        gaps.append(Gap(first, first + 1, 0))
    assert [gap.first for gap in gaps] == [5, 9]
    assert gaps.remove(1, 0) is None
    assert gaps.remove(7, 0) is None
    assert gaps.remove(10, 0) == Gap(9, 10, 0)
