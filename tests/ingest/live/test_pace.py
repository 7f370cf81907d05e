"""Calls to a venue that counts them by the second."""

from __future__ import annotations

from ingest.live.pace import Pace


def test_calls_are_spread_within_what_is_allowed() -> None:
    now_s, gone_s = [100.0], []

    def sleep(seconds: float) -> None:
        now_s[0] += seconds

    pace = Pace(10.0, now_s=lambda: now_s[0], sleep=sleep)
    for _ in range(40):
        pace.wait()
        gone_s.append(now_s[0])
    assert gone_s[0] == 100.0
    assert all(sum(at_s <= each < at_s + 1.0 for each in gone_s) <= 9 for at_s in gone_s)
    assert gone_s[-1] - gone_s[0] < 5.0
    now_s[0] += 60.0
    before_s = now_s[0]
    pace.wait()
    assert now_s[0] == before_s


def test_a_venue_without_such_a_limit_makes_nobody_wait() -> None:
    pace = Pace(0.0, sleep=lambda _: 1 / 0)
    for _ in range(100):
        pace.wait()
