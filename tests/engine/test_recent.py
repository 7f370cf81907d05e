"""Answers that are shared for a moment: how often they are asked for, and for how many keys at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.recent import Recent, RecentOfMany
from store.errors import StoreUnavailable


class Source:
    """Remembers what it was asked for; fails while `down`."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.down = False

    def load(self, keys: Sequence[str]) -> list[str]:
        if self.down:
            raise StoreUnavailable("down")
        self.asked.append(sorted(keys))
        return [f"{key}{len(self.asked)}" for key in keys]


def many(source: Source, now: list[float], limit: int = 10) -> RecentOfMany[str, str]:
    return RecentOfMany(source.load, max_age_s=1.0, limit=limit, now_s=lambda: now[0])


def test_what_is_in_use_is_loaded_together() -> None:
    source, now = Source(), [100.0]
    values = many(source, now)
    assert [values.get(key) for key in "abab"] == ["a1", "b2", "a1", "b2"]
    now[0] += 1.0
    assert [values.get(key) for key in "ab"] == ["a3", "b3"]
    assert source.asked == [["a"], ["b"], ["a", "b"]]


def test_what_is_no_longer_in_use_is_left_out() -> None:
    source, now = Source(), [100.0]
    values = many(source, now, limit=2)
    for key in "abc":
        values.get(key)
        now[0] += 0.1
    now[0] += 1.0
    values.get("c")
    assert source.asked[-1] == ["b", "c"]  # no more than the limit, the last used first
    now[0] += 10.0
    values.get("b")
    assert source.asked[-1] == ["b"]


def test_trouble_is_raised_and_then_all_is_as_before() -> None:
    source, now = Source(), [100.0]
    values = many(source, now)
    values.get("a")
    now[0] += 1.0
    source.down = True
    with pytest.raises(StoreUnavailable):
        values.get("a")
    source.down = False
    assert values.get("a") == "a2"


def test_one_answer_is_kept_for_its_time() -> None:
    now, asked = [0.0], []

    def load() -> int:
        asked.append(now[0])
        return len(asked)

    recent = Recent(load, max_age_s=0.5, now_s=lambda: now[0])
    assert [recent.get(), recent.get()] == [1, 1]
    now[0] = 0.5
    assert recent.get() == 2
