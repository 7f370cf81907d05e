"""Runs the slow tests of followed pairs at the bars that the clock fixes, beside the loop and never in its way."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from threading import Condition, Thread
from time import monotonic, thread_time
from typing import NamedTuple

from redis import Redis

from engine.diagnose import diagnose
from engine.diagnosis import Diagnosis, last_due_ms, load_diagnosis, save_diagnosis
from engine.findings.trades import trades_of_store
from engine.monitor.turns import Turns
from engine.parameters import Method, PairParameters
from engine.snapshot import Snapshot
from store.errors import StoreError
from store.latencies import Latencies

_MOST_FOUND = 1_000  # who asks does so ten times a second

_LOG = logging.getLogger(__name__)


class Tested(NamedTuple):
    """What the tests found, and the snapshot that they were offered."""

    snapshot: Snapshot
    diagnosis: Diagnosis


class _Due(NamedTuple):
    snapshot: Snapshot
    bar_ms: int


class SlowTests:
    """One worker thread, within its share of a core; of a pair that falls behind only the latest due bar is tested.

    `snapshot_of` is the reader's: a method that fits one window in hindsight keeps no more rows than that, and the
    tests ask for the history of the legs.
    """

    def __init__(
        self, client: Redis, snapshot_of: Callable[[PairParameters], Snapshot], times: Latencies | None = None
    ) -> None:
        self._client = client
        self._snapshot_of = snapshot_of
        self._trades_until = trades_of_store(client)
        self._tested_ms: dict[str, int] = {}
        self._times = times or Latencies()
        self._turns: Turns[_Due] = Turns()
        self._found: deque[Tested] = deque(maxlen=_MOST_FOUND)
        self._running: tuple[str, int] | None = None
        self._changed = Condition()  # guards the two above and those below
        self._hurried = self._closed = False
        self._worker = Thread(target=self._work, name="slow-tests", daemon=True)
        self._worker.start()

    def wants(self, parameters: PairParameters, open_time_ms: int) -> bool:
        """Whether tests are due that were not offered yet, now that the bar of that open time is the last."""
        key, due_ms = parameters.key, last_due_ms(parameters, open_time_ms)
        with self._changed:
            waiting = self._turns.waiting(key)
            known = self._tested_ms.get(key) if waiting is None else waiting.bar_ms
            return due_ms != known and self._running != (key, due_ms)

    def offer(self, snapshot: Snapshot, bar_ms: int | None = None) -> None:
        """Test the pair up to a due bar, or its last, unless that is done, under way, or not yet among the rows."""
        key, times = snapshot.parameters.key, snapshot.rows["open_time_ms"]
        due_ms = last_due_ms(snapshot.parameters, int(times[-1])) if bar_ms is None else bar_ms
        tested_ms = self._tested_ms.get(key)
        if tested_ms == due_ms or due_ms < times[0]:
            return
        with self._changed:
            if self._running != (key, due_ms):
                self._turns.offer(key, _Due(snapshot, due_ms), first=tested_ms is None)
                self._changed.notify_all()

    def found(self) -> list[Tested]:
        """What was found since this was last asked, in its order."""
        with self._changed:
            found = list(self._found)
            self._found.clear()
        return found

    def forget(self) -> None:
        """Everything is to be tested again: the store was emptied."""
        self._tested_ms.clear()

    def finish(self) -> None:
        """Wait for what was offered, which now comes without pauses."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not len(self._turns) and self._running is None)
            self._hurried = False

    def close(self, timeout_s: float = 3.0) -> None:
        """Begin no more; what runs longer is left behind with its thread, and runs again at the next start."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._worker.join(timeout_s)

    def _work(self) -> None:
        while (due := self._next()) is not None:
            began_s, start_s = monotonic(), thread_time()
            self._run(due)
            self._times.note(monotonic() - began_s)
            with self._changed:
                self._running = None
                self._turns.ended(monotonic(), thread_time() - start_s)
                self._changed.notify_all()

    def _next(self) -> _Due | None:
        """The next that is due, waited for; None when closed."""
        with self._changed:
            while not self._closed:
                wait_s = self._turns.due_s() - monotonic()
                if wait_s <= 0 or (self._hurried and len(self._turns)):
                    key, due = self._turns.take()
                    self._running = key, due.bar_ms
                    return due
                self._changed.wait(None if math.isinf(wait_s) else wait_s)
            return None

    def _run(self, due: _Due) -> None:
        parameters = due.snapshot.parameters
        try:
            snapshot = self._with_history(due.snapshot)
            found, known = None, load_diagnosis(self._client, parameters)
            as_of_ms = due.bar_ms + parameters.timeframe.ms
            if known is not None and known.as_of_ms == as_of_ms:
                found = known
            else:
                rows = snapshot.rows
                upto = replace(snapshot, rows=rows[: int(rows["open_time_ms"].searchsorted(due.bar_ms, side="right"))])
                found = diagnose(upto, known, self._trades_until)
                if known is None or known.as_of_ms < as_of_ms or known.generation != found.generation:
                    save_diagnosis(self._client, parameters, found)
            self._tested_ms[parameters.key] = due.bar_ms
            self._found.append(Tested(due.snapshot, found))
        except StoreError as error:
            _LOG.warning("the tests of %s / %s wait: %s", parameters.y, parameters.x, error)
        except Exception:
            self._tested_ms[parameters.key] = due.bar_ms  # the same bars would fail again: wait for the next
            _LOG.exception("the tests of %s / %s failed", parameters.y, parameters.x)

    def _with_history(self, snapshot: Snapshot) -> Snapshot:
        p = snapshot.parameters
        if p.method.causal:
            return snapshot
        return replace(self._snapshot_of(replace(p, method=Method.ROLLING)), parameters=p)
