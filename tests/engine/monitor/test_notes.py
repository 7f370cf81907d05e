"""Notes about pairs: written with a name, seen by everybody, taken away by their author alone."""

from __future__ import annotations

import time

import pytest
from redis import Redis

from engine.desk.desk import Desk, open_desk
from engine.errors import NotFound, ParameterError
from store import keys
from store.feed import FeedState, encode_feed

Y, X = "sim:BTCUSDT", "sim:ETHUSDT"


def test_a_note_is_seen_by_another_process(desk: Desk, database_url: str) -> None:
    other = open_desk(database_url, desk.client)
    assert other.notes(Y, X) == ()
    made = desk.add_note(Y, X, "  <b>wide</b>\nsince the listing ", by=" Ann  Lee ")
    deadline = time.monotonic() + 10
    while not other.notes(Y, X):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (found,) = other.notes(Y, X)
    assert (found, found.note, found.by) == (made, "<b>wide</b>\nsince the listing", "Ann Lee")
    assert other.notes(X, Y) == ()
    other.database.close()


def test_only_its_author_takes_a_note_away(desk: Desk) -> None:
    made = desk.add_note(Y, X, "wide", by="Ann")
    with pytest.raises(ParameterError, match="by Ann, who alone"):
        desk.delete_note(made.id, by="Bob")
    assert desk.notes(Y, X) == (made,)
    desk.delete_note(made.id, by="Ann")
    assert desk.notes(Y, X) == ()
    for refused in (lambda: desk.delete_note(made.id, by="Ann"), lambda: desk.note(made.id)):
        with pytest.raises(NotFound):
            refused()


@pytest.mark.parametrize(
    ("y", "note", "by", "words"),
    [
        (Y, " ", "Ann", "a few words"),
        (Y, "wide", "", "give your name"),
        (Y, "n" * 2_001, "Ann", "2000 characters"),
        (Y, "wide", "A" * 121, "120 characters"),
        (Y, "a\x1b[2J", "Ann", "plain text"),
        (X, "wide", "Ann", "two different instruments"),
        ("BTC", "wide", "Ann", "BTC"),
    ],
)
def test_notes_that_are_refused(desk: Desk, y: str, note: str, by: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        desk.add_note(y, X, note, by=by)
    with pytest.raises(ParameterError, match="1970"):
        desk.add_note(Y, X, "wide", by="Ann", at_ms=-1)
    assert desk.notes(Y, X) == ()


def test_a_note_is_about_now_by_the_clock_of_the_venue(desk: Desk, client: Redis) -> None:
    """A recording plays in its own time: the note stands beside the bars that its author saw."""
    before = desk.add_note(Y, X, "nobody tells the time", by="Ann")
    assert before.at_ms == before.written_ms
    now_ms, told_ms = before.written_ms, 1_600_000_000_000
    feed = FeedState(
        "sim", "SIMULATED", "streaming", now_ms, now_ms, told_ms, now_ms, 0.0, 0.0, None, 0, 0, 0, 0
    )  # fmt: skip
    client.sadd(keys.VENUES, "sim")
    client.set(keys.feed("sim"), encode_feed(feed))
    assert desk.add_note(Y, X, "wide", by="Ann").at_ms == told_ms
    assert desk.add_note(Y, X, "about then", by="Ann", at_ms=7).at_ms == 7
    assert [note.at_ms for note in desk.notes(Y, X)] == [now_ms, told_ms, 7]
    newest, middle, _ = desk.notes(Y, X)
    assert desk.notes(Y, X, limit=1, before=newest.id) == (middle,)


def test_a_note_about_a_time_far_ahead_is_refused(desk: Desk) -> None:
    now_ms, day_ms = time.time_ns() // 1_000_000, 86_400_000
    with pytest.raises(ParameterError, match="at most a day ahead"):
        desk.add_note(Y, X, "wide", by="Ann", at_ms=now_ms + day_ms + 60_000)
    assert desk.add_note(Y, X, "tomorrow's listing", by="Ann", at_ms=now_ms + day_ms - 60_000)
