"""The sending process: what hangs is ended alone, what is killed is begun anew, no secret is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from engine.delivery.addresses import parse_networks
from engine.delivery.checking import check_address
from engine.delivery.post import Post, sender_command, sender_environment
from engine.delivery.protocol import Answer, Letter, encode_letter
from engine.errors import ParameterError
from tests.engine.delivery.receivers import dead_port, hanging_receiver, http_receiver, smtp_receiver, status, wait

LIMIT_S = 3.0
LOOPBACK = parse_networks(["127.0.0.0/8"])


class Sending:
    """Letters that go out together, and their answers as they come."""

    def __init__(self) -> None:
        self.answers: dict[int, Answer] = {}
        self.post = Post(sender_command(LIMIT_S, LOOPBACK), self._take, limit_s=LIMIT_S)

    def _take(self, answer: Answer) -> None:
        self.answers[answer.number] = answer

    def send(self, number: int, url: str) -> None:
        self.post.send(Letter(number, url, "title", "body", f"id-{number}"))

    def answer(self, number: int) -> Answer:
        wait(lambda: number in self.answers, f"letter {number} is answered")
        return self.answers[number]


@pytest.fixture
def sending() -> Iterator[Sending]:
    made = Sending()
    yield made
    made.post.close()


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_one_that_hangs_is_ended_in_time_and_holds_up_no_other(sending: Sending, drip: bytes) -> None:
    with hanging_receiver(drip) as hanging, http_receiver() as good:
        for number in range(1, 7):
            sending.send(number, f"json://127.0.0.1:{hanging.port}/")
        wait(lambda: hanging.connections == 6, "all six are connected")
        sending.send(7, f"json://127.0.0.1:{good.port}/")
        assert sending.answer(7).ok
        assert not sending.answers.keys() - {7}, "the others still hang"
        for number in range(1, 7):
            assert sending.answer(number).reason == f"the service took longer than {LIMIT_S:g} s"
        assert len(sending.answers) == 7


def test_an_endless_answer_takes_no_more_than_its_share_of_memory(sending: Sending) -> None:
    def flood(request) -> None:
        request.send_response(200)
        request.end_headers()
        chunk = b"x" * 1_000_000
        for _ in range(2_000):
            request.wfile.write(chunk)

    with http_receiver(flood) as got:
        sending.send(1, f"json://127.0.0.1:{got.port}/")
        assert not sending.answer(1).ok


def test_a_process_that_is_killed_answers_for_its_letters_and_another_takes_the_next(sending: Sending) -> None:
    with hanging_receiver() as hanging, http_receiver() as good:
        sending.send(1, f"json://127.0.0.1:{hanging.port}/")
        wait(lambda: hanging.connections == 1, "the letter is on its way")
        process = sending.post._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        assert not sending.answer(1).ok
        sending.send(2, f"json://127.0.0.1:{good.port}/")
        assert sending.answer(2).ok


def test_it_ends_with_its_owner_and_takes_its_forks_along() -> None:
    with hanging_receiver() as hanging:
        command = sender_command(60, LOOPBACK)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=sender_environment(os.environ)
        )
        assert process.stdin is not None
        process.stdin.write(encode_letter(Letter(1, f"json://127.0.0.1:{hanging.port}/", "title", "body")))
        process.stdin.flush()
        wait(lambda: hanging.connections == 1, "the letter is on its way")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
        )
        assert len(children.stdout.split()) == 1
        process.communicate(timeout=10)
        assert process.returncode == 0
        for pid in children.stdout.split():
            assert not os.path.exists(f"/proc/{pid}")


def test_mail_arrives_with_the_id_in_its_headers_and_its_text(sending: Sending) -> None:
    with smtp_receiver() as mail:
        sending.send(5, f"mailto://127.0.0.1:{mail.port}/?from=a@example.com&to=b@example.com")
        assert sending.answer(5) == Answer(5, ok=True)
    (letter,) = mail.letters
    assert (letter["Subject"], letter["X-Spreadboard-Id"], letter["To"]) == ("title", "id-5", "b@example.com")


SECRETS = [
    "json://user:{0}@127.0.0.1:{1}/hook",
    "json://{0}@127.0.0.1:{1}/hook",
    "json://127.0.0.1:{1}/services/{0}/x",
    "json://127.0.0.1:{1}/?+Authorization=Bearer%20{0}",
    "json://127.0.0.1:{1}/?-token={0}",
    "xml://127.0.0.1:{1}/{0}",
    "form://user:{0}@127.0.0.1:{1}/",
    "gotify://127.0.0.1:{1}/{0}",
    "ntfy://user:{0}@127.0.0.1:{1}/topic",
    "mmost://127.0.0.1:{1}/{0}aaaaaaaaaaaaaa",
    "mailto://user:{0}@127.0.0.1:{1}/?from=a@example.com&to=b@example.com",
]
ELSEWHERE = [
    "slack://T1JJ3T3L2/A1BRTD4JD/{0}Xrid0aaaaaaaaaaa",
    "tgram://123456789:{0}abcdefghijklmnopqrstuvwxyz/12315544",
    "discord://4174216298/{0}",
    "ntfy://{0}",
]
CANARY = "CaNaRy5512"


@pytest.mark.parametrize("form", SECRETS)
def test_a_secret_is_told_neither_in_what_is_shown_nor_in_what_went_wrong(
    sending: Sending, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with http_receiver(status(403)) as got:
        urls = [form.format(CANARY, got.port), form.format(CANARY, dead_port())]
        for number, url in enumerate(urls, start=1):
            sending.send(number, url)
        reasons = [sending.answer(number).reason for number in (1, 2)]
    assert all(reasons)
    checked = check_address(urls[0], LOOPBACK)
    with pytest.raises(ParameterError) as refused:
        check_address(urls[0])
    said = "".join([*reasons, str(checked), str(refused.value), *capfd.readouterr(), repr(Letter(1, urls[0]))])
    assert CANARY not in said
    assert "127.0.0.1" in checked.shown


@pytest.mark.parametrize("form", ELSEWHERE)
def test_a_token_in_the_place_of_a_host_is_not_shown(form: str) -> None:
    assert CANARY not in check_address(form.format(CANARY)).shown


@pytest.mark.parametrize(
    "url", ["", "nothing", f"nosuch://{CANARY}", f"json://{CANARY}\nx", "x" * 3_000, f"file:///{CANARY}"]
)
def test_an_address_that_cannot_be_used_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ParameterError) as refused:
        check_address(url)
    assert CANARY not in f"{refused.value} {refused.value.given}"
    assert refused.value.name == "url"


def test_a_check_makes_no_connection() -> None:
    with http_receiver() as got:
        assert check_address(f"json://127.0.0.1:{got.port}/", LOOPBACK) == Answer(
            0, ok=True, shown=f"json://127.0.0.1:{got.port}/…", service="JSON"
        )
    assert got.connections == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("json://127.0.0.1/", "127.0.0.1 is not a public address: ALERT_ALLOWED_NETS does not allow it"),
        ("json://localhost/", " is not a public address: ALERT_ALLOWED_NETS does not allow it"),
        ("json://2130706433/", "127.0.0.1 is not a public address"),
        ("jsons://[::1]/", "::1 is not a public address"),
        ("jsons://[64:ff9b::a00:1]/", "64:ff9b::a00:1 is not a public address"),
        ("mailto://u:p@10.0.0.1?from=a@example.com&to=b@example.com", "10.0.0.1 is not a public address"),
        ("rsyslog://192.168.0.1", "192.168.0.1 is not a public address"),
    ],
)
def test_what_would_be_refused_when_it_is_sent_is_refused_when_it_is_given(url: str, words: str) -> None:
    with pytest.raises(ParameterError) as refused:
        check_address(url)
    assert words in str(refused.value)


def test_what_is_allowed_or_public_or_has_no_address_yet_is_taken() -> None:
    assert check_address("json://127.0.0.1/", LOOPBACK).doubt == ""
    assert check_address("json://93.184.216.34/").doubt == ""
    assert "no address was found" in check_address("json://no-such-host.invalid/").doubt
    with pytest.raises(ParameterError, match="ALERT_ALLOWED_NETS does not allow it"):
        check_address("json://10.0.0.1/", LOOPBACK)


def test_no_credential_of_the_environment_reaches_the_sender() -> None:
    environ = {
        "DATABASE_URL": f"postgresql://u:{CANARY}@h/d",
        "REDIS_URL": CANARY,
        "HTTPS_PROXY": "http://p",
        "PATH": "/bin",
    }
    kept = sender_environment(environ)
    assert CANARY not in str(kept)
    assert "HTTPS_PROXY" not in kept
    assert kept["NO_PROXY"] == "*"


def test_sixty_letters_are_sent_by_forks_that_cost_little(sending: Sending) -> None:
    with http_receiver() as got:
        sending.send(0, f"json://127.0.0.1:{got.port}/")
        assert sending.answer(0).ok
        began_s = time.monotonic()
        for number in range(1, 61):
            sending.send(number, f"json://127.0.0.1:{got.port}/")
            if number % 8 == 0:
                wait(lambda up_to=number: len(sending.answers) > up_to, "eight are answered")
        wait(lambda: len(sending.answers) == 61, "all are answered")
        assert sorted(got.ids) == sorted(f"id-{number}" for number in range(61))
    sys.stderr.write(f"60 letters in {time.monotonic() - began_s:.2f} s\n")
