"""Delivery from the alert's own transaction to real receivers on loopback, by the real sending process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine.delivery.addresses import parse_networks
from engine.delivery.courier import Courier
from engine.delivery.outbox import MAX_GROUP, Outbox
from engine.delivery.post import sender_command
from engine.delivery.retries import MAX_ATTEMPTS
from engine.desk.base import now_ms
from engine.desk.desk import Desk
from engine.desk.types import Delivery, DeliveryState, RuleWords
from engine.monitor.journal import Journal
from engine.rules.kinds import RuleKind
from store.sql.silences import end_silence
from tests.engine.delivery.alerting import MINUTE, PAIR, Voice, add_target
from tests.engine.delivery.receivers import (
    Got,
    dead_port,
    hanging_receiver,
    http_receiver,
    smtp_receiver,
    status,
    wait,
)

LIMIT_S = 15.0


def _quick_ms(times: int) -> Callable[[], int]:
    """A clock that runs faster."""
    began_ms, began_s = now_ms(), time.monotonic()
    return lambda: began_ms + round((time.monotonic() - began_s) * 1_000 * times)


@contextmanager
def _courier(desk: Desk, clock_ms: Callable[[], int] = now_ms) -> Iterator[Courier]:
    outbox = Outbox(desk, public_url="https://board.example", clock_ms=clock_ms)
    courier = Courier(desk, outbox, sender_command(LIMIT_S, parse_networks(["127.0.0.0/8"])))
    courier.start()
    courier.allow(True)
    try:
        yield courier
    finally:
        courier.close()


@pytest.fixture
def voice(desk: Desk) -> Voice:
    desk.watch(PAIR, effective_ms=0)
    return Voice(desk, Journal(desk, now_ms))


def _fresh(desk: Desk, target_id: int | None = None) -> tuple[Delivery, ...]:
    desk.changed()
    return desk.deliveries(target_id=target_id, limit=1_000)


def _all(desk: Desk, state: DeliveryState, count: int, target_id: int | None = None) -> Callable[[], bool]:
    return lambda: [each.state for each in _fresh(desk, target_id)] == [state] * count


def _hook(got: Got) -> str:
    return f"json://127.0.0.1:{got.port}/hook"


def test_an_alert_reaches_a_web_hook_and_a_mailbox_and_the_log_says_so(desk: Desk, voice: Voice) -> None:
    with http_receiver() as got, smtp_receiver() as mail, _courier(desk) as courier:
        add_target(desk, _hook(got))
        add_target(desk, f"mailto://127.0.0.1:{mail.port}/?from=a@example.com&to=b@example.com")
        assert voice.say([0, 3]) == 1
        courier.wake()
        wait(_all(desk, DeliveryState.SENT, 2), "both are sent")
    hook, letter = (next(each for each in _fresh(desk) if each.target_id == number) for number in (1, 2))
    assert got.ids == [hook.message_id]
    assert got.bodies[0]["title"] == "BTCUSDT / ETHUSDT: z: 3 (above 2)"
    assert f"https://board.example{PAIR.path}" in got.bodies[0]["message"]
    assert got.bodies[0]["message"].endswith(f"alert 1\nX-Spreadboard-Id: {hook.message_id}")
    assert mail.letters[0]["X-Spreadboard-Id"] == letter.message_id != hook.message_id
    assert (hook.attempts, hook.error) == (1, "")
    assert hook.sent_ms is not None


def test_targets_that_hang_die_or_fail_hold_up_neither_the_log_nor_each_other(desk: Desk, voice: Voice) -> None:
    with http_receiver() as good, http_receiver(status(500)) as broken, hanging_receiver() as hanging:
        for _ in range(5):
            add_target(desk, f"json://127.0.0.1:{hanging.port}/", name="hangs")
        add_target(desk, f"json://127.0.0.1:{dead_port()}/", name="dead")
        add_target(desk, _hook(broken), name="broken")
        best = add_target(desk, _hook(good), name="good")
        with _courier(desk) as courier:
            took_s = []
            for number in range(10):
                began_s = time.monotonic()
                assert voice.say([3, 0]) == 2
                took_s.append(time.monotonic() - began_s)
                courier.wake()
                sent = 2 * (number + 1)
                wait(lambda up_to=sent: len(_sent(desk, best)) >= up_to, "the good target has them")
            assert not [each for each in _fresh(desk) if each.target == "hangs" and each.attempts], "they hang still"
    assert {each.state for each in _fresh(desk, best)} == {DeliveryState.SENT}
    assert len(good.ids) == len(set(good.ids))
    logging.getLogger(__name__).info("two alerts for eight targets are written in %.0f ms at most", 1e3 * max(took_s))


def _sent(desk: Desk, target_id: int) -> list[Delivery]:
    return [each for each in _fresh(desk, target_id) if each.state is DeliveryState.SENT]


def test_more_that_hang_than_there_is_room_for_leave_room_for_those_in_order(desk: Desk, voice: Voice) -> None:
    with hanging_receiver() as hanging, http_receiver() as good:
        for _ in range(20):
            add_target(desk, f"json://127.0.0.1:{hanging.port}/", name="hangs")
        with _courier(desk, _quick_ms(30)) as courier:
            voice.say([0, 3])
            courier.wake()
            wait(lambda: sum(each.attempts > 0 for each in _fresh(desk)) >= 16, "sixteen have been ended once")
            best = add_target(desk, _hook(good), name="good")
            for number in range(1, 4):
                voice.say([0, 3])
                courier.wake()
                wait(lambda up_to=2 * number: len(_sent(desk, best)) >= up_to, "the good target is served meanwhile")


def test_what_waits_for_one_target_goes_in_few_messages(desk: Desk, voice: Voice) -> None:
    with http_receiver() as got:
        add_target(desk, _hook(got))
        count = 2 * MAX_GROUP + 3
        assert voice.say([3 if number % 2 == 0 else 0 for number in range(count)]) == count
        with _courier(desk) as courier:
            courier.wake()
            wait(_all(desk, DeliveryState.SENT, count), "all are sent")
    assert [len(body["message"].split("\n\n")) - 1 for body in got.bodies] == [MAX_GROUP, MAX_GROUP, 3]
    assert got.bodies[0]["message"].count("BTCUSDT / ETHUSDT") == MAX_GROUP


def test_a_minute_takes_no_more_messages_than_the_target_allows(desk: Desk, voice: Voice) -> None:
    with http_receiver() as slow, http_receiver() as other, _courier(desk) as courier:
        add_target(desk, _hook(slow), per_minute=2)
        best = add_target(desk, _hook(other))
        for number in range(1, 6):
            voice.say([3, 0])
            courier.wake()
            wait(lambda up_to=2 * number: len(_sent(desk, best)) >= up_to, "the other has them")
        assert len(slow.ids) == 2


def test_a_restart_forgets_no_limit_and_counts_messages_not_alerts(desk: Desk, voice: Voice) -> None:
    with http_receiver() as slow, http_receiver() as other:
        add_target(desk, _hook(slow), per_minute=2)
        best = add_target(desk, _hook(other))
        for sent, reached in ((MAX_GROUP, 1), (MAX_GROUP + 2, 2), (MAX_GROUP + 4, 2)):
            with _courier(desk) as courier:
                voice.say([3, 0] * ((sent - len(_sent(desk, best))) // 2))
                courier.wake()
                wait(lambda up_to=sent: len(_sent(desk, best)) >= up_to, "the other has them")
                wait(lambda up_to=reached: len(slow.ids) >= up_to, "as many as it may have are there")
            assert len(slow.ids) == reached
        with _courier(desk, lambda: now_ms() + 60_000) as courier:
            courier.wake()
            wait(lambda: len(slow.ids) == 3, "a minute later the rest goes")


def test_a_message_that_fails_comes_again_with_its_id_until_it_is_taken(desk: Desk, voice: Voice) -> None:
    answers = iter([500, 503, 302, 200])

    def moody(request) -> None:
        status(next(answers, 200), Location="http://127.0.0.1:1/")(request)

    with http_receiver(moody) as got, _courier(desk, _quick_ms(30)) as courier:
        add_target(desk, _hook(got))
        voice.say([0, 3])
        courier.wake()
        wait(lambda: len(got.ids) >= 1, "the first attempt")
        voice.say([0])  # what comes meanwhile waits, and is another message
        wait(_all(desk, DeliveryState.SENT, 2), "both are sent")
    first, second = got.ids[0], got.ids[-1]
    assert got.ids[:-1] == [first] * (len(got.ids) - 1)
    assert len(got.ids) == 5
    assert second != first
    assert len({body["message"] for body in got.bodies[:-1]}) == 1
    assert [each.attempts for each in _fresh(desk)] == [1, 4]


def test_after_eight_attempts_it_is_given_up_with_its_reason(desk: Desk, voice: Voice) -> None:
    with http_receiver(status(403)) as got, _courier(desk, _quick_ms(1_500)) as courier:
        add_target(desk, _hook(got))
        voice.say([0, 3])
        courier.wake()
        wait(_all(desk, DeliveryState.GIVEN_UP, 1), "it is given up")
    (delivery,) = _fresh(desk)
    assert got.ids == [delivery.message_id] * MAX_ATTEMPTS
    assert (delivery.attempts, delivery.sent_ms) == (MAX_ATTEMPTS, None)
    assert "403" in delivery.error


def test_what_is_older_than_a_day_is_given_up_unsent(desk: Desk, voice: Voice) -> None:
    with http_receiver() as got:
        add_target(desk, _hook(got))
        voice.say([0, 3])
        with _courier(desk, lambda: now_ms() + 86_500_000):
            wait(_all(desk, DeliveryState.GIVEN_UP, 1), "it is given up")
    assert got.ids == []


def test_a_test_is_sent_at_once_and_tried_once(desk: Desk) -> None:
    with http_receiver() as good, http_receiver(status(500)) as broken, _courier(desk):
        works, fails = add_target(desk, _hook(good), name="desk"), add_target(desk, _hook(broken))
        asked = [desk.test_target(works), desk.test_target(fails)]
        wait(_all(desk, DeliveryState.SENT, 1, works), "it is sent")
        wait(_all(desk, DeliveryState.GIVEN_UP, 1, fails), "it is tried")
    assert good.ids == [asked[0].message_id]
    assert "This is a test of the target desk" in good.bodies[0]["message"]
    assert broken.ids == [asked[1].message_id]


def test_a_rule_that_names_targets_tells_them_alone(desk: Desk, voice: Voice) -> None:
    all_rules, own, unused = (add_target(desk, "json://127.0.0.1:1", everything=number == 0) for number in range(3))
    desk.add_rule(PAIR, words=RuleWords(fire=2.0, clear=0.5), effective_ms=0)
    watching, ruled = (rule.id for rule in desk.rules() if rule.kind is RuleKind.Z)
    assert desk.put_rule_targets(ruled, [own]) == (own,)
    voice.say([0, 3])
    told = {(desk.alert(each.alert_id or 0).rule_id, each.target_id) for each in _fresh(desk)}
    assert told == {(watching, all_rules), (ruled, own)}
    desk.delete_target(own)
    voice.say([0])
    assert {each.target_id for each in _fresh(desk) if each.state is DeliveryState.WAITING} == {all_rules}
    assert {each.error for each in _fresh(desk, own)} == {"its target was deleted"}
    assert not _fresh(desk, unused)


def test_nothing_is_sent_of_what_is_silenced_and_the_log_goes_on(desk: Desk, voice: Voice) -> None:
    add_target(desk, "json://127.0.0.1:1")
    desk.add_rule(PAIR, words=RuleWords(fire=2.0, clear=0.5), effective_ms=0)
    first, second = (rule.id for rule in desk.rules() if rule.kind is RuleKind.Z)
    desk.silence(rule_id=first, from_ms=2 * MINUTE, until_ms=4 * MINUTE, by="Ann", note="maintenance")
    assert voice.say([3, 0, 3, 0, 3]) == 10  # bars close at 1 to 5 minutes
    quiet = {(each.rule_id, each.at_ms // MINUTE) for each in desk.alerts(limit=50) if each.silenced}
    assert quiet == {(first, 2), (first, 3)}
    told = {
        (desk.alert(each.alert_id or 0).rule_id, desk.alert(each.alert_id or 0).at_ms // MINUTE)
        for each in _fresh(desk)
    }
    assert told == {(first, 1), (first, 4), (first, 5), *((second, minute) for minute in range(1, 6))}


def test_a_pair_is_silenced_with_all_its_rules_and_told_again_when_that_ends(desk: Desk, voice: Voice) -> None:
    add_target(desk, "json://127.0.0.1:1")
    desk.add_rule(PAIR, words=RuleWords(fire=2.0, clear=0.5), effective_ms=0)
    silence = desk.silence(pair=PAIR, from_ms=0, until_ms=10 * 365 * 24 * MINUTE)
    assert voice.say([3, 0]) == 4
    assert all(alert.silenced for alert in desk.alerts())
    assert not _fresh(desk)
    assert desk.silences() == (silence,)
    with desk.database.write() as connection:
        end_silence(connection, silence.id, 3 * MINUTE)
    assert voice.say([3]) == 2
    assert len(_fresh(desk)) == 2


def test_one_that_crashed_after_the_id_was_written_sends_the_same_message_again(desk: Desk, voice: Voice) -> None:
    add_target(desk, "json://127.0.0.1:1")
    voice.say([0, 3])
    sealed = []
    for _ in range(2):  # two lives of a monitor, with another alert between them
        outbox = Outbox(desk, public_url="", clock_ms=now_ms)
        sealed += outbox.seal(outbox.first_of_each(()))
        voice.say([0])
    assert len(sealed) == 2
    assert sealed[0] == sealed[1]


def test_two_that_lead_at_once_do_not_both_give_an_alert_a_message(desk: Desk, voice: Voice) -> None:
    add_target(desk, "json://127.0.0.1:1")
    voice.say([0, 3])
    outboxes = [Outbox(desk, public_url="", clock_ms=now_ms) for _ in range(2)]
    parcels = [outbox.first_of_each(()) for outbox in outboxes]
    sealed = [outbox.seal(each) for outbox, each in zip(outboxes, parcels, strict=True)]
    assert [len(each) for each in sealed] == [1, 0]


def test_of_two_only_the_one_that_leads_sends(desk: Desk, voice: Voice) -> None:
    with http_receiver() as got, _courier(desk) as standby, _courier(desk) as leader:
        standby.allow(False)
        add_target(desk, _hook(got))
        voice.say([0, 3])
        standby.wake()
        leader.wake()
        wait(_all(desk, DeliveryState.SENT, 1), "it is sent")
        assert standby._post._process is None
        assert len(got.ids) == 1
