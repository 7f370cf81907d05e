"""Writes what followed each alert on z, once it is over: z came back, or the horizon has passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import thread_time
from typing import NamedTuple

from analytics.outcomes import Ending, Outcome
from engine.desk.desk import Desk
from engine.desk.records import parameters_of
from engine.desk.types import FIRING, AlertEvent
from engine.errors import EngineError
from engine.monitor.open_alerts import OpenAlert, PairAlerts
from engine.parameters import PairParameters
from engine.rehearsal import outcome_at
from engine.rules.kinds import REVERTING
from engine.snapshot import Snapshot
from store.errors import CorruptRecord
from store.sql.alerts import AlertRecord
from store.sql.outcomes import UNKNOWN, OutcomeRecord, append_outcome, read_open_alerts

EVERY_S = 10.0
PAUSE_S = 0.4
SLICE_S = 0.02
"""Of a core, after which a round ends, so that the loop's turn comes; the rest comes after a pause."""

READ_AT_ONCE = 1_000
READ_ANEW_MS = 3_600_000  # what another monitor wrote while this one took over
IDLE_MS = 60_000
GIVE_UP_MS = 86_400_000
"""An alert whose end did not come within a day of the time by which it should have has an outcome that nobody knows."""


class _Ended(NamedTuple):
    key: str
    outcome: OutcomeRecord


class OutcomeJournal:
    """Every outcome is written once: to be asked for by one thread every some seconds.

    The loop offers the snapshots that it judges, so that none is made here but of pairs that nobody judges any more
    (their rule was deleted, their bars ended): of these one a round by `snapshot_of`, the reader's. An alert whose bar
    is not kept any more, by a restart with an emptied store or a long pause, has an outcome that nobody knows, and that
    is written too. Methods in hindsight have no outcomes: what they say of a past bar changes with each later one.
    """

    def __init__(
        self,
        desk: Desk,
        snapshot_of: Callable[[PairParameters], Snapshot],
        clock_ms: Callable[[], int],
        *,
        slice_s: float = SLICE_S,
    ) -> None:
        self._desk = desk
        self._snapshot_of = snapshot_of
        self._clock_ms = clock_ms
        self._slice_s = slice_s
        self._pairs: dict[str, PairAlerts] = {}
        self._offered: dict[str, Snapshot] = {}
        self._read_upto = 0
        self._read_anew_ms = 0

    def offer(self, snapshot: Snapshot) -> None:
        """A pair's newest snapshot, from the loop's thread; it is kept where something waits for it."""
        key = snapshot.parameters.key
        if key in self._pairs and len(snapshot.rows):
            self._offered[key] = snapshot

    def run(self) -> bool:
        """Whether there is more to do at once. Raises `StoreUnavailable`; what was not written is found again."""
        more = self._read()
        more = self._look_at_offered() or more
        if not more:
            self._write(self._one_that_nobody_judges())
        return more

    def _read(self) -> bool:
        """Take up alerts that are new to the log; whether there are more."""
        now_ms = self._clock_ms()
        if now_ms >= self._read_anew_ms:
            self._read_upto, self._read_anew_ms = 0, now_ms + READ_ANEW_MS
        with self._desk.database.read() as connection:
            found = read_open_alerts(
                connection, kinds=REVERTING, events=FIRING, limit=READ_AT_ONCE, after=self._read_upto
            )
        for alert in found.alerts:
            self._take_up(alert, now_ms)
        self._read_upto = found.upto
        return len(found.alerts) == READ_AT_ONCE

    def _take_up(self, alert: AlertRecord, now_ms: int) -> None:
        key = alert.pair.pair_key
        if key not in self._pairs:
            try:
                parameters = parameters_of(alert.pair)
            except CorruptRecord:
                return  # another version's pair, which this one cannot look at
            if not parameters.method.causal:
                return
            self._pairs[key] = PairAlerts(parameters, now_ms)
        self._pairs[key].add(alert)

    def _look_at_offered(self) -> bool:
        """Whether some are left for the next round."""
        found: list[_Ended] = []
        until_s = thread_time() + self._slice_s
        for key in list(self._offered):
            found += self._ended(key, self._offered.pop(key))
            if thread_time() >= until_s:
                break
        self._write(found)
        return bool(self._offered)

    def _one_that_nobody_judges(self) -> list[_Ended]:
        """Of the pairs of which no snapshot has come for a minute and two bars, the one that waited longest."""
        now_ms = self._clock_ms()
        idle = [
            (pair.looked_ms, key)
            for key, pair in self._pairs.items()
            if now_ms - pair.looked_ms >= IDLE_MS + 2 * pair.parameters.timeframe.ms
        ]
        if not idle:
            return []
        _, key = min(idle)
        try:
            return list(self._ended(key, self._snapshot_of(self._pairs[key].parameters)))
        except (EngineError, CorruptRecord):
            return list(self._ended(key, None))

    def _ended(self, key: str, snapshot: Snapshot | None) -> Iterator[_Ended]:
        pair, now_ms = self._pairs.get(key), self._clock_ms()
        if pair is None:
            return
        pair.looked_ms = now_ms
        horizon_ms = pair.parameters.window * pair.parameters.timeframe.ms
        for alert in pair.alerts.values():
            outcome = None if snapshot is None else _outcome(snapshot, alert)
            gone = snapshot is not None and outcome is None and _last_bar_ms(snapshot) >= alert.bar_ms + horizon_ms
            late = now_ms - alert.written_ms >= horizon_ms + GIVE_UP_MS
            if outcome is not None and outcome.ending is not Ending.UNDER_WAY:
                yield _Ended(key, _record(alert.id, outcome, now_ms))
            elif gone or late:
                yield _Ended(key, OutcomeRecord(alert.id, UNKNOWN, 0, None, None, None, now_ms))

    def _write(self, found: list[_Ended]) -> None:
        if not found:
            return
        with self._desk.database.write() as connection:
            for ended in found:
                append_outcome(connection, ended.outcome)
        for ended in found:
            if self._pairs[ended.key].drop(ended.outcome.alert_id):
                del self._pairs[ended.key]
        self._desk.changed()


def _outcome(snapshot: Snapshot, alert: OpenAlert) -> Outcome | None:
    horizon = snapshot.parameters.window
    return outcome_at(snapshot, alert.bar_ms, AlertEvent(alert.event), alert.clear, horizon=horizon)


def _last_bar_ms(snapshot: Snapshot) -> int:
    return int(snapshot.rows["open_time_ms"][-1]) if len(snapshot.rows) else -1


def _record(alert_id: int, outcome: Outcome, now_ms: int) -> OutcomeRecord:
    moves = (outcome.favourable, outcome.adverse, outcome.move)
    return OutcomeRecord(alert_id, outcome.ending.value, outcome.bars, *moves, now_ms)
