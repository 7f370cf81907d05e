"""How the board itself is: its processes, the server of its store, its database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from redis import Redis

from engine.circuit import Circuit
from engine.recent import Recent
from store.errors import StoreError
from store.heartbeat import Heartbeat as Heartbeat
from store.latencies import Latencies as Latencies
from store.latencies import Latency as Latency
from store.process_state import ConnectionView as ConnectionView
from store.process_state import ProcessKind, read_processes
from store.process_state import ProcessState as ProcessState
from store.process_state import Vitals as Vitals
from store.server_info import ServerInfo as ServerInfo
from store.server_info import read_server_info
from store.sql.database import Database
from store.sql.size import database_bytes

LOOK_AGE_S = 0.5
DATABASE_AGE_S = 30.0


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """``sqlite`` or ``postgresql``; of one that does not answer there is a `reason` instead of a size."""

    dialect: str
    size_bytes: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SystemView:
    """All of it at one moment, `now_ms`, by the store's clock; `processes` of the last ten minutes."""

    now_ms: int
    processes: tuple[ProcessState, ...]
    store: ServerInfo
    database: DatabaseView


class System:
    """Looks at most twice a second, whoever asks; safe between threads."""

    def __init__(self, client: Redis, database: Database, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._database = database
        self._circuit = Circuit(now_s)
        self._size = Recent(self._database_view, max_age_s=DATABASE_AGE_S, now_s=now_s)
        self._view = Recent(self._looked, max_age_s=LOOK_AGE_S, now_s=now_s)

    def look(self) -> SystemView:
        """How things are; raises `StoreUnavailable`, or its `StoreSlow`."""
        return self._view.get()

    def heartbeat(self, kind: ProcessKind, vitals: Callable[[], Vitals]) -> Heartbeat:
        """The heartbeat of this process, to be started."""
        return Heartbeat(self._client, kind, vitals)

    def _looked(self) -> SystemView:
        with self._circuit.closed():
            processes, server = read_processes(self._client), read_server_info(self._client)
        return SystemView(processes.now_ms, processes.states, server, self._size.get())

    def _database_view(self) -> DatabaseView:
        try:
            return DatabaseView(self._database.dialect, database_bytes(self._database))
        except StoreError as error:
            return DatabaseView(self._database.dialect, None, str(error))
