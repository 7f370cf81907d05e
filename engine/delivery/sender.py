"""`python -m engine.delivery.sender LIMIT_S [NETWORK …]`: sends messages, each in a process of its own.

Letters come in by a line each and answers go out so; it ends with its input. It loads Apprise once and forks for each
letter, so that one which hangs holds up no other, takes little memory, and is ended after `LIMIT_S` seconds. The guard
is on before anything else is loaded, and every fork has it.
"""

from __future__ import annotations

import os
import resource
import selectors
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.delivery.addresses import parse_networks
from engine.delivery.guard import Guard
from engine.delivery.protocol import Answer, Letter, encode_answer, parse_letter

_CHUNK = 65_536
_SPARE_BYTES = 300_000_000  # for what a receiver answers; a fork begins with some 100 MB of addresses


@dataclass(slots=True)
class _Fork:
    """A process that sends one letter, and what it has said of it so far."""

    number: int
    pid: int
    said: bytearray = field(default_factory=bytearray)


class Sender:
    """Reads letters from `letters`, writes answers to `answers`: two file descriptors."""

    def __init__(self, guard: Guard, *, letters: int, answers: int, limit_s: float) -> None:
        self._guard = guard
        self._letters = letters
        self._answers = answers
        self._limit_s = limit_s
        self._unread = bytearray()
        self._forks: dict[int, _Fork] = {}
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(letters, selectors.EVENT_READ)

    def run(self) -> None:
        """Go on until the input ends; letters that are under way then are dropped with it."""
        while True:
            for key, _ in self._waiting.select():
                data = os.read(key.fd, _CHUNK)
                if key.fd != self._letters:
                    self._hear(key.fd, data)
                elif data:
                    self._take(data)
                else:
                    self._end()
                    return

    def _take(self, data: bytes) -> None:
        self._unread += data
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            self._begin(parse_letter(bytes(line)))

    def _begin(self, letter: Letter) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _send_and_exit(letter, self._guard, writing, self._limit_s)
        os.close(writing)
        self._forks[reading] = _Fork(letter.number, pid)
        self._waiting.register(reading, selectors.EVENT_READ)

    def _hear(self, reading: int, data: bytes) -> None:
        fork = self._forks[reading]
        fork.said += data
        if data:
            return
        self._waiting.unregister(reading)
        os.close(reading)
        del self._forks[reading]
        _, status = os.waitpid(fork.pid, 0)
        _write_all(self._answers, bytes(fork.said) or encode_answer(self._unsaid(fork, status)))

    def _unsaid(self, fork: _Fork, status: int) -> Answer:
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
            return Answer(fork.number, ok=False, reason=f"the service took longer than {self._limit_s:g} s")
        return Answer(fork.number, ok=False, reason="the process that sent it ended without a word")

    def _end(self) -> None:
        for fork in self._forks.values():
            os.kill(fork.pid, signal.SIGKILL)
            os.waitpid(fork.pid, 0)


def _send_and_exit(letter: Letter, guard: Guard, writing: int, limit_s: float) -> None:
    """In the fork: the alarm ends it wherever it hangs."""
    try:
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        _limit_memory()
        from engine.delivery.service import perform  # noqa: PLC0415 - loaded before the fork

        _write_all(writing, encode_answer(perform(letter, guard)))
        os._exit(0)
    finally:
        os._exit(1)


def _limit_memory() -> None:
    if sys.platform == "linux":
        with open("/proc/self/statm", "rb") as statm:
            used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + _SPARE_BYTES, used + _SPARE_BYTES))


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def main(arguments: Sequence[str]) -> int:
    guard = Guard(parse_networks(arguments[1:]))
    guard.install()
    from engine.delivery.service import load_services  # noqa: PLC0415 - only with the guard on

    load_services()
    answers = os.dup(1)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):  # no library's word goes anywhere: it may hold a secret
        os.dup2(silence, descriptor)
    Sender(guard, letters=0, answers=answers, limit_s=float(arguments[0])).run()
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; the end of its input ends it
    sys.exit(main(sys.argv[1:]))
