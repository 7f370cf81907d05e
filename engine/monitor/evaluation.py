"""Judges every pair with rules as soon as its bar is closed in both legs; others are read when their tests are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from engine.desk.desk import Desk
from engine.errors import EngineError
from engine.monitor.bell import Bell
from engine.monitor.journal import Journal, Judgement
from engine.monitor.judge import judge
from engine.monitor.slow_tests import SlowTests
from engine.parameters import PairParameters
from engine.snapshot import Snapshot
from store.errors import CorruptRecord
from store.sql.rules import RuleRecord

_LOG = logging.getLogger(__name__)


class Evaluation:
    """Asks for the snapshot of a pair only when something is to be done with it.

    `snapshot_of` is the reader's; what goes at a slower pace is offered every new snapshot.
    """

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        bell: Bell,
        snapshot_of: Callable[[PairParameters], Snapshot],
        slow_tests: SlowTests,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        self._desk = desk
        self._journal = journal
        self._bell = bell
        self._snapshot_of = snapshot_of
        self._slow_tests = slow_tests
        self._clock_ms = clock_ms
        self._pairs: dict[str, PairParameters] = {}
        self._last_bar_ms: dict[str, int] = {}
        self._complained: set[str] = set()

    def follow(self, pairs: Iterable[PairParameters]) -> None:
        """Follow exactly these pairs from now on."""
        self._pairs = {pair.key: pair for pair in pairs}
        self._last_bar_ms = {key: bar_ms for key, bar_ms in self._last_bar_ms.items() if key in self._pairs}

    def forget(self) -> None:
        """Look at every pair anew: the store was emptied, or plays another recording."""
        self._last_bar_ms.clear()
        self._slow_tests.forget()

    def run(self, epoch: str) -> int:
        """Judge what is new; how many alerts were new to the log."""
        rules = _by_pair(self._desk.rule_records())
        judgements: list[Judgement] = []
        passed: dict[str, int] = {}
        for snapshot in self._fresh_snapshots(rules):
            key = snapshot.parameters.key
            judgements += self._judge(rules.get(key, ()), snapshot, epoch)
            passed[key] = int(snapshot.rows["open_time_ms"][-1])
            self._slow_tests.offer(snapshot)
        new = self._journal.take(judgements)
        self._last_bar_ms |= passed
        return new

    def _fresh_snapshots(self, judged: Collection[str]) -> Iterator[Snapshot]:
        """Of the pairs with something new: a bar for those to be `judged`, by their keys, for the others tests due."""
        for key, pair in self._pairs.items():
            ready_ms, last_ms = self._bell.ready_ms(pair), self._last_bar_ms.get(key)
            if ready_ms is None or (last_ms is not None and ready_ms <= last_ms):
                continue
            if key not in judged and not self._slow_tests.wants(pair, ready_ms):
                continue
            snapshot = self._snapshot(key, pair)
            if snapshot is not None and len(snapshot.rows) and _last_bar_ms(snapshot) != last_ms:
                yield snapshot

    def _snapshot(self, key: str, pair: PairParameters) -> Snapshot | None:
        """None where the pair cannot be had; said once, and tried again at its next bar."""
        try:
            snapshot = self._snapshot_of(pair)
        except (EngineError, CorruptRecord) as error:
            if key not in self._complained:
                _LOG.warning("%s / %s cannot be judged: %s", pair.y, pair.x, error)
                self._complained.add(key)
            return None
        self._complained.discard(key)
        return snapshot

    def _judge(self, rules: Sequence[RuleRecord], snapshot: Snapshot, epoch: str) -> Iterator[Judgement]:
        settings = self._desk.settings_history()
        for rule in rules:
            before = self._journal.state(rule.id)
            judgement = judge(rule, snapshot, before, settings, epoch=epoch, written_ms=self._clock_ms())
            if judgement is not None:
                yield judgement


def _last_bar_ms(snapshot: Snapshot) -> int:
    return int(snapshot.rows["open_time_ms"][-1])


def _by_pair(rules: Iterable[RuleRecord]) -> dict[str, list[RuleRecord]]:
    grouped: dict[str, list[RuleRecord]] = {}
    for rule in rules:
        grouped.setdefault(rule.pair.pair_key, []).append(rule)
    return grouped
