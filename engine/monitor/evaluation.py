"""Judges every pair with rules as soon as its bar is closed in both legs; others are read when their tests are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from engine.desk.desk import Desk
from engine.errors import EngineError
from engine.monitor.bell import Bell
from engine.monitor.journal import Journal, Judgement
from engine.monitor.judge import Judge
from engine.monitor.rule_book import RuleBook
from engine.monitor.slow_tests import SlowTests, Tested
from engine.parameters import PairParameters
from engine.rules.kinds import Source
from engine.snapshot import Snapshot
from store.errors import CorruptRecord
from store.sql.rules import RuleRecord

_LOG = logging.getLogger(__name__)


class Evaluation:
    """Asks for the snapshot of a pair only when something is to be done with it.

    `snapshot_of` and `bring_up` are the reader's; what goes at a slower pace is offered every new snapshot, as `judged`
    is told it.
    """

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        bell: Bell,
        snapshot_of: Callable[[PairParameters], Snapshot],
        slow_tests: SlowTests,
        *,
        judged: Callable[[Snapshot], None] = lambda _: None,
        bring_up: Callable[[Sequence[PairParameters]], None] = lambda _: None,
        clock_ms: Callable[[], int],
    ) -> None:
        self._desk = desk
        self._judged = judged
        self._bring_up = bring_up
        self._journal = journal
        self._bell = bell
        self._snapshot_of = snapshot_of
        self._slow_tests = slow_tests
        self._clock_ms = clock_ms
        self._pairs: dict[str, PairParameters] = {}
        self._to_test: frozenset[str] = frozenset()
        self._last_bar_ms: dict[str, int] = {}
        self._records: tuple[RuleRecord, ...] = ()
        self._rules = RuleBook(())
        self._tested: list[Tested] = []  # until what rules say of it is written
        self._complained: set[str] = set()

    def follow(self, pairs: Iterable[PairParameters], *, tested: Iterable[PairParameters] | None = None) -> None:
        """Follow exactly these pairs from now on; the slow tests run on those `tested` (all, if None), and where rules
        judge them."""
        self._pairs = {pair.key: pair for pair in pairs}
        self._to_test = frozenset(self._pairs if tested is None else (pair.key for pair in tested))
        self._last_bar_ms = {key: bar_ms for key, bar_ms in self._last_bar_ms.items() if key in self._pairs}

    def forget(self) -> None:
        """Look at every pair anew: the store was emptied, or plays another recording."""
        self._last_bar_ms.clear()
        self._tested.clear()
        self._slow_tests.forget()

    def run(self, epoch: str) -> int:
        """Judge what is new; how many alerts were new to the log."""
        book = self._book()
        judgements: list[Judgement] = []
        passed: dict[str, int] = {}
        for snapshot in self._fresh_snapshots(book):
            key = snapshot.parameters.key
            for judge in self._judges(book.of(key, Source.BARS), snapshot.parameters, epoch):
                judgements += _told(judge.bars(snapshot))
            passed[key] = int(snapshot.rows["open_time_ms"][-1])
            if self._has_tests(key, book):
                self._offer(book.of(key, Source.TESTS), snapshot, epoch)
            self._judged(snapshot)
        self._tested += self._slow_tests.found()
        new = self._journal.take([*judgements, *self._by_tests(book, epoch)])
        self._last_bar_ms |= passed
        for key in {tested.snapshot.parameters.key for tested in self._tested}:
            if book.of(key, Source.TESTS):  # the next due bar, if the tests have fallen behind the bars
                self._last_bar_ms.pop(key, None)
        self._tested.clear()
        return new

    def watch_clock(self, epoch: str) -> int:
        """Judge for how long no bar has closed; to be asked every second or so. How many alerts were new to the log."""
        book, now_ms = self._book(), self._clock_ms()
        judgements: list[Judgement] = []
        for key in book.pairs(Source.CLOCK):
            pair = self._pairs.get(key)
            last_ms = None if pair is None else self._bell.ready_ms(pair)
            if pair is None or last_ms is None or not _of_now(pair):
                continue
            for judge in self._judges(book.of(key, Source.CLOCK), pair, epoch):
                judgements += _told(judge.clock(last_ms, now_ms))
        return self._journal.take(judgements)

    def _book(self) -> RuleBook:
        records = self._desk.rule_records()
        if records is not self._records:
            self._records, self._rules = records, RuleBook(records)
        return self._rules

    def _by_tests(self, book: RuleBook, epoch: str) -> Iterator[Judgement]:
        for tested in self._tested:
            p = tested.snapshot.parameters
            for judge in self._judges(book.of(p.key, Source.TESTS), p, epoch):
                yield from _told(judge.tests(tested.diagnosis, tested.snapshot))

    def _offer(self, rules: Iterable[RuleRecord], snapshot: Snapshot, epoch: str) -> None:
        """Have the pair tested at its last due bar; where rules judge the tests, at each due bar in its turn."""
        judges = self._judges(rules, snapshot.parameters, epoch)
        due = [bar_ms for judge in judges if (bar_ms := judge.next_test_ms(snapshot)) is not None]
        self._slow_tests.offer(snapshot, min(due, default=None))

    def _fresh_snapshots(self, book: RuleBook) -> Iterator[Snapshot]:
        """Of the pairs with something new: a bar for those to be judged by bars, for the others tests due."""
        ready = [pair for key, pair in self._pairs.items() if self._is_ready(key, pair, book)]
        if len(ready) > 1:
            self._bring_up(ready)
        for pair in ready:
            snapshot, last_ms = self._snapshot(pair.key, pair), self._last_bar_ms.get(pair.key)
            if snapshot is not None and len(snapshot.rows) and _last_bar_ms(snapshot) != last_ms:
                yield snapshot

    def _is_ready(self, key: str, pair: PairParameters, book: RuleBook) -> bool:
        ready_ms, last_ms = self._bell.ready_ms(pair), self._last_bar_ms.get(key)
        if ready_ms is None or (last_ms is not None and ready_ms <= last_ms):
            return False
        by_bars = bool(book.of(key, Source.BARS))
        return by_bars or (self._has_tests(key, book) and self._slow_tests.wants(pair, ready_ms))

    def _has_tests(self, key: str, book: RuleBook) -> bool:
        return key in self._to_test or bool(book.of(key, Source.TESTS))

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

    def _judges(self, rules: Iterable[RuleRecord], pair: PairParameters, epoch: str) -> Iterator[Judge]:
        settings, now_ms = self._desk.settings_history(), self._clock_ms()
        for rule in rules:
            yield Judge(rule, pair, self._journal.state(rule.id), settings, epoch=epoch, written_ms=now_ms)


def _told(judgement: Judgement | None) -> tuple[Judgement, ...]:
    return () if judgement is None else (judgement,)


def _of_now(pair: PairParameters) -> bool:
    """Whether bars of the pair should come by the clock on the wall."""
    return not pair.y.startswith(("replay:", "upload:"))


def _last_bar_ms(snapshot: Snapshot) -> int:
    return int(snapshot.rows["open_time_ms"][-1])
