"""The board: all that pages and API need of the engine, opened once per process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.apart.apart import Apart
from engine.data_table import DataTable
from engine.delivery.addresses import Network
from engine.desk.desk import Desk, open_desk
from engine.reader import HISTORY_BARS, Reader
from engine.system import System
from engine.uploads.uploads import Uploads
from engine.views import Health
from store.client import connect_reader
from store.errors import StoreError, StoreSlow


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Board:
    """What a desk sees: `reader` for snapshots, feeds and bars, `desk` for what it keeps for good, `data` for what
    there is of each instrument.

    `system` tells how the board itself is, `apart` does what would take a process of ours too much memory, `clock_ms`
    gives UTC milliseconds.
    """

    reader: Reader
    desk: Desk
    system: System
    data: DataTable
    apart: Apart
    clock_ms: Callable[[], int] = _now_ms

    @property
    def uploads(self) -> Uploads:
        """What analysts brought along."""
        return Uploads(self.desk.client, self.desk.database, clock_ms=self.clock_ms)

    def close(self) -> None:
        """Let go of the connections to store and database, for whoever opened the board."""
        self.desk.client.close()
        self.desk.database.close()

    def health(self) -> Health:
        """Whether the board is fit to serve; never raises, and takes no longer than the store's timeout."""
        store: Literal["ok", "slow"] = "ok"
        reasons: tuple[str, ...] = ()
        try:
            feeds, instruments, monitor = self.reader.feeds(), self.reader.instruments(), self.reader.monitor()
        except StoreSlow as error:
            store, reasons = "slow", (str(error),)
            feeds, instruments, monitor = self.reader.last_known()
        except StoreError as error:
            return _unfit(str(error))
        now_ms = self.clock_ms()
        received_ms = max((feed.received_ms for feed in feeds), default=0)
        warmed_up = any(view.last_ms is not None for view in instruments)
        return Health(
            fit=warmed_up,
            store=store,
            warmed_up=warmed_up,
            monitor=monitor is not None and monitor.alive(now_ms),
            feeds=feeds,
            data_age_ms=max(now_ms - received_ms, 0) if received_ms else None,
            reasons=reasons if warmed_up else (*reasons, "warming up: no closed bar of any instrument yet"),
        )


def _unfit(reason: str) -> Health:
    return Health(
        fit=False, store="unreachable", warmed_up=False, monitor=False, feeds=(), data_age_ms=None, reasons=(reason,)
    )


def open_board(
    redis_url: str,
    database_url: str,
    *,
    history_bars: int = HISTORY_BARS,
    alert_allowed_nets: Sequence[Network] = (),
    public_url: str = "",
) -> Board:
    """A board on a store and a database; nothing is connected before the first call, so a process may fork after.

    For composition roots; safe between threads.
    """
    client = connect_reader(redis_url)
    desk = open_desk(database_url, client, alert_allowed_nets=alert_allowed_nets, public_url=public_url)
    reader = Reader(client, desk.thresholds, history_bars=history_bars, database=desk.database)
    system = System(client, desk.database)
    data = DataTable(client, reader.instruments, followed=desk.followed, database=desk.database)
    return Board(reader, desk, system, data, Apart(redis_url, database_url))
