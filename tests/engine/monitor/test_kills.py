"""The same ticks give the same log of alerts, whatever befalls the monitors that write it.

Rules on "no data" are left out here: they judge how long no bar came by the clock on the wall, which a recording does
not have, and a monitor that is dead looks at no clock. How they are judged by a clock of our own stands at the end.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from engine.desk.records import pair_record
from engine.desk.types import Settings
from engine.monitor.judge import Judge
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS, RuleKind, Source
from store.client import connect_reader
from store.sql.rules import LevelRecord, RuleRecord
from store.sql.states import StateRecord
from tests.tools.alert_blows import cuts, kills, overlaps
from tests.tools.replayed_alerts import PAIRS, WORDS, Log, Stage, last_bar_ms, record

SECONDS = 330  # the tests run five times of which four have bars enough


class Replays:
    """A recording, and a stage for each time that it is played."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self._folder, self._redis_url = folder, redis_url
        self._path = folder / "sim.frames.gz"
        record(self._path, SECONDS)
        self._client = connect_reader(redis_url)
        self._last_ms = last_bar_ms(self._path, self._client)
        self.undisturbed = self.stage("undisturbed").finish()

    def stage(self, name: str) -> Stage:
        return Stage(self._path, self._last_ms, self._client, self._redis_url, self._folder / f"{name}.sqlite")


@pytest.fixture(scope="module")
def replays(tmp_path_factory: pytest.TempPathFactory, _valkey: str) -> Replays:
    return Replays(tmp_path_factory.mktemp("replays"), _valkey)


def check(found: Log, wanted: Log) -> None:
    assert found.alerts == wanted.alerts  # floats too: to the last bit
    assert set(found.deliveries) == {1}
    assert found.states == wanted.states


def test_a_monitor_left_alone_logs_alerts_of_every_kind_that_bars_decide(replays: Replays) -> None:
    found = replays.undisturbed
    assert set(WORDS) == {kind.key for kind in KINDS.values() if kind.source is not Source.CLOCK}
    fired = {alert.kind for alert in found.alerts if alert.event != "clear"}
    assert fired == set(WORDS)
    assert len({alert.pair.pair_key for alert in found.alerts}) == len(PAIRS)
    assert len(found.alerts) > 150
    assert set(found.deliveries) == {1}


def test_killed_at_random_points_monitors_write_the_same_log(replays: Replays) -> None:
    stage = replays.stage("killed")
    kills(stage, Random(3), 4)
    check(stage.finish(), replays.undisturbed)


def test_two_monitors_at_once_whose_connections_are_cut_write_the_same_log(replays: Replays) -> None:
    stage, chance = replays.stage("overlapped"), Random(4)
    overlaps(stage, chance, 5)
    cuts(stage, chance, 5)
    check(stage.finish(), replays.undisturbed)


@pytest.mark.parametrize("seed", range(20))
def test_no_data_is_said_once_by_whichever_monitor_looks_at_the_clock(seed: int) -> None:
    chance, pair = Random(seed), PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
    minute = pair.timeframe.ms
    rule = RuleRecord(1, pair_record(pair), RuleKind.NO_DATA.value, "user", 0, (LevelRecord(0, None, None),))
    written = standing = StateRecord("idle", 9 * minute, "e")
    log = set()
    last_bar = 10
    for now_ms in [*sorted(chance.sample(range(11 * minute, 40 * minute), 40)), 40 * minute]:
        judge = Judge(rule, pair, standing, (Settings(),), epoch="e", written_ms=now_ms)
        judgement = judge.clock(last_bar * minute, now_ms)
        if judgement is not None:
            standing = judgement.after
            log |= {(alert.event, alert.bar_ms // minute) for alert in judgement.alerts}
            written = standing if judgement.alerts or chance.random() < 0.2 else written
        if chance.random() < 0.3:
            standing = written  # killed: another goes on from what was written
    assert log == {("above", 13)}
    back = replace(judge, state=standing).clock(40 * minute, 41 * minute)
    assert back is not None
    assert [(alert.event, alert.bar_ms // minute) for alert in back.alerts] == [("clear", 40)]
