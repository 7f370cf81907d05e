"""The desk's settings: thresholds, refresh period, minimum correlation, and what they were when."""

from __future__ import annotations

from engine.desk.base import DeskBase
from engine.desk.changes import check_levels, check_min_correlation, check_number, check_refresh_ms
from engine.desk.records import settings_history_of
from engine.desk.types import Settings
from engine.thresholds import DEFAULT_THRESHOLD, Threshold
from store.sql.settings import SettingsRecord, append_settings, read_settings


class SettingsDesk(DeskBase):
    """Settings as everybody at the desk shares them."""

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

        Thresholds hold for bars closing at or after `effective_ms`: by default the next bar, by the
        clock of the feed.
        """
        given = {"entry": entry, "exit": exit, "refresh_ms": refresh_ms, "min_correlation": min_correlation}
        changes = {name: check_number(name, value) for name, value in given.items() if value is not None}
        effective_ms = self._effective_ms(None, effective_ms)
        with self.database.write() as connection:
            history = read_settings(connection)
            now = settings_history_of(history)[-1] if history else Settings()
            record = SettingsRecord(
                effective_ms=effective_ms,
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
