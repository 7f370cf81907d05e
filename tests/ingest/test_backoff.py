"""The limits of reconnecting hold for any jitter and any course of events."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.live.backoff import ATTEMPTS_PER_MINUTE, MAX_DELAY_S, Attempts, attempted, delay_s, succeeded


def test_the_first_attempt_is_made_at_once() -> None:
    assert delay_s(Attempts(), 5.0, 0.5) == 0.0


def test_delays_grow_and_are_capped() -> None:
    delays = [delay_s(Attempts(failures, (0.0,)), 100.0, 0.999999) for failures in range(1, 12)]
    assert delays == sorted(delays)
    assert delays[0] < 2.01
    assert delays[-1] <= MAX_DELAY_S


@given(st.lists(st.tuples(st.floats(0, 0.9999), st.booleans(), st.floats(0, 5)), min_size=30, max_size=120))
def test_never_more_than_one_a_second_nor_twenty_a_minute(course: list[tuple[float, bool, float]]) -> None:
    attempts, now, times = Attempts(), 1000.0, []
    for jitter, good, lasted_s in course:
        now += delay_s(attempts, now, jitter)
        times.append(now)
        attempts = attempted(attempts, now)
        if good:
            attempts = succeeded(attempts)
            now += lasted_s
    assert all(after - before >= 1.0 - 1e-9 for before, after in pairwise(times))
    window = zip(times, times[ATTEMPTS_PER_MINUTE:], strict=False)
    assert all(after - before >= 60.0 - 1e-6 for before, after in window)
