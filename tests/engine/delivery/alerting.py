"""A desk whose rule speaks when it is told to, and targets without the second that their check takes."""

from __future__ import annotations

from collections.abc import Iterable

from engine.desk.desk import Desk
from engine.monitor.journal import Journal
from engine.monitor.judge import Judge
from engine.parameters import PairParameters
from store.sql.targets import Secret, TargetRecord, append_target
from tests.engine.monitor.rows_of_z import snapshot_of_z

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
MINUTE = PAIR.timeframe.ms


def add_target(desk: Desk, url: str, *, name: str = "t", everything: bool = True, per_minute: int = 60) -> int:
    """A target of any address; its id."""
    with desk.database.write() as connection:
        record = TargetRecord(name, Secret(url), url.split("//", maxsplit=1)[0], everything, per_minute, None, 0)
        target_id = append_target(connection, record)
    desk.changed()
    return target_id


class Voice:
    """Judges all rules of `PAIR` by rows of z that grow: 3 fires, 0 clears."""

    def __init__(self, desk: Desk, journal: Journal) -> None:
        self._desk, self._journal = desk, journal
        self._z: list[float] = []
        journal.load()

    def say(self, z: Iterable[float]) -> int:
        """How many alerts were new."""
        self._z += z
        snapshot = snapshot_of_z(PAIR, self._z)
        settings = self._desk.settings_history()
        judges = (
            Judge(rule, PAIR, self._journal.state(rule.id), settings, epoch="e", written_ms=1)
            for rule in self._desk.rule_records()
        )
        judged = [judge.bars(snapshot) for judge in judges]
        return self._journal.take([judgement for judgement in judged if judgement is not None])
