"""What a desk shares for good: settings, watchlist, rules and the log of alerts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from redis import Redis
from sqlalchemy import Connection

from engine.desk_changes import (
    MAX_NAME,
    MAX_NOTE,
    check_effective_ms,
    check_levels,
    check_min_correlation,
    check_number,
    check_refresh_ms,
    check_text,
)
from engine.desk_records import alert_of, pair_record, rule_of, settings_history_of, watched_of
from engine.desk_types import FIRING, Alert, Rule, RuleKind, Settings, WatchedPair
from engine.durable_cache import DurableCache
from engine.errors import NotFound, ParameterError
from engine.event_time import next_bar_ms
from engine.parameters import PairParameters
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store.instruments import parse_instrument
from store.sql.alerts import acknowledge_alert, count_unacknowledged, read_alert, read_alerts, read_last_alerts
from store.sql.database import Database, open_database
from store.sql.rules import LevelRecord, append_level, append_rule, delete_rule, delete_rules_of_pair, read_rules
from store.sql.settings import SettingsRecord, append_settings, read_settings
from store.sql.watchlist import append_watched, delete_watched, read_watchlist

MAX_ALERTS = 1_000
T = TypeVar("T")
_WATCHING = "watch"
_USER = "user"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def open_desk(database_url: str, client: Redis) -> Desk:
    """A desk on the database at an address; nothing is connected before the first call."""
    return Desk(open_database(database_url), client)


class Desk:
    """Reads answer from memory until durable state changes anywhere (`engine.durable_cache`); safe for threads.

    Every method may raise `store.errors.StoreUnavailable` or `store.sql.errors.SchemaOutdated`.
    `clock_ms` gives UTC milliseconds.
    """

    def __init__(self, database: Database, client: Redis, *, clock_ms: Callable[[], int] = now_ms) -> None:
        self.database = database
        self._client = client
        self._clock_ms = clock_ms
        self._cache = DurableCache(client, time.monotonic)

    def version(self) -> int:
        """A number that moves whenever anything here changed: equal number, nothing to show anew."""
        return self._cache.version()

    def changed(self) -> None:
        """For whoever writes durable state past this class: readers everywhere drop what they hold."""
        self._cache.changed()

    # Settings

    def settings(self) -> Settings:
        """The settings as they now stand."""
        history = self.settings_history()
        return history[-1] if history else Settings()

    def settings_history(self) -> tuple[Settings, ...]:
        """What held from when, ascending in `effective_ms`; empty while nobody changed the defaults."""
        return self._cached("settings", lambda connection: settings_history_of(read_settings(connection)))

    def thresholds(self) -> tuple[Threshold, ...]:
        """Entry and exit over time, for `engine.thresholds.threshold_at`."""
        changes = (Threshold(state.effective_ms, state.entry, state.exit) for state in self.settings_history())
        return (DEFAULT_THRESHOLD, *changes)

    def change_settings(
        self,
        *,
        entry: float | None = None,
        exit: float | None = None,
        refresh_ms: int | None = None,
        min_correlation: float | None = None,
        effective_ms: int | None = None,
    ) -> Settings:
        """Change what is given and keep the rest; raise `ParameterError` for what is not possible.

        Thresholds hold for bars opening at or after `effective_ms`: by default the next bar, by the
        clock of the feed.
        """
        given = {"entry": entry, "exit": exit, "refresh_ms": refresh_ms, "min_correlation": min_correlation}
        changes = {name: check_number(name, value) for name, value in given.items() if value is not None}
        effective_ms = next_bar_ms(self._client, None, self._clock_ms()) if effective_ms is None else effective_ms
        with self.database.write() as connection:
            history = read_settings(connection)
            now = settings_history_of(history)[-1] if history else Settings()
            record = SettingsRecord(
                effective_ms=check_effective_ms(effective_ms),
                entry=changes.get("entry", now.entry),
                exit=changes.get("exit", now.exit),
                refresh_ms=check_refresh_ms(changes.get("refresh_ms", now.refresh_ms)),
                min_correlation=check_min_correlation(changes.get("min_correlation", now.min_correlation)),
                written_ms=self._clock_ms(),
            )
            check_levels(record.entry, record.exit)
            append_settings(connection, record)
        self.changed()
        return self.settings()

    # Watchlist

    def watchlist(self) -> tuple[WatchedPair, ...]:
        """The watched pairs, the first added first."""
        return self._cached("watchlist", lambda connection: tuple(map(watched_of, read_watchlist(connection))))

    def watch(self, parameters: PairParameters, *, effective_ms: int | None = None) -> WatchedPair:
        """Watch a pair, with a z rule that follows the settings from `effective_ms` on (default: the next bar).

        A pair that is watched already stays as it is.
        """
        effective_ms = self._effective_ms(parameters, effective_ms)
        with self.database.write() as connection:
            self._watch(connection, parameters, effective_ms)
            watched = tuple(map(watched_of, read_watchlist(connection)))
        self.changed()
        return next(entry for entry in watched if entry.parameters == parameters)

    def _watch(self, connection: Connection, parameters: PairParameters, effective_ms: int) -> None:
        pair, now = pair_record(parameters), self._clock_ms()
        if append_watched(connection, pair, now):
            level = LevelRecord(effective_ms, None, None, True)
            append_rule(connection, pair, kind=RuleKind.Z, origin=_WATCHING, created_ms=now, level=level)

    def unwatch(self, watch_id: int) -> None:
        """Stop watching, and end the rule that came with it; its alerts stay. Raise `NotFound`."""
        with self.database.write() as connection:
            key = delete_watched(connection, watch_id)
            if key is None:
                raise NotFound(f"no watched pair {watch_id}")
            delete_rules_of_pair(connection, key, _WATCHING, self._clock_ms())
        self.changed()

    # Rules

    def rules(self) -> tuple[Rule, ...]:
        """All rules, the first made first."""
        return self._cached("rules", lambda connection: tuple(map(rule_of, read_rules(connection))))

    def rule(self, rule_id: int) -> Rule:
        """One rule; raise `NotFound`."""
        for rule in self.rules():
            if rule.id == rule_id:
                return rule
        raise NotFound(f"no rule {rule_id}")

    def add_rule(
        self,
        parameters: PairParameters,
        *,
        fire: float | None = None,
        clear: float | None = None,
        effective_ms: int | None = None,
    ) -> Rule:
        """A z rule of its own levels (None follows the settings); raise `ParameterError`."""
        effective_ms = self._effective_ms(parameters, effective_ms)
        self._check_rule_levels(fire, clear)
        with self.database.write() as connection:
            rule_id = append_rule(
                connection,
                pair_record(parameters),
                kind=RuleKind.Z,
                origin=_USER,
                created_ms=self._clock_ms(),
                level=LevelRecord(effective_ms, fire, clear, True),
            )
        self.changed()
        return self.rule(rule_id)

    def put_rule(
        self,
        rule_id: int,
        *,
        fire: float | None,
        clear: float | None,
        enabled: bool = True,
        effective_ms: int | None = None,
    ) -> Rule:
        """Give a rule new levels from `effective_ms` on (default: the next bar); raise `NotFound`, `ParameterError`."""
        effective_ms = self._effective_ms(self.rule(rule_id).parameters, effective_ms)
        self._check_rule_levels(fire, clear)
        with self.database.write() as connection:
            if all(record.id != rule_id for record in read_rules(connection)):
                raise NotFound(f"no rule {rule_id}")
            append_level(connection, rule_id, LevelRecord(effective_ms, fire, clear, enabled), self._clock_ms())
        self.changed()
        return self.rule(rule_id)

    def delete_rule(self, rule_id: int) -> None:
        """End a rule; its alerts stay. Raise `NotFound`."""
        with self.database.write() as connection:
            if not delete_rule(connection, rule_id, self._clock_ms()):
                raise NotFound(f"no rule {rule_id}")
        self.changed()

    # Alerts

    def alerts(
        self,
        *,
        limit: int = 100,
        before: int | None = None,
        after: int | None = None,
        pair: PairParameters | None = None,
        legs: tuple[str, str] | None = None,
        since_ms: int | None = None,
        unacknowledged: bool = False,
    ) -> tuple[Alert, ...]:
        """The log, newest bar first.

        `before` is the id of the last alert of the page before, `after` asks for ids that came since,
        `pair` means exactly these parameters and `legs` (y, x) any, `since_ms` is the earliest bar close.
        `unacknowledged` keeps what waits for somebody.
        """
        if not 1 <= limit <= MAX_ALERTS:
            raise ParameterError("limit", limit, f"give a whole number from 1 to {MAX_ALERTS}")
        key = ("alerts", limit, before, after, pair, legs, since_ms, unacknowledged)
        return self._cached(
            key,
            lambda connection: tuple(
                alert_of(record)
                for record in read_alerts(
                    connection,
                    limit=limit,
                    before=before,
                    after=after,
                    pair_key=None if pair is None else pair.key,
                    legs=legs,
                    since_ms=since_ms,
                    events=FIRING if unacknowledged else None,
                    unacknowledged=unacknowledged,
                )
            ),
        )

    def last_alerts(self) -> Mapping[str, Alert]:
        """The newest alert of every pair that ever had one, by `PairParameters.key`."""
        return self._cached(
            "last alerts",
            lambda connection: {record.pair.pair_key: alert_of(record) for record in read_last_alerts(connection)},
        )

    def alert(self, alert_id: int) -> Alert:
        """One alert; raise `NotFound`."""
        with self.database.read() as connection:
            record = read_alert(connection, alert_id)
        if record is None:
            raise NotFound(f"no alert {alert_id}")
        return alert_of(record)

    def unacknowledged(self) -> int:
        """How many alerts wait for somebody."""
        return self._cached("unacknowledged", lambda connection: count_unacknowledged(connection, FIRING))

    def acknowledge(self, alert_id: int, by: str, note: str = "") -> Alert:
        """Mark an alert as seen. The first to do so stands. Raise `NotFound`, `ParameterError`."""
        by, note = check_text("by", by, MAX_NAME), check_text("note", note, MAX_NOTE)
        with self.database.write() as connection:
            acknowledge_alert(connection, alert_id, at_ms=self._clock_ms(), by=by, note=note)
        self.changed()
        return self.alert(alert_id)

    def _cached(self, key: object, load: Callable[[Connection], T]) -> T:
        def read() -> T:
            with self.database.read() as connection:
                return load(connection)

        return self._cache.get(key, read)

    def _effective_ms(self, parameters: PairParameters, given: int | None) -> int:
        if given is not None:
            return check_effective_ms(given)
        return next_bar_ms(self._client, parse_instrument(parameters.y).venue, self._clock_ms())

    def _check_rule_levels(self, fire: float | None, clear: float | None) -> None:
        given = {"fire": fire, "clear": clear}
        for name, value in given.items():
            if value is not None:
                check_number(name, value)
        settings = self.settings()
        check_levels(
            settings.entry if fire is None else fire,
            settings.exit if clear is None else clear,
            names=("fire", "clear"),
        )
