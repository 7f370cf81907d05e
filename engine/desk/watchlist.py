"""The desk's watchlist."""

from __future__ import annotations

from sqlalchemy import Connection

from engine.desk.base import DeskBase
from engine.desk.changes import MAX_NAME, check_text
from engine.desk.records import pair_record, watched_of
from engine.desk.stages import MAX_REASON
from engine.desk.twins import twins_of
from engine.desk.types import RuleKind, RuleWords, WatchedPair
from engine.errors import NotFound, ParameterError
from engine.parameters import PairParameters
from engine.stage_log import Told, record
from engine.stages import Event, Stage
from store.instruments import parse_instrument
from store.sql.flags import append_flag
from store.sql.rules import LevelRecord, append_rule, delete_rules_of_pair
from store.sql.stages import lock_lives, read_last_stage
from store.sql.watchlist import append_watched, delete_watched, read_watchlist

WATCHING = "watch"
"""The origin of the rules that come and go with a watched pair."""

BEGUN_WITH = (RuleKind.Z, RuleKind.VOLATILITY)
"""What judges a watched pair from the start. z does not fire while the legs do not move together, and a jump of one
takes their correlation along: the second rule tells that. A rule on correlation is left to the desk, as its level
depends on how often the legs trade: some pairs never reach the usual one, and would count as broken for good."""


class WatchlistDesk(DeskBase):
    """The pairs that the monitor follows whether or not a browser is open."""

    def watchlist(self) -> tuple[WatchedPair, ...]:
        """The watched pairs, the first added first."""
        return self._cached("watchlist", lambda connection: tuple(map(watched_of, read_watchlist(connection))))

    def watch(
        self,
        parameters: PairParameters,
        *,
        effective_ms: int | None = None,
        stage: Stage = Stage.WATCHED,
        by: str = "",
        reason: str = "",
    ) -> WatchedPair:
        """Watch a pair, with the rules of `BEGUN_WITH` from `effective_ms` on (default: the next bar).

        Its life begins there as watched, or as a candidate that somebody proposes. A pair that is watched already
        stays as it is. Raise `ParameterError`.
        """
        if stage not in (Stage.WATCHED, Stage.CANDIDATE):
            raise ParameterError("stage", stage.value, f"a pair begins as {Stage.WATCHED} or {Stage.CANDIDATE}")
        begin = Told(Event.decided(0, stage), *_why(by, reason))
        effective_ms = self._effective_ms(parse_instrument(parameters.y).venue, effective_ms)
        with self.database.write() as connection:
            self._watch(connection, parameters, effective_ms, begin)
            watched = tuple(map(watched_of, read_watchlist(connection)))
        self.changed()
        return next(entry for entry in watched if entry.parameters == parameters)

    def _watch(self, connection: Connection, parameters: PairParameters, effective_ms: int, begin: Told) -> None:
        pair, now = pair_record(parameters), self._clock_ms()
        if append_watched(connection, pair, now):
            level = LevelRecord(effective_ms, None, None)
            for kind in BEGUN_WITH:
                if any(rule.words.enabled for rule in twins_of(connection, parameters, kind, RuleWords())):
                    continue  # somebody's own, which stays when the pair is given up
                append_rule(connection, pair, kind=kind, origin=WATCHING, created_ms=now, level=level)
            begin = begin._replace(event=begin.event._replace(at_ms=effective_ms))
            record(connection, pair, [begin], now)

    def watch_once(self, parameters: PairParameters, *, effective_ms: int) -> bool:
        """Watch a pair that a fresh board should open with; False where that was done before, even if undone since."""
        with self.database.write() as connection:
            if not append_flag(connection, f"watched {parameters.key}", self._clock_ms()):
                return False
            self._watch(connection, parameters, effective_ms, _SEEDED)
        self.changed()
        return True

    def unwatch(self, watch_id: int, *, by: str = "", reason: str = "") -> None:
        """Stop watching, and end the rules that came with it; their alerts stay. Raise `NotFound`, `ParameterError`."""
        reason, by = _why(by, reason)
        entry = next((each for each in self.watchlist() if each.id == watch_id), None)
        venue = None if entry is None else parse_instrument(entry.parameters.y).venue
        at_ms = self._effective_ms(venue, None)
        with self.database.write() as connection:
            if entry is not None:
                lock_lives(connection, [entry.parameters.key])
            key = delete_watched(connection, watch_id)
            if key is None:
                raise NotFound(f"no watched pair {watch_id}")
            delete_rules_of_pair(connection, key, WATCHING, self._clock_ms())
            if last := read_last_stage(connection, key):
                end = Told(Event.decided(at_ms, Stage.REMOVED), reason, by)
                record(connection, last.pair, [end], self._clock_ms())
        self.changed()


_SEEDED = Told(Event.decided(0, Stage.CANDIDATE), "one of the pairs that a fresh board opens with", "")


def _why(by: str, reason: str) -> tuple[str, str]:
    """A reason and a name, either of which may be blank, in the order of `Told`."""
    return check_text("note", reason, MAX_REASON), check_text("by", by, MAX_NAME)
