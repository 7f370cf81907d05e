"""Runs the slow tests of followed pairs at the bars that the clock fixes, beside the loop and never in its way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from redis import Redis

from engine.diagnose import diagnose
from engine.diagnosis import last_due_ms, load_diagnosis, save_diagnosis
from engine.findings.trades import trades_of_store
from engine.parameters import Method, PairParameters
from engine.snapshot import Snapshot
from store.errors import StoreError

_LOG = logging.getLogger(__name__)


class SlowTests:
    """One worker thread; of a pair that falls behind only the latest due bar is tested.

    `snapshot_of` is the reader's: a method that fits one window in hindsight keeps no more rows than that, and the
    tests ask for the history of the legs.
    """

    def __init__(self, client: Redis, snapshot_of: Callable[[PairParameters], Snapshot]) -> None:
        self._client = client
        self._snapshot_of = snapshot_of
        self._trades_until = trades_of_store(client)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="slow-tests")
        self._tested_ms: dict[str, int] = {}
        self._running: dict[str, Future[None]] = {}

    def offer(self, snapshot: Snapshot) -> None:
        """Test the pair up to its last due bar, unless that is done, under way, or not yet among the rows."""
        key, times = snapshot.parameters.key, snapshot.rows["open_time_ms"]
        due_ms = last_due_ms(snapshot.parameters, int(times[-1]))
        running = self._running.get(key)
        if self._tested_ms.get(key) == due_ms or due_ms < times[0] or (running is not None and not running.done()):
            return
        self._running[key] = self._worker.submit(self._run, self._with_history(snapshot), due_ms)

    def _with_history(self, snapshot: Snapshot) -> Snapshot:
        p = snapshot.parameters
        if p.method.causal:
            return snapshot
        return replace(self._snapshot_of(replace(p, method=Method.ROLLING)), parameters=p)

    def forget(self) -> None:
        """Everything is to be tested again: the store was emptied."""
        self._tested_ms.clear()

    def finish(self) -> None:
        """Wait for what was offered."""
        for running in tuple(self._running.values()):
            running.result()

    def close(self) -> None:
        """Begin no more; what runs ends by itself."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, snapshot: Snapshot, due_ms: int) -> None:
        parameters, times = snapshot.parameters, snapshot.rows["open_time_ms"]
        snapshot = replace(snapshot, rows=snapshot.rows[: int(times.searchsorted(due_ms, side="right"))])
        try:
            known = load_diagnosis(self._client, parameters)
            if known is None or known.as_of_ms != due_ms + parameters.timeframe.ms:
                save_diagnosis(self._client, parameters, diagnose(snapshot, known, self._trades_until))
            self._tested_ms[parameters.key] = due_ms
        except StoreError as error:
            _LOG.warning("the tests of %s / %s wait: %s", parameters.y, parameters.x, error)
        except Exception:
            self._tested_ms[parameters.key] = due_ms  # the same bars would fail again: wait for the next
            _LOG.exception("the tests of %s / %s failed", parameters.y, parameters.x)
