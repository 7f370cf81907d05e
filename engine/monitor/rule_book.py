"""The rules as they stand, by pair and by when their values are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.rules.kinds import KINDS, RuleKind, Source
from store.sql.rules import RuleRecord


class RuleBook:
    """Rules by `PairParameters.key`."""

    def __init__(self, rules: Iterable[RuleRecord]) -> None:
        self._rules: dict[tuple[str, Source], list[RuleRecord]] = {}
        for rule in rules:
            self._rules.setdefault((rule.pair.pair_key, KINDS[RuleKind(rule.kind)].source), []).append(rule)

    def of(self, pair_key: str, source: Source) -> Sequence[RuleRecord]:
        return self._rules.get((pair_key, source), ())

    def pairs(self, source: Source) -> list[str]:
        """The pairs that have rules of that source."""
        return [pair_key for pair_key, of_source in self._rules if of_source is source]
