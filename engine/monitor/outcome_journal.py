"""Writes what followed each alert on z, once it is over: z came back, or the horizon has passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from analytics.outcomes import Ending, Outcome
from engine.desk.desk import Desk
from engine.desk.records import parameters_of
from engine.desk.types import FIRING, AlertEvent
from engine.errors import EngineError
from engine.parameters import PairParameters
from engine.rehearsal import REVERTING, cleared_at, outcome_at
from engine.snapshot import Snapshot
from store.errors import CorruptRecord
from store.sql.alerts import AlertRecord
from store.sql.outcomes import UNKNOWN, OutcomeRecord, append_outcome, read_open_alerts

MOST = 500  # alerts looked at in one round: the oldest


class OutcomeJournal:
    """Every outcome is written once, in a transaction of its own kind: to be asked for every some seconds.

    An alert whose bar is not kept any more, by a restart with an emptied store or a long pause, has an outcome that
    nobody knows, and that is written too. `snapshot_of` is the reader's.
    """

    def __init__(
        self, desk: Desk, snapshot_of: Callable[[PairParameters], Snapshot], clock_ms: Callable[[], int]
    ) -> None:
        self._desk = desk
        self._snapshot_of = snapshot_of
        self._clock_ms = clock_ms

    def run(self) -> int:
        """How many were written. Raises `StoreUnavailable`."""
        with self._desk.database.read() as connection:
            alerts = read_open_alerts(connection, kinds=REVERTING, events=FIRING, limit=MOST)
        found = [each for pair, of_pair in _by_pair(alerts).items() for each in self._ended(pair, of_pair)]
        if found:
            with self._desk.database.write() as connection:
                for outcome in found:
                    append_outcome(connection, outcome)
            self._desk.changed()
        return len(found)

    def _ended(self, pair: PairParameters, alerts: Sequence[AlertRecord]) -> Iterator[OutcomeRecord]:
        try:
            snapshot = self._snapshot_of(pair)
        except (EngineError, CorruptRecord):
            return
        if not pair.method.causal or not len(snapshot.rows):
            return
        for alert in alerts:
            event = AlertEvent(alert.event)
            outcome = outcome_at(snapshot, alert.bar_ms, event, cleared_at(alert), horizon=pair.window)
            if outcome is None and alert.bar_ms > int(snapshot.rows["open_time_ms"][-1]):
                continue  # its bar has not come to this reader yet
            if outcome is None or outcome.ending is not Ending.UNDER_WAY:
                yield _record(alert.id, outcome, self._clock_ms())


def _record(alert_id: int, outcome: Outcome | None, now_ms: int) -> OutcomeRecord:
    if outcome is None:
        return OutcomeRecord(alert_id, UNKNOWN, 0, None, None, None, now_ms)
    moves = (outcome.favourable, outcome.adverse, outcome.move)
    return OutcomeRecord(alert_id, outcome.ending.value, outcome.bars, *moves, now_ms)


def _by_pair(alerts: Sequence[AlertRecord]) -> dict[PairParameters, list[AlertRecord]]:
    grouped: defaultdict[PairParameters, list[AlertRecord]] = defaultdict(list)
    for alert in alerts:
        grouped[parameters_of(alert.pair)].append(alert)
    return grouped
