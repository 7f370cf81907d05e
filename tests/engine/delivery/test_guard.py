"""The sending process makes no connection but to public and allowed addresses, by whatever way it is led there.

The process is the real one with its real libraries; receivers are real sockets on loopback that count connections.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

import pytest

from engine.delivery.addresses import parse_networks
from engine.delivery.post import Post, sender_command
from engine.delivery.protocol import Answer, Letter
from tests.engine.delivery.receivers import http_receiver, smtp_receiver, status, udp_receiver

Send = Callable[[str], Answer]
ALLOWED = "127.0.0.2/32"


class Sending:
    """Letters to a process of some command, one after the other."""

    def __init__(self, command: Sequence[str], limit_s: float = 15.0) -> None:
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self.post = Post(command, self._answers.put, limit_s=limit_s)
        self._number = 0

    def __call__(self, url: str) -> Answer:
        self._number += 1
        self.post.send(Letter(self._number, url, "title", "body", f"id-{self._number}"))
        answer = self._answers.get(timeout=40)
        assert answer.number == self._number
        return answer


@pytest.fixture(scope="module")
def send() -> Iterator[Sending]:
    """Of a process that may reach one address of loopback."""
    sending = Sending(sender_command(15, parse_networks([ALLOWED])))
    yield sending
    sending.post.close()


FORMS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:7f00:1]",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",
]


@pytest.mark.parametrize("host", FORMS)
def test_no_connection_to_loopback_in_whatever_form_it_is_written(send: Sending, host: str) -> None:
    with http_receiver(host="::1" if host == "[::1]" else "127.0.0.1") as got:
        answer = send(f"json://{host}:{got.port}/hook")
    assert not answer.ok
    assert (got.connections, got.bodies) == (0, [])


@pytest.mark.parametrize("host", FORMS)
def test_no_redirect_leads_to_loopback(send: Sending, host: str) -> None:
    with http_receiver(host="::1" if host == "[::1]" else "127.0.0.1") as inner:
        to_inner = status(302, Location=f"http://{host}:{inner.port}/latest/meta-data")
        with http_receiver(to_inner, host="127.0.0.2") as outer:
            answer = send(f"json://127.0.0.2:{outer.port}/hook")
    assert not answer.ok
    assert (outer.connections, inner.connections) == (1, 0)


def test_the_allowed_address_is_reached_and_nothing_beside_it(send: Sending) -> None:
    with http_receiver(host="127.0.0.2") as got:
        assert send(f"json://127.0.0.2:{got.port}/hook").ok
    assert got.headers[0]["x-spreadboard-id"].startswith("id-")
    assert got.bodies[0]["message"] == "body"
    with http_receiver(host="127.0.0.3") as got:
        answer = send(f"json://127.0.0.3:{got.port}/hook")
    assert answer.reason == "127.0.0.3 is not a public address: ALERT_ALLOWED_NETS does not allow it"
    assert got.connections == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "10.255.255.1", "192.168.255.1", "[fe80::1]", "[fd00::1]"])
def test_private_and_link_local_addresses_are_refused_before_a_packet(send: Sending, host: str) -> None:
    answer = send(f"json://{host}/hook")
    assert not answer.ok
    assert "is not a public address" in answer.reason


def test_mail_and_datagrams_are_guarded_as_well(send: Sending) -> None:
    with smtp_receiver() as mail:
        answer = send(f"mailto://u:p@127.0.0.1:{mail.port}/?from=a@example.com&to=b@example.com")
        assert "127.0.0.1 is not a public address" in answer.reason
        assert mail.connections == 0
    with udp_receiver() as receiver:
        for host in ("127.0.0.1", "localhost"):
            assert not send(f"rsyslog://{host}:{receiver.getsockname()[1]}").ok
        with pytest.raises(TimeoutError):
            receiver.recv(100)


# The one thing that is made up: what a hostile name server answers, each time another thing.
REBOUND = """
import socket, sys
real, answers = socket.getaddrinfo, iter({answers!r} * 50)
def getaddrinfo(host, *rest, **named):
    return real(next(answers) if host == "rebound.example.com" else host, *rest, **named)
socket.getaddrinfo = getaddrinfo
from engine.delivery.sender import main
sys.exit(main(["15", {allowed!r}]))
"""


def _rebound(*answers: str) -> Sending:
    return Sending([sys.executable, "-c", REBOUND.format(answers=list(answers), allowed=ALLOWED)])


def test_a_name_that_means_loopback_makes_no_connection() -> None:
    sending = _rebound("127.0.0.1")
    with http_receiver() as got:
        assert "127.0.0.1 is not" in sending(f"json://rebound.example.com:{got.port}/").reason
    sending.post.close()
    assert got.connections == 0


def test_a_name_that_is_bound_anew_between_look_ups_makes_no_connection() -> None:
    sending = _rebound("127.0.0.2", "127.0.0.1")
    with http_receiver(host="127.0.0.1") as inner:
        again = status(307, Location=f"http://rebound.example.com:{inner.port}/")
        with http_receiver(again, host="127.0.0.2") as outer:
            answer = sending(f"json://rebound.example.com:{outer.port}/")
    sending.post.close()
    assert not answer.ok
    assert (outer.connections, inner.connections) == (1, 0)


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_receiver() as proxy, http_receiver(host="127.0.0.2") as got:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        sending = Sending(sender_command(15, parse_networks([ALLOWED])))
        assert sending(f"json://127.0.0.2:{got.port}/").ok
        sending.post.close()
    assert (proxy.connections, got.connections) == (0, 1)


WAY_OUT = """
import asyncio, ctypes, os, socket, subprocess
from engine.delivery.guard import AddressRefused, Guard
Guard(()).install()
try:
    {}
except AddressRefused:
    print("refused")
"""


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket(socket.AF_UNIX).connect('/tmp/nothing')",
        "socket.socket().connect(('localhost', 9))",
        "socket.socket().connect_ex(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', 9))",
        "asyncio.run(asyncio.open_connection('127.0.0.1', 9))",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "__import__('syslog').syslog('x')",
        "ctypes.CDLL('libc.so.6')",
    ],
)
def test_each_way_out_of_python_is_refused(attempt: str) -> None:
    code = WAY_OUT.format(attempt)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout == "refused\n", run.stderr
