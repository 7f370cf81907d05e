"""What is done about silent streams, in which order, and when it is let be."""

from __future__ import annotations

from ingest.live.remedies import AGAIN_AFTER_LIMITS, Remedies, Remedy, Treatment

FLOOR_S = 15.0


def test_the_remedies_come_in_their_order_and_then_wait() -> None:
    remedies = Remedies(floor_s=FLOOR_S)
    tried = [remedies.treat({"a": 0.0}, 15.0 * turn) for turn in range(1, 6)]
    assert [treatment and treatment.remedy for treatment in tried] == [*Remedy, None, None]
    again_s = 45.0 + AGAIN_AFTER_LIMITS * FLOOR_S
    assert remedies.treat({"a": 0.0}, again_s - 1) is None
    assert remedies.treat({"a": 0.0}, again_s) == Treatment(Remedy.RESUBSCRIBE, ("a",))


def test_a_stream_that_came_back_begins_from_the_first_remedy() -> None:
    remedies = Remedies(floor_s=FLOOR_S)
    remedies.treat({"a": 0.0}, 15.0)
    remedies.note_cured(lambda _, since_s: since_s < 15.0)
    assert remedies.streams == ("a",)
    assert remedies.since_s("a") == 0.0
    remedies.note_cured(lambda _, since_s: since_s < 20.0)
    assert remedies.streams == ()
    assert remedies.treat({"a": 30.0}, 50.0) == Treatment(Remedy.RESUBSCRIBE, ("a",))


def test_a_halted_symbol_does_not_keep_others_from_being_cured() -> None:
    remedies = Remedies(floor_s=FLOOR_S)
    for turn in range(4):
        remedies.treat({"halted": 0.0}, 15.0 * turn)
    assert remedies.treat({"halted": 0.0, "b": 40.0}, 61.0) == Treatment(Remedy.RESUBSCRIBE, ("b",))


def test_streams_at_different_steps_get_the_stronger_remedy_together() -> None:
    remedies = Remedies(floor_s=FLOOR_S)
    remedies.treat({"a": 0.0}, 15.0)
    assert remedies.treat({"a": 0.0, "b": 10.0}, 30.0) == Treatment(Remedy.RECONNECT, ("a", "b"))
