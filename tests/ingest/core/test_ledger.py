"""The gap ledger: what the core writes of absent ids, and what a reader of a real store finds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from redis import Redis

from ingest.core.core import Core
from ingest.core.gaps import Gap
from ingest.core.ledger import MAX_OPEN, GapLedger
from ingest.core.publisher import Publisher
from store import keys
from store.errors import CorruptRecord
from store.gap_ledger import GapRecord, parse_gap, read_gaps
from store.retention import Caps
from store.ticks import Tick

BTC, NAME = "BTCUSDT", "sim:BTCUSDT"
CAPS = Caps(ticks=10_000, bars_1s=3_600, bars_1m=600)


class Board:
    """A core whose batches go into a store."""

    def __init__(self, client: Redis, wire: SimpleNamespace) -> None:
        self.core = Core("sim", [BTC], hold_ms=2_000)
        self._publisher = Publisher(client, "sim", CAPS)
        self._client, self._wire = client, wire

    def trade(self, ticks: Sequence[Tick]) -> None:
        self.core.feed([self._wire.agg_trade(tick, BTC) for tick in ticks])
        self._publisher.publish(self.core.take())

    def fill(self, ticks: Sequence[Tick]) -> None:
        self.core.fill(BTC, ticks)
        self._publisher.publish(self.core.take())

    def not_to_be_had(self, first: int, last: int) -> None:
        self.core.not_to_be_had(BTC, first, last)
        self._publisher.publish(self.core.take())

    @property
    def gaps(self) -> tuple[GapRecord, ...]:
        return read_gaps(self._client, NAME)


@pytest.fixture
def board(client: Redis, wire: SimpleNamespace) -> Board:
    return Board(client, wire)


def ticks(wire: SimpleNamespace, ids: Sequence[int]) -> list[Tick]:
    """One every 100 ms, at the time that its id says."""
    return [wire.tick(number, wire.START_MS + 100 * number) for number in ids]


def without(absent: range, *, last: int = 100) -> list[int]:
    return [number for number in range(last) if number not in absent]


def test_a_gap_that_is_given_up_is_recorded_with_its_ids_and_times(board: Board, wire: SimpleNamespace) -> None:
    board.trade(ticks(wire, without(range(10, 25))))
    (gap,) = board.gaps
    assert (gap.first, gap.last, gap.missing, gap.state) == (10, 24, 15, "open")
    assert gap.after_ms == wire.START_MS + 900
    assert gap.before_ms == gap.noticed_ms == wire.START_MS + 2_500
    assert gap.changed_ms >= gap.noticed_ms + 2_000


def test_what_comes_within_the_hold_is_no_gap(board: Board, wire: SimpleNamespace) -> None:
    board.trade(ticks(wire, without(range(10, 25), last=40)))
    board.fill(ticks(wire, range(10, 25)))
    board.trade(ticks(wire, range(40, 100)))
    assert not any(board.gaps)


def test_a_gap_closes_id_by_id_and_is_filled_at_last(board: Board, wire: SimpleNamespace) -> None:
    board.trade(ticks(wire, without(range(10, 25))))
    board.fill(ticks(wire, range(12, 20)))
    assert [(gap.missing, gap.state) for gap in board.gaps] == [(7, "open")]
    board.fill(ticks(wire, [10, 11, *range(20, 25)]))
    assert [(gap.missing, gap.state) for gap in board.gaps] == [(0, "filled")]


def test_what_the_venue_does_not_have_is_lost_with_what_came_of_it(board: Board, wire: SimpleNamespace) -> None:
    board.trade(ticks(wire, without(range(10, 25))))
    board.fill(ticks(wire, range(10, 20)))
    board.not_to_be_had(10, 24)
    assert [(gap.first, gap.last, gap.missing, gap.state) for gap in board.gaps] == [(10, 24, 5, "lost")]
    board.fill(ticks(wire, range(20, 25)))  # asked again later, it had them after all
    assert [(gap.missing, gap.state) for gap in board.gaps] == [(0, "filled")]


def test_an_answer_about_other_ids_changes_nothing(board: Board, wire: SimpleNamespace) -> None:
    board.trade(ticks(wire, without(range(10, 25))))
    board.not_to_be_had(25, 99)
    assert [gap.state for gap in board.gaps] == ["open"]


def test_what_is_open_when_a_recording_ends_is_lost(board: Board, wire: SimpleNamespace, client: Redis) -> None:
    board.trade(ticks(wire, without(range(90, 95))))  # still held back
    assert not any(board.gaps)
    board.core.finish()
    Publisher(client, "sim", CAPS).publish(board.core.take())
    assert [(gap.first, gap.last, gap.state) for gap in board.gaps] == [(90, 94, "lost")]


def test_a_restart_goes_on_with_the_ledger(board: Board, wire: SimpleNamespace, client: Redis) -> None:
    board.trade(ticks(wire, without(range(10, 25))))
    state = board.core.dump_state(BTC)
    again = Board(client, wire)
    again.core.load_state(BTC, state)
    again.fill(ticks(wire, range(10, 25)))
    assert [(gap.first, gap.missing, gap.state) for gap in again.gaps] == [(10, 0, "filled")]


def test_the_store_keeps_the_newest_thousand(client: Redis, wire: SimpleNamespace) -> None:
    board = Board(client, wire)
    for start in range(0, 2_400, 400):
        board.trade(ticks(wire, [2 * number for number in range(start // 2, start // 2 + 1_200)]))
    board.trade(ticks(wire, [4_000]))
    firsts = [gap.first for gap in board.gaps]
    assert len(firsts) == 1_000
    assert firsts == sorted(firsts)
    assert firsts[-1] > 2_000


def test_a_ledger_agrees_with_a_plain_set_of_ids() -> None:
    """Random gaps, and ids that come back in any order; the oracle counts a set."""
    rng = random.Random(5)
    ledger, absent, shown = GapLedger(), set[int](), dict[int, GapRecord]()
    first = 0
    for _ in range(60):
        first += rng.randint(2, 9)
        last = first + rng.randint(0, 30)
        ledger.lost(Gap(first, last, 1_000, 900, 1_100), 3_000)
        absent |= set(range(first, last + 1))
        first = last + 1
        for trade_id in rng.sample(sorted(absent), k=len(absent) // 3):
            ledger.found(trade_id, 4_000)
            absent.discard(trade_id)
        shown |= {record.first: record for record in ledger.take()}
    for record in shown.values():
        left = len(absent & set(range(record.first, record.last + 1)))
        assert (record.missing, record.state) == (left, "open" if left else "filled")
    assert sum(record.missing for record in shown.values()) == len(absent)


def test_more_gaps_than_can_be_filled_are_lost_oldest_first() -> None:
    ledger = GapLedger()
    for number in range(MAX_OPEN + 3):
        ledger.lost(Gap(10 * number, 10 * number, 1, 1, 1), 2)
    records = ledger.take()
    assert [record.first for record in records if record.state == "lost"] == [0, 10, 20]
    assert len(ledger.dump()) == MAX_OPEN


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"\xff", b'{"first": 1}'])
def test_what_is_no_gap_is_said(client: Redis, raw: bytes) -> None:
    client.hset(keys.gaps(NAME), "1", raw)
    with pytest.raises(CorruptRecord, match="not a gap"):
        read_gaps(client, NAME)
    with pytest.raises(CorruptRecord):
        parse_gap(raw)
