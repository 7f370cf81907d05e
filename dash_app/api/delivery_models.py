"""What goes in and comes out of the calls about targets, deliveries and silences."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.models import MAX_ID, Asked, Closed, PairOut, TimeframeName
from engine.desk.silences import MAX_SILENCE_MS
from engine.desk.targets import DEFAULT_PER_MINUTE, MAX_DELIVERIES, MAX_PER_MINUTE

MAX_MINUTES = MAX_SILENCE_MS // 60_000
HOLD_SECRETS = frozenset({"TargetBody", "TargetChangeBody"})
"""Bodies of which no refusal repeats anything."""


class TargetPath(Asked):
    target_id: int = Field(ge=1, le=MAX_ID)


class SilencePath(Asked):
    silence_id: int = Field(ge=1, le=MAX_ID)


class TargetWords(Closed):
    name: str = Field(description="by which the log speaks of it")
    everything: bool = Field(True, strict=True, description="gets alerts of rules that name no targets")
    per_minute: int = Field(
        DEFAULT_PER_MINUTE, strict=True, ge=1, le=MAX_PER_MINUTE, description="messages; what comes faster is grouped"
    )
    template: str = Field("", description="of each alert's part of a message; empty: the usual one")


class TargetBody(TargetWords):
    url: str = Field(description="an address as Apprise has them; it is not told again")


class TargetChangeBody(TargetWords):
    url: str | None = Field(None, description="null keeps the address")


class PreviewBody(Closed):
    template: str = Field("", description="empty: the usual one")


class RuleTargetsBody(Closed):
    targets: list[int] = Field(description="numbers of targets; none: those for everything")


class SilenceBody(Closed):
    rule_id: int | None = Field(None, strict=True, description="a rule, or else a pair with all its parameters")
    y: str | None = None
    x: str | None = None
    timeframe: TimeframeName = "1m"
    window: int | None = None
    z_window: int | None = None
    method: str | None = None
    beta: float | None = None
    scale: str | None = None
    field: str | None = None
    minutes: int = Field(strict=True, ge=1, le=MAX_MINUTES, description="from the next bar on, by the venue's clock")
    by: str = Field("", description="who")
    note: str = ""


class DeliveriesQuery(Closed):
    limit: int = Field(100, ge=1, le=MAX_DELIVERIES)
    before: int | None = Field(None, ge=1, le=MAX_ID, description="the `next` of the page before")
    target: int | None = Field(None, ge=1, le=MAX_ID)
    alert: int | None = Field(None, ge=1, le=MAX_ID)


class TargetOut(Described):
    id: int
    name: str
    address: str = Field(description="its service and host; the rest is secret")
    everything: bool
    per_minute: int
    template: str
    created: str


class GivenTargetOut(TargetOut):
    doubt: str | None = Field(description="why it is not known whether the address just given can be reached")


class PreviewOut(Described):
    title: str
    body: str = Field(description="of the newest alert, or of an example; its id stands for that of a message")


class TargetsOut(Described):
    items: list[TargetOut]
    next: None = None


class RuleTargetsOut(Described):
    rule_id: int
    targets: list[int]


class DeliveryOut(Described):
    id: int
    alert_id: int | None = Field(description="null for a test")
    target_id: int
    target: str
    message_id: str | None = Field(description="X-Spreadboard-Id of the message, the same however often it goes")
    state: Literal["waiting", "failed", "sent", "given up"] = Field(description="failed is tried again when due")
    attempts: int
    due: str
    sent: str | None
    error: str
    created: str


class DeliveriesOut(Described):
    items: list[DeliveryOut]
    next: int | None


class SilenceOut(Described):
    id: int
    rule_id: int | None
    pair: PairOut | None
    start: str = Field(description="bars that close at or after it")
    end: str
    by: str
    note: str


class SilencesOut(Described):
    items: list[SilenceOut]
    next: None = None
