"""Which of a desk's rules a test means."""

from __future__ import annotations

from engine.desk.desk import Desk
from engine.rules.kinds import RuleKind
from store.sql.rules import RuleRecord


def last_rule(desk: Desk, kind: RuleKind = RuleKind.Z) -> RuleRecord:
    """The one of a kind that was made last: a watched pair comes with rules of several kinds."""
    return next(rule for rule in reversed(desk.rule_records()) if rule.kind == kind)
