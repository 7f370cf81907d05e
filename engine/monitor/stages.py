"""Moves pairs through their lives as alerts are written and as bars close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from engine.desk.desk import Desk
from engine.monitor.bell import Bell
from engine.stage_log import Told, record_after, record_time, told_of
from engine.stages import Stage
from store.sql.alerts import AlertRecord
from store.sql.pairs import PairRecord
from store.sql.stages import lock_lives, read_last_stages


def record_alerts(connection: Connection, alerts: Sequence[AlertRecord], now_ms: int) -> int:
    """What alerts mean to their pairs, in the transaction that wrote them; how many stages are new.

    The alerts are to be new to the log. Those of pairs that are not watched move nothing.
    """
    by_pair: defaultdict[str, list[AlertRecord]] = defaultdict(list)
    pairs: dict[str, PairRecord] = {}
    for alert in alerts:
        by_pair[alert.pair.pair_key].append(alert)
        pairs[alert.pair.pair_key] = alert.pair
    told: dict[str, list[Told]] = {key: told_of(of_pair) for key, of_pair in by_pair.items()}
    moved = [key for key, of_pair in told.items() if of_pair]
    watched = lock_lives(connection, moved) if moved else frozenset()
    last = read_last_stages(connection, watched) if watched else {}
    return sum(record_after(connection, pairs[key], last[key], told[key], now_ms) for key in moved if key in last)


class Cooling:
    """Ends what cools down at the close of the pair's bar: `run` costs a look at those pairs alone."""

    def __init__(self, desk: Desk, bell: Bell, clock_ms: Callable[[], int]) -> None:
        self._desk = desk
        self._bell = bell
        self._clock_ms = clock_ms

    def run(self) -> int:
        """How many pairs have cooled down. Raises `StoreUnavailable`."""
        over: dict[str, int] = {}
        for key, each in self._desk.stages().items():
            if each.stage is not Stage.COOLING or each.until_ms is None:
                continue
            bar_ms = self._bell.ready_ms(each.parameters)
            if bar_ms is not None and bar_ms + each.parameters.timeframe.ms >= each.until_ms:
                over[key] = bar_ms + each.parameters.timeframe.ms
        return self._write(over) if over else 0

    def _write(self, over: dict[str, int]) -> int:
        with self._desk.database.write() as connection:
            watched = lock_lives(connection, over)
            last = read_last_stages(connection, watched) if watched else {}
            new = sum(
                record_time(connection, each.pair, each, over[key], self._clock_ms()) for key, each in last.items()
            )
        if new:
            self._desk.changed()
        return new
