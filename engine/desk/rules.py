"""The desk's alert rules."""

from __future__ import annotations

from engine.desk.records import level_record, pair_record, rule_of
from engine.desk.rule_words import check_words
from engine.desk.settings import SettingsDesk
from engine.desk.twins import refusal_of, twins_of
from engine.desk.types import Rule, RuleKind, RuleWords
from engine.errors import NotFound
from engine.parameters import PairParameters
from engine.stage_log import RULE_DELETED, RULE_OFF, record_rule_end
from store.instruments import parse_instrument
from store.sql.rules import RuleRecord, append_level, append_rule, delete_rule, read_rules, rules_mark

_USER = "user"
_AS_SET = RuleWords()


class RulesDesk(SettingsDesk):
    """Rules, whose levels are their own or the settings'."""

    _kept: tuple[tuple[int, ...], tuple[RuleRecord, ...]] | None = None
    _read: tuple[tuple[RuleRecord, ...], tuple[Rule, ...]] | None = None

    def rules(self) -> tuple[Rule, ...]:
        """All rules, the first made first."""
        records = self.rule_records()
        if self._read is None or self._read[0] is not records:
            self._read = records, tuple(map(rule_of, records))
        return self._read[1]

    def rule_records(self) -> tuple[RuleRecord, ...]:
        """The rules with all that they ever said and from when, for whoever judges bars; the same while none changed.

        Alerts change other things of the desk many times a second: what tells that rules did is a question of its own.
        """
        mark = self._cached("rules", rules_mark)
        if self._kept is None or self._kept[0] != mark:
            with self.database.read() as connection:
                self._kept = rules_mark(connection), read_rules(connection)
        return self._kept[1]

    def rule(self, rule_id: int) -> Rule:
        """One rule; raise `NotFound`."""
        for rule in self.rules():
            if rule.id == rule_id:
                return rule
        raise NotFound(f"no rule {rule_id}")

    def add_rule(
        self,
        parameters: PairParameters,
        kind: RuleKind = RuleKind.Z,
        words: RuleWords = _AS_SET,
        *,
        effective_ms: int | None = None,
    ) -> Rule:
        """A rule that judges bars from `effective_ms` on (default: the next bar); raise `ParameterError`.

        One that says what another says already is refused, even where that is off: each alert would come twice.
        """
        effective_ms = self._effective_ms(parse_instrument(parameters.y).venue, effective_ms)
        words = check_words(kind, words, self.settings())
        with self.database.write() as connection:
            for twin in twins_of(connection, parameters, kind, words):
                raise refusal_of(twin, "kind", kind.value)
            rule_id = append_rule(
                connection,
                pair_record(parameters),
                kind=kind,
                origin=_USER,
                created_ms=self._clock_ms(),
                level=level_record(words, effective_ms),
            )
        self.changed()
        return self.rule(rule_id)

    def put_rule(self, rule_id: int, words: RuleWords, *, effective_ms: int | None = None) -> Rule:
        """Give a rule new words from `effective_ms` on (default: the next bar); raise `NotFound`, `ParameterError`.

        Words that another rule has are refused, unless one of the two is off.
        """
        rule = self.rule(rule_id)
        effective_ms = self._effective_ms(parse_instrument(rule.parameters.y).venue, effective_ms)
        words = check_words(rule.kind, words, self.settings())
        with self.database.write() as connection:
            if all(record.id != rule_id for record in read_rules(connection)):
                raise NotFound(f"no rule {rule_id}")
            for twin in twins_of(connection, rule.parameters, rule.kind, words, besides=rule_id):
                if words.enabled and twin.words.enabled:
                    fire = "blank" if words.fire is None else words.fire
                    raise refusal_of(twin, *(("fire", fire) if rule.words.enabled else ("enabled", "on")))
            append_level(connection, rule_id, level_record(words, effective_ms), self._clock_ms())
            if not words.enabled:
                record_rule_end(
                    connection, rule.parameters, rule_id, at_ms=effective_ms, reason=RULE_OFF, now_ms=self._clock_ms()
                )
        self.changed()
        return self.rule(rule_id)

    def delete_rule(self, rule_id: int) -> None:
        """End a rule; its alerts stay. Raise `NotFound`."""
        pair = self.rule(rule_id).parameters
        effective_ms = self._effective_ms(parse_instrument(pair.y).venue, None)
        with self.database.write() as connection:
            if not delete_rule(connection, rule_id, self._clock_ms()):
                raise NotFound(f"no rule {rule_id}")
            record_rule_end(connection, pair, rule_id, at_ms=effective_ms, reason=RULE_DELETED, now_ms=self._clock_ms())
        self.changed()
