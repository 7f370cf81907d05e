"""What goes in and comes out of the calls about rules and alerts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.models import MAX_ID, Asked, Closed, PairOut, RangeQuery, WatchBody
from dash_app.api.outcomes_out import OutcomeOut, RuleHitsOut
from engine.bar_state import BarState
from engine.desk.types import RuleKind


class AlertsQuery(RangeQuery):
    """Of the close of their bars."""

    limit: int = Field(100, ge=1, le=1_000)
    before: int | None = Field(None, ge=1, le=MAX_ID, description="the `next` of the page before")
    y: str | None = Field(None, description="dependent leg, with `x`: of these two, whatever the parameters")
    x: str | None = Field(None, description="independent leg, with `y`")
    rule: int | None = Field(None, ge=1, le=MAX_ID, description="its id")
    kind: RuleKind | None = None
    fired: bool = Field(False, description="without what cleared")
    unacknowledged: bool = Field(False, description="only what fired and waits for somebody")


class AlertPath(Asked):
    alert_id: int = Field(ge=1, le=MAX_ID)


class RulePath(Asked):
    rule_id: int = Field(ge=1, le=MAX_ID)


class AcknowledgeBody(Closed):
    by: str = Field(description="who")
    note: str = ""


class RuleLevelsBody(Closed):
    fire: float | None = Field(None, description="null follows the kind's default; for z the settings' entry")
    clear: float | None = Field(None, description="null follows the kind's default; for z the settings' exit")
    enabled: bool = True
    pending_bars: int = Field(0, strict=True, description="how long a breach lasts before it fires")
    cooldown_bars: int = Field(0, strict=True, description="how long after it fired it does not fire again")
    keep_bars: int = Field(0, strict=True, description="how long the value has to be back before it clears")
    min_correlation: float | None = Field(None, description="below it z and spread do not fire; null: the settings'")


class RuleBody(WatchBody, RuleLevelsBody):
    kind: RuleKind = RuleKind.Z


class RuleOut(Described):
    id: int
    pair: PairOut
    kind: RuleKind
    fire: float | None
    clear: float | None
    enabled: bool
    pending_bars: int
    cooldown_bars: int
    keep_bars: int
    min_correlation: float | None
    effective: str | None = Field(description="bars that close at or after it are judged so; null: all that are kept")
    created: str
    hits: RuleHitsOut | None = Field(description="how often z came back; null for rules on other values than z")


class RulesOut(Described):
    items: list[RuleOut]
    next: None = None


class AlertOut(Described):
    id: int
    rule_id: int
    pair: PairOut
    kind: RuleKind
    event: Literal["above", "below", "clear"]
    bar_close: str
    value: float | None = Field(description="what the rule judged, in the unit of its kind")
    z: float | None
    spread: float | None
    beta: float | None
    correlation: float | None
    fire: float
    clear: float
    written: str
    acknowledged: str | None
    acknowledged_by: str
    note: str
    silenced: bool = Field(description="nobody was told of it")
    bar_state: BarState | None = Field(description="how complete its bar was when it was judged; null without a bar")
    bar_missing: int | None = Field(description="trades known to lack then; null where how many is not known")
    outcome: OutcomeOut | None = Field(
        description="what followed; null while that is under way, and where a rule's alert has none: z alone comes back"
    )


class AlertsOut(Described):
    items: list[AlertOut]
    next: int | None
