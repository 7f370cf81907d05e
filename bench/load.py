"""The load generator, a process of its own: viewers that each ask once a second, as browsers do.

Reads one JSON order a line from standard input and answers each with one JSON line:

* `{"viewers": n}`: that many from now on (joining at a bounded pace); answered when each has its page.
* `{"measure_s": s}`: watch for so long; answered with a `bench.load.Window`.

A viewer's ticks stand a period apart whatever the server does. As in the browser, a tick that
comes while the last one is unanswered is skipped; it is counted as answered after a whole period
or more, so an overloaded server cannot hide behind few questions. A latency runs from the moment
the tick was due to the last byte of its answer, the generator's own delay included.

Run by `bench.viewers`; its first line of input is the `Plan`.
"""

from __future__ import annotations

import heapq
import select
import selectors
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any

import numpy as np
import orjson

from bench.viewer import BadAnswerError, Viewer, parse_answer

PERIOD_S = 1.0
_JOIN_EVERY_S = 1 / 250
_GIVE_UP_S = 10.0  # an unanswered request is an error then
_JOIN_LIMIT_S = 60.0
_GOLDEN = 0.6180339887  # its multiples fill the period evenly, however many viewers there are
_CHUNK = 262_144
_WORST_ERRORS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to ask, and what: viewer k has the k-th of `values`, cyclically."""

    host: str
    port: int
    path: str
    output: str
    tick: str
    values: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Window:
    """What a window showed. Latencies in ms over all ticks that were due; `cpu_share` of one core, by the generator."""

    viewers: int
    seconds: float
    answers: int
    skipped: int
    errors: int
    words: Sequence[str]
    p50_ms: float
    p95_ms: float
    max_ms: float
    bytes_each: float
    cpu_share: float


@dataclass(slots=True)
class _Tally:
    latencies_s: list[float] = field(default_factory=list)
    skipped: int = 0
    errors: int = 0
    words: set[str] = field(default_factory=set)
    received: int = 0


class _Connection:
    """A viewer with its connection and its clock."""

    def __init__(self, viewer: Viewer, address: tuple[str, int], due_s: float) -> None:
        self.viewer = viewer
        self.address = address
        self.due_s = due_s
        self.asked_s: float | None = None
        self.gone = False
        self.has_page = False
        self.raw = bytearray()
        self.socket = _connected(address)


def _connected(address: tuple[str, int]) -> socket.socket:
    made = socket.create_connection(address, timeout=5)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setblocking(False)
    return made


class Load:
    """All viewers of a plan, driven by one thread."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, _Connection]] = []
        self._connections: list[_Connection] = []
        self._made = 0
        self._tally = _Tally()

    def set_viewers(self, count: int) -> None:
        """Join or leave until there are `count`, each with its page; returns then, or after a minute."""
        while len(self._connections) > count:
            self._leave(self._connections.pop())
        while len(self._connections) < count:
            self._join()
            self._run(time.perf_counter() + _JOIN_EVERY_S)
        give_up = time.perf_counter() + _JOIN_LIMIT_S
        while time.perf_counter() < give_up and not all(each.has_page for each in self._connections):
            self._run(time.perf_counter() + 0.1)

    def measure(self, seconds: float) -> Window:
        tally = self._tally = _Tally()
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        self._run(start_s + seconds)
        took_s = time.perf_counter() - start_s
        latencies_ms = np.array(tally.latencies_s or [seconds]) * 1e3
        p50_ms, p95_ms = np.percentile(latencies_ms, (50, 95))
        answers = len(tally.latencies_s) - tally.skipped
        return Window(
            viewers=len(self._connections),
            seconds=took_s,
            answers=answers,
            skipped=tally.skipped,
            errors=tally.errors,
            words=sorted(tally.words)[:_WORST_ERRORS],
            p50_ms=float(p50_ms),
            p95_ms=float(p95_ms),
            max_ms=float(latencies_ms.max()),
            bytes_each=tally.received / max(answers, 1),
            cpu_share=(time.process_time() - start_cpu_s) / took_s,
        )

    def _join(self) -> None:
        plan, number = self._plan, self._made
        self._made += 1
        host = f"{plan.host}:{plan.port}"
        viewer = Viewer(host, plan.output, plan.tick, plan.values[number % len(plan.values)], path=plan.path)
        try:
            first_s = time.perf_counter() + PERIOD_S * (number * _GOLDEN % 1.0)
            connection = _Connection(viewer, (plan.host, plan.port), first_s)
        except OSError as error:
            self._failed(f"cannot connect: {error}")
            return
        self._connections.append(connection)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        heapq.heappush(self._due, (connection.due_s, number, connection))

    def _leave(self, connection: _Connection) -> None:
        connection.gone = True
        self._selector.unregister(connection.socket)
        connection.socket.close()

    def _run(self, until_s: float) -> None:
        """Ask and listen until then."""
        due = self._due
        while (now_s := time.perf_counter()) < until_s:
            while due and due[0][0] <= now_s:
                at_s, number, connection = heapq.heappop(due)
                if not connection.gone:
                    self._tick(connection, at_s)
                    heapq.heappush(due, (at_s + PERIOD_S, number, connection))
            wait_s = min(until_s, due[0][0] if due else until_s) - time.perf_counter()
            for key, _ in self._selector.select(max(wait_s, 0.0)):
                self._hear(key.data)

    def _tick(self, connection: _Connection, at_s: float) -> None:
        if connection.asked_s is not None:
            waited_s = at_s - connection.asked_s
            self._tally.skipped += 1
            self._tally.latencies_s.append(waited_s)
            if waited_s < _GIVE_UP_S:
                return
            self._again(connection, f"no answer within {_GIVE_UP_S:.0f} s")
        connection.asked_s = at_s
        try:
            request = connection.viewer.request()
            if connection.socket.send(request) < len(request):
                self._again(connection, "the server reads too slowly")
        except OSError as error:
            self._again(connection, f"cannot send: {error.strerror}")

    def _hear(self, connection: _Connection) -> None:
        try:
            got = connection.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._again(connection, f"cannot receive: {error.strerror}")
            return
        if not got:
            self._again(connection, "the server closed the connection")
            return
        connection.raw += got
        try:
            answer = parse_answer(connection.raw)
            if answer is None or connection.asked_s is None:
                return
            connection.viewer.accept(answer)
        except BadAnswerError as error:
            self._again(connection, str(error))
            return
        self._tally.latencies_s.append(time.perf_counter() - connection.asked_s)
        self._tally.received += answer.size
        connection.asked_s = None
        connection.has_page = True
        del connection.raw[:]

    def _again(self, connection: _Connection, words: str) -> None:
        """After an error: count it, and come back on a new connection; who finds no server ends the measurement."""
        self._failed(words)
        self._selector.unregister(connection.socket)
        connection.socket.close()
        connection.raw = bytearray()
        connection.asked_s = None
        try:
            connection.socket = _connected(connection.address)
        except OSError as error:
            raise SystemExit(f"{words}, and then no new connection: {error}") from error
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _failed(self, words: str) -> None:
        self._tally.errors += 1
        self._tally.words.add(words)

    def idle(self, orders: IO[bytes]) -> None:
        """Go on between orders, until one is there to be read."""
        while not select.select([orders], [], [], 0)[0]:
            self._run(time.perf_counter() + 0.05)


def main() -> None:
    orders = open(0, "rb", buffering=0)  # noqa: SIM115 - unbuffered, so that select sees what is unread
    load = Load(Plan(**orjson.loads(orders.readline())))
    while True:
        load.idle(orders)
        line = orders.readline()
        if not line:
            return
        order = orjson.loads(line)
        if "viewers" in order:
            load.set_viewers(int(order["viewers"]))
            answer: dict[str, Any] = {}
        else:
            answer = asdict(load.measure(float(order["measure_s"])))
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
