"""The desk's alert rules."""

from __future__ import annotations

from engine.desk.changes import check_levels, check_number
from engine.desk.records import pair_record, rule_of
from engine.desk.settings import SettingsDesk
from engine.desk.types import Rule, RuleKind
from engine.errors import NotFound
from engine.parameters import PairParameters
from store.instruments import parse_instrument
from store.sql.rules import LevelRecord, RuleRecord, append_level, append_rule, delete_rule, read_rules

_USER = "user"


class RulesDesk(SettingsDesk):
    """Rules, whose levels are their own or the settings'."""

    def rules(self) -> tuple[Rule, ...]:
        """All rules, the first made first."""
        return tuple(map(rule_of, self.rule_records()))

    def rule_records(self) -> tuple[RuleRecord, ...]:
        """The rules with all that they ever said and from when, for whoever judges bars."""
        return self._cached("rules", read_rules)

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
        effective_ms = self._effective_ms(parse_instrument(parameters.y).venue, effective_ms)
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
        effective_ms = self._effective_ms(parse_instrument(self.rule(rule_id).parameters.y).venue, effective_ms)
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
