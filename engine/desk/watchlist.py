"""The desk's watchlist."""

from __future__ import annotations

from sqlalchemy import Connection

from engine.desk.base import DeskBase
from engine.desk.records import pair_record, watched_of
from engine.desk.types import RuleKind, WatchedPair
from engine.errors import NotFound
from engine.parameters import PairParameters
from store.instruments import parse_instrument
from store.sql.flags import append_flag
from store.sql.rules import LevelRecord, append_rule, delete_rules_of_pair
from store.sql.watchlist import append_watched, delete_watched, read_watchlist

WATCHING = "watch"
"""The origin of the rule that comes and goes with a watched pair."""


class WatchlistDesk(DeskBase):
    """The pairs that the monitor follows whether or not a browser is open."""

    def watchlist(self) -> tuple[WatchedPair, ...]:
        """The watched pairs, the first added first."""
        return self._cached("watchlist", lambda connection: tuple(map(watched_of, read_watchlist(connection))))

    def watch(self, parameters: PairParameters, *, effective_ms: int | None = None) -> WatchedPair:
        """Watch a pair, with a z rule that follows the settings from `effective_ms` on (default: the next bar).

        A pair that is watched already stays as it is.
        """
        effective_ms = self._effective_ms(parse_instrument(parameters.y).venue, effective_ms)
        with self.database.write() as connection:
            self._watch(connection, parameters, effective_ms)
            watched = tuple(map(watched_of, read_watchlist(connection)))
        self.changed()
        return next(entry for entry in watched if entry.parameters == parameters)

    def _watch(self, connection: Connection, parameters: PairParameters, effective_ms: int) -> None:
        pair, now = pair_record(parameters), self._clock_ms()
        if append_watched(connection, pair, now):
            level = LevelRecord(effective_ms, None, None)
            append_rule(connection, pair, kind=RuleKind.Z, origin=WATCHING, created_ms=now, level=level)

    def watch_once(self, parameters: PairParameters, *, effective_ms: int) -> bool:
        """Watch a pair that a fresh board should open with; False where that was done before, even if undone since."""
        with self.database.write() as connection:
            if not append_flag(connection, f"watched {parameters.key}", self._clock_ms()):
                return False
            self._watch(connection, parameters, effective_ms)
        self.changed()
        return True

    def unwatch(self, watch_id: int) -> None:
        """Stop watching, and end the rule that came with it; its alerts stay. Raise `NotFound`."""
        with self.database.write() as connection:
            key = delete_watched(connection, watch_id)
            if key is None:
                raise NotFound(f"no watched pair {watch_id}")
            delete_rules_of_pair(connection, key, WATCHING, self._clock_ms())
        self.changed()
