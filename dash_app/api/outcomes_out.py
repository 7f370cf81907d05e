"""What followed alerts, and how often that was what one had hoped for, as the API says it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field

from analytics.outcomes import HitRate
from dash_app.api.described import Described
from engine.board import Board
from engine.desk.outcomes import NO_HITS, has_hits
from engine.desk.types import Alert, Rule


class _MovesOut(Described):
    bars: int = Field(description="until z came back, else as many as were looked at")
    favourable: float | None = Field(description="the largest move for a position that waits for z to come back")
    adverse: float | None = Field(description="the largest one against it, not negative either")
    move: float | None = Field(description="the move at the end")


class PastOutcomeOut(_MovesOut):
    ending: Literal["reverted", "not reverted", "under way"]


class OutcomeOut(_MovesOut):
    ending: Literal["reverted", "not reverted", "unknown"] = Field(
        description="unknown: its bars had gone before that was known"
    )
    unit: Literal["bp", "price"] = Field(description="of the moves: of the spread by the hedge of the alert's bar")


class HitsOut(Described):
    hits: int = Field(description="alerts after which z came back to the clear level within the horizon, a fit window")
    n: int = Field(description="alerts of which that is known")
    rate: float | None
    low: float | None = Field(description="of the 95 % interval (Wilson)")
    high: float | None


class RuleHitsOut(HitsOut):
    unknown: int = Field(description="alerts of which nobody knows; not counted")


def outcomes_out(board: Board, alerts: Sequence[Alert]) -> dict[int, dict[str, Any]]:
    """Of the alerts that are over, by their ids: one question for all of them."""
    return {alert_id: asdict(outcome) for alert_id, outcome in board.desk.outcomes(alerts).items()}


def rules_hits_out(board: Board, rules: Sequence[Rule]) -> dict[int, dict[str, Any]]:
    """Of the rules whose alerts have outcomes, by their ids."""
    every = board.desk.hits()
    found = {rule.id: every.get(rule.id, NO_HITS) for rule in rules if has_hits(rule)}
    return {rule_id: {**hits_out(hits.rate), "unknown": hits.unknown} for rule_id, hits in found.items()}


def hits_out(found: HitRate) -> dict[str, Any]:
    return {"hits": found.hits, "n": found.n, **known({"rate": found.share, "low": found.low, "high": found.high})}


def known(fields: dict[str, Any]) -> dict[str, Any]:
    """NaN as null."""
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in fields.items()}
