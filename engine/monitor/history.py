"""The roll-up of history beside the monitor's loop."""

from __future__ import annotations

from collections.abc import Callable

from engine.history_rollup import RolledUp
from engine.monitor.repeated import Repeated

EVERY_S = 2.0


class HistoryWork(Repeated):
    """Runs `rollup` every two seconds, each pass one short transaction."""

    def __init__(self, rollup: Callable[[], RolledUp], *, every_s: float = EVERY_S) -> None:
        super().__init__("history", lambda: rollup().more, every_s=every_s)
