"""What followed the desk's alerts, and how often that was what one had hoped for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from analytics.outcomes import Ending, HitRate, hit_rate
from engine.desk.base import DeskBase
from engine.desk.types import FIRING, Alert, Rule
from engine.parameters import Scale
from engine.rules.kinds import REVERTING
from store.sql.outcomes import UNKNOWN as UNKNOWN
from store.sql.outcomes import OutcomeRecord, read_endings, read_outcomes

Unit = Literal["bp", "price"]


@dataclass(frozen=True, slots=True)
class AlertOutcome:
    """`ending` is "reverted", "not reverted" or "unknown"; moves are those of `analytics.outcomes.Outcome`, in `unit`.

    None where no price tells.
    """

    ending: str
    bars: int
    favourable: float | None
    adverse: float | None
    move: float | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class RuleHits:
    """`rate` counts alerts that came back within their horizon, among those of which that is known.

    `unknown` are those of which nobody knows: their bars had gone.
    """

    rate: HitRate
    unknown: int


NO_HITS = RuleHits(hit_rate(0, 0), 0)


def followed_by_something(alert: Alert) -> bool:
    """Whether an alert is one that z can come back from: else it has no outcome, and none is under way."""
    return alert.event in FIRING and alert.kind in REVERTING and alert.parameters.method.causal


def has_hits(rule: Rule) -> bool:
    """Whether the alerts of a rule have outcomes."""
    return rule.kind in REVERTING and rule.parameters.method.causal


class OutcomesDesk(DeskBase):
    """Outcomes of alerts, as far as they are over."""

    def outcomes(self, alerts: Iterable[Alert]) -> Mapping[int, AlertOutcome]:
        """Those of these alerts that are over, by the alert's id; one question for all of them."""
        units = {alert.id: _unit(alert) for alert in alerts if followed_by_something(alert)}
        if not units:
            return {}
        known = self._cached(("outcomes", tuple(units)), lambda connection: read_outcomes(connection, units))
        return {alert_id: _outcome(record, units[alert_id]) for alert_id, record in known.items()}

    def hits(self) -> Mapping[int, RuleHits]:
        """How often what every rule said was followed by z coming back, by the rule's id; `NO_HITS` for the others."""
        return self._cached(
            "hits", lambda connection: {key: _hits(counts) for key, counts in read_endings(connection).items()}
        )


def _unit(alert: Alert) -> Unit:
    return "bp" if alert.parameters.scale is Scale.LOG else "price"


def _outcome(record: OutcomeRecord, unit: Unit) -> AlertOutcome:
    return AlertOutcome(record.ending, record.bars, record.favourable, record.adverse, record.move, unit)


def _hits(counts: Mapping[str, int]) -> RuleHits:
    hits, misses = counts.get(Ending.REVERTED, 0), counts.get(Ending.NOT_REVERTED, 0)
    return RuleHits(hit_rate(hits, hits + misses), counts.get(UNKNOWN, 0))
