"""One address of a venue, kept connected by a thread of its own.

A line is a socket. A new one is made when the old one ends, and before it ends when that can be foreseen:
towards the end of the day that the venue gives a connection, when it says that it shuts down, and when
streams stay silent. The old line is left when the new one delivers; what comes twice meanwhile has the
same trade ids.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event, Thread
from typing import TypeAlias

from ingest.errors import RegionRefused
from ingest.live.connection_state import ConnectionState, LineInUse, Patience
from ingest.live.control import ControlBudget, next_change, resubscription
from ingest.live.gate import Gate
from ingest.live.line import POLL_S, Line, Sink
from ingest.live.opener import Clock, Opener
from ingest.live.remedies import Remedies, Remedy, Treatment
from ingest.live.stream_watch import KnownGap, Rhythms, StreamWatch, no_known_gap
from ingest.live.venues import StreamAddress

RESTART_S = 1.0
Interrupted: TypeAlias = Callable[[Sequence[str]], None]

LATE_S = 2.0  # whoever looks that late was asleep itself

log = logging.getLogger(__name__)


class StreamConnection:
    """Frames of one address into `sink`, as long as it is not stopped.

    `interrupted` is told of the streams of which something may be lacking from here on.
    """

    def __init__(
        self,
        address: StreamAddress,
        sink: Sink,
        *,
        interrupted: Interrupted = lambda _: None,
        patience: Patience | None = None,
        gate: Gate | None = None,
        known_gap: KnownGap = no_known_gap,
        control_per_s: int = 5,
        clock: Clock | None = None,
    ) -> None:
        self.address = address
        self.state = ConnectionState()
        self._sink = sink
        self._interrupted = interrupted
        self._patience = patience or Patience()
        self._clock = clock or Clock()
        self._opener = Opener(address, gate or Gate(), self._clock, connect_s=self._patience.connect_s)
        self._rhythms = Rhythms(address.streams, known_gap, floor_s=self._patience.silent_after_s)
        self._remedies = Remedies(floor_s=self._patience.silent_after_s)
        self._budget = ControlBudget(control_per_s)
        self._requests = 0
        self._looked_s = float("-inf")
        self._line: Line | None = None
        self._next: Line | None = None
        self._replace_at_s = float("inf")
        self._overdue = ""
        self._stop = Event()
        self._wake = Event()
        self._thread = Thread(target=self._run, name=f"stream-{address.name}", daemon=True)

    @property
    def in_use(self) -> LineInUse | None:
        """The line in use, for other threads to look at; None while there is none."""
        line = self._line
        return None if line is None else LineInUse(line.host, line.opened_s, line.watch.last_s, self._replace_at_s)

    @property
    def tried(self) -> int:
        """Attempts to open a line, those that came to nothing among them."""
        return self._opener.tried

    def start(self) -> None:
        self._thread.start()

    def carry(self, streams: Sequence[str]) -> None:
        """Carry these streams from now on: what differs is said over the lines that are open, within the budget."""
        self.address = self.address.carrying(streams)
        self._wake.set()

    def ask_to_stop(self) -> None:
        """Close soon."""
        self._stop.set()
        self._wake.set()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Close and wait for the thread's end."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set() and self.state.refused is None:
            self._wake.clear()
            try:
                self._step()
            except Exception:
                log.exception("%s: begins anew", self.address.name)
                self._hang_up()
                self._clock.wait(self._stop, RESTART_S)
        self._hang_up()
        self.state = replace(self.state, connected=False, detail=self.state.detail or "stopped")

    def _hang_up(self) -> None:
        lines = [line for line in (self._line, self._next) if line is not None]
        self._line = self._next = None
        for line in lines:
            line.hang_up()
        for line in lines:
            line.join()

    def _step(self) -> None:
        """See how things stand, do what is due, and wait a little."""
        if self._line is None:
            wait_s = self._opener.wait_s
            if wait_s > 0:
                self._clock.wait(self._wake, wait_s)
            else:
                self._begin()
            return
        now_s = self._clock.now_s()
        for line in (self._line, self._next):
            if line is not None and not line.ended:
                self._keep_up(line, now_s)
        if self._next is not None:
            self._change_over(self._line, self._next, now_s)
        elif self._line.ended:
            self._lose(self._line, self._line.ended)
        else:
            self._supervise(self._line, now_s)
        if self._line is not None:
            self._wake.wait(POLL_S)

    def _begin(self) -> None:
        try:
            self._line = self._open()
        except RegionRefused as refused:
            self.state = replace(self.state, refused=refused, detail=str(refused))
            return
        if self._line is not None:
            self._set_out(self._line)
        elif not self._stop.is_set():
            self.state = replace(self.state, detail=self._opener.reason)

    def _keep_up(self, line: Line, now_s: float) -> None:
        """Subscribe on an open line what it lacks, and end what it carries in vain: a message at a time."""
        if not self._budget.has_room(now_s, 1):
            return
        change = next_change(self.address.streams, line.streams, self._requests + 1, self.address.dialect)
        if change is not None:
            self._requests += 1
            self._budget.spend(now_s, 1)
            line.carry(change.streams)
            line.watch.change(change.streams, now_s)
            self._remedies.forget(change.ended)
            line.say(change.message)

    def _open(self) -> Line | None:
        host, address = self._opener.host, self.address
        self._opener.lead_to(address)
        socket = self._opener.open()
        if socket is None:
            return None
        log.info("%s: connected to %s", address.name, host)
        name, now_s, dialect = address.name, self._clock.now_s, address.dialect
        streams = dialect.subscribed_by_address(address.streams)
        watch = StreamWatch(streams, self._rhythms, now_s())
        line = Line(socket, streams, self._sink, watch, self._wake, name=name, host=host, dialect=dialect, now_s=now_s)
        line.pass_trades_only(self._line is not None)
        line.start()
        self.state = replace(self.state, opened=self.state.opened + 1)
        return line

    def _set_out(self, line: Line) -> None:
        """This line is the one in use from now on."""
        spread_s = random.random() * self._patience.replace_spread_s  # noqa: S311  # not all at once
        self._replace_at_s = line.opened_s + self._patience.replace_after_s - spread_s
        self._overdue = ""
        delivers = line.watch.delivers
        self.state = replace(self.state, connected=delivers, detail="" if delivers else "connected, no data yet")

    def _supervise(self, line: Line, now_s: float) -> None:
        """The only line: does it deliver, and should another take its place?"""
        late = now_s - self._looked_s > LATE_S
        self._looked_s = now_s
        if late:
            return  # what came meanwhile is still to be read
        if line.watch.delivers:
            self._opener.worked()
            if not self.state.connected:
                self.state = replace(self.state, connected=True, detail="")
        if line.watch.is_dead(now_s):
            line.pass_trades_only(True)
            line.hang_up()
            self._lose(line, f"silent for {self._patience.silent_after_s:g} s or more")
            return
        self._remedies.note_cured(line.watch.came_since)
        if self._budget.has_room(now_s, 2):
            treatment = self._remedies.treat(line.watch.silent(now_s), now_s)
            if treatment is not None:
                self._treat(line, treatment, now_s)
        self._say_silence()
        if line.shutting_down:
            self._overdue = "the venue shuts down"
        elif now_s >= self._replace_at_s:
            self._overdue = "its day is nearly over"
        if self._overdue:
            self._next = self._successor()

    def _treat(self, line: Line, treatment: Treatment, now_s: float) -> None:
        """Do something about streams that are silent while others deliver."""
        what = treatment.remedy.name.lower().replace("_", " ")
        self._opener.warn(f"silent: {', '.join(treatment.streams[:5])}: {what}")
        line.watch.wait_anew(treatment.streams, now_s)
        self._interrupted(treatment.streams)
        if treatment.remedy is Remedy.RESUBSCRIBE:
            self._budget.spend(now_s, 2)
            for message in resubscription(treatment.streams, self._requests + 1, self.address.dialect):
                line.say(message)
            self._requests += 2
            return
        if treatment.remedy is Remedy.OTHER_HOST:
            self._opener.leave_host()
        self._overdue = "streams are silent"

    def _say_silence(self) -> None:
        silent = tuple((stream, self._remedies.since_s(stream)) for stream in self._remedies.streams)
        if silent != self.state.silent:
            self.state = replace(self.state, silent=silent)

    def _successor(self) -> Line | None:
        try:
            return self._open()
        except RegionRefused as refused:  # the line in use shows that not all of the venue refuses us
            self._opener.leave_host()
            self._opener.failed(str(refused))
            return None

    def _change_over(self, line: Line, new: Line, now_s: float) -> None:
        """Two lines are open: leave the old one when the new one delivers, or give the new one up."""
        if new.ended:
            self._next = None
            self._opener.failed(f"the successor ended: {new.ended}")
        elif self._has_taken_over(line, new, now_s):
            if line.ended:
                self._interrupted(line.streams)
            line.pass_trades_only(True)
            new.pass_trades_only(False)
            line.hang_up()
            log.info("%s: a successor took over: %s", self.address.name, self._overdue)
            self._line, self._next = new, None
            self.state = replace(self.state, replaced=self.state.replaced + 1)
            self._set_out(new)
        elif new.watch.is_dead(now_s) or now_s - new.opened_s > self._patience.overlap_s + self._rhythms.floor_s:
            new.hang_up()

    def _has_taken_over(self, line: Line, new: Line, now_s: float) -> bool:
        """Whether the new line delivers what the old one does: rare streams too, while there is time for that."""
        if line.ended:
            return new.watch.delivers
        silent = {*self._remedies.streams, *line.watch.silent(now_s)}
        wanted = [stream for stream in self.address.streams if stream not in silent]
        if now_s - new.opened_s > self._patience.overlap_s:
            wanted = [stream for stream in wanted if self._rhythms.is_liquid(stream)]
        return new.watch.delivers and not new.watch.missing(wanted)

    def _lose(self, line: Line, reason: str) -> None:
        """The only line is over."""
        self._line = None
        self._interrupted(line.streams)
        delivered = line.watch.delivers
        if delivered:
            self._opener.worked()
        self.state = replace(self.state, connected=False, lost=self.state.lost + 1, detail=reason)
        self._opener.failed(reason, host_is_bad=not delivered)
