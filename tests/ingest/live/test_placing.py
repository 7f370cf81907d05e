"""Which streams go where when those that are wanted change: what stays is not moved, no connection has too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.live.control import AT_ONCE, next_change
from ingest.live.placing import placed

NAMES = st.lists(st.integers(0, 60).map(lambda number: f"s{number}@aggTrade"), unique=True)


@given(st.lists(NAMES, max_size=6), st.integers(1, 7))
def test_all_that_is_wanted_is_carried_once_and_what_stays_is_not_moved(steps: list[list[str]], most: int) -> None:
    carried: list[tuple[str, ...]] = []
    for wanted in steps:
        before, carried = carried, placed(carried, wanted, most=most)
        assert sorted(stream for streams in carried for stream in streams) == sorted(wanted)
        assert all(len(streams) <= most for streams in carried)
        for old, new in zip(before, carried, strict=False):
            assert [stream for stream in old if stream in wanted] == list(new[: sum(s in wanted for s in old)])


def test_a_shared_stream_stays_where_it_is_also_when_no_symbol_does() -> None:
    assert placed([("a@aggTrade", "!all")], [], shared=("!all",)) == [("!all",)]
    assert placed([], ["a@aggTrade", "!all"], shared=("!all",)) == [("a@aggTrade", "!all")]


@given(NAMES, NAMES)
def test_messages_lead_from_one_set_to_the_other(carried: list[str], wanted: list[str]) -> None:
    now, said = tuple(carried), 0
    while (change := next_change(tuple(wanted), now, said)) is not None:
        assert len(change.message) < 64 * 1024
        now, said = change.streams, said + 1
        assert said <= 2
    assert sorted(now) == sorted(wanted)


def test_many_streams_take_several_messages() -> None:
    wanted = tuple(f"s{number}" for number in range(2 * AT_ONCE + 1))
    first = next_change(wanted, (), 7)
    assert first is not None
    assert (len(first.streams), b'"id":7' in first.message) == (AT_ONCE, True)
