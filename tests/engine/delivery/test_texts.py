"""Masking, templates, words and retries: pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.bar_state import BarState
from engine.delivery.masking import without_secrets
from engine.delivery.retries import MAX_ATTEMPTS, PerMinute, delay_ms
from engine.delivery.templates import DEFAULT, check_template, fill
from engine.delivery.words import message_of, what_words
from engine.desk.types import Alert, AlertEvent, RuleKind
from engine.errors import ParameterError
from engine.parameters import PairParameters

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")


def _alert(number: int = 7, kind: RuleKind = RuleKind.Z, event: AlertEvent = AlertEvent.ABOVE, value: float = 2.534):
    return Alert(number, 3, PAIR, kind, event, 0, 60_000, value, 2.534, 0.01, 1.5, None, 2.0, 0.5, 61_000)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("json://user:CANARY@host.example/path", "sent to host.example with CANARY"),
        ("json://user:C%41NARY@host.example/path", "sent to host.example with CANARY"),
        ("slack://aaa/bbb/CANARY/#c", "no hook /bbb/CANARY"),
        ("json://host.example/x?+Authorization=Bearer+CANARY", "401 Bearer CANARY"),
        ("json://user:CANARY@host.example", "Authorization: Basic dXNlcjpDQU5BUlk="),
    ],
)
def test_no_part_of_an_address_but_its_host_stays_in_a_text(url: str, text: str) -> None:
    masked = without_secrets(text, url, "json://host.example/…")
    assert "CANARY" not in masked
    assert "dXNlcjpDQU5BUlk" not in masked
    assert "…" in masked
    assert ("host.example" in masked) == ("host.example" in text)


def test_a_template_with_a_place_that_is_not_known_is_refused_and_says_which_are() -> None:
    for wrong in ("{zz}", "{pair.__class__}", "{0}", "{}", "{pair!r}", "{z:>1000000000}"):
        with pytest.raises(ParameterError, match=r"\{pair\}"):
            check_template(f"value {wrong}")
    assert check_template(DEFAULT) == DEFAULT
    assert check_template('{"text": "{what}"}') is not None
    assert check_template(" \n") is None


def test_places_are_filled_once_and_empty_lines_left_out() -> None:
    assert fill("{pair}\n{link}\nend {z}", {"pair": "{z}", "z": "2", "link": ""}) == "{z}\nend 2"


def test_a_message_says_what_happened_where_and_ends_with_its_id() -> None:
    message = message_of([_alert()], template=None, public_url="https://board.example", message_id="abc")
    assert message.title == "BTCUSDT / ETHUSDT: z: 2.534 (above 2)"
    assert message.body.splitlines() == [
        "BTCUSDT / ETHUSDT 1m: z: 2.534 (above 2)",
        "1970-01-01 00:01:00 UTC · z 2.534 · spread 0.01 · beta 1.5 · correlation –",
        f"https://board.example{PAIR.path}",
        "",
        "alert 7",
        "X-Spreadboard-Id: abc",
    ]
    assert not message.good


def test_several_alerts_are_one_message_with_all_their_numbers() -> None:
    alerts = [_alert(7), _alert(9, event=AlertEvent.CLEAR)]
    message = message_of(alerts, template="{alert}: {what}", public_url="", message_id="abc")
    assert message.title == "2 alerts: BTCUSDT / ETHUSDT"
    assert message.body.endswith("alerts 7, 9\nX-Spreadboard-Id: abc")
    assert "9: z: back at 2.534 (cleared at 0.5)" in message.body


def test_what_was_wrong_with_its_bar_is_told() -> None:
    told = {
        (BarState.LACKING, 3): "z: 2.534 (above 2), on a bar that lacks 3 trades",
        (BarState.LACKING, 1): "z: 2.534 (above 2), on a bar that lacks 1 trade",
        (BarState.LACKING, None): "z: 2.534 (above 2), on a bar that lacks trades",
        (BarState.UNKNOWN, None): "z: 2.534 (above 2), on a bar that may lack trades",
        (BarState.UNKNOWN, 4): "z: 2.534 (above 2), on a bar that lacks 4 trades or more",
        (BarState.ABSENT, None): "z: 2.534 (above 2), on a bar that is absent",
        (BarState.WHOLE, 0): "z: 2.534 (above 2)",
        (None, None): "z: 2.534 (above 2)",
    }
    for (state, missing), words in told.items():
        alert = replace(_alert(), bar_state=state, bar_missing=missing)
        assert what_words(alert) == words
        assert words in message_of([alert], template=None, public_url="", message_id="abc").body


def test_the_level_passed_below_is_told_with_its_sign() -> None:
    assert what_words(_alert(event=AlertEvent.BELOW, value=-2.5)) == "z: -2.5 (below -2)"
    low = _alert(kind=RuleKind.CORRELATION, event=AlertEvent.BELOW, value=0.4)
    assert what_words(low) == "correlation breakdown: 0.4 (below 2)"


def test_delays_double_up_to_ten_minutes_between_their_half_and_their_whole_and_end() -> None:
    whole = [10, 20, 40, 80, 160, 320, 600]
    assert [delay_ms(attempts, 1.0) for attempts in range(1, MAX_ATTEMPTS)] == [second * 1_000 for second in whole]
    assert [delay_ms(attempts, 0.0) for attempts in range(1, MAX_ATTEMPTS)] == [second * 500 for second in whole]
    assert delay_ms(MAX_ATTEMPTS, 0.5) is None


def test_no_minute_holds_more_than_the_limit() -> None:
    rates, sent = PerMinute(), []
    for tenth in range(3_000):
        if rates.allows(1, 5, tenth / 10):
            rates.note(1, tenth / 10)
            sent.append(tenth / 10)
    assert len(sent) == 25
    assert all(sum(start <= time_s < start + 60 for time_s in sent) <= 5 for start in sent)
