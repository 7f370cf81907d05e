"""What goes in and comes out of the calls about lives of pairs and notes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.models import MAX_ID, Asked, Closed, PairOut, PairQuery, WatchBody
from engine.desk.notes import MAX_NOTES
from engine.desk.stages import MAX_STAGES

StageName = Literal["candidate", "watched", "active", "broken", "cooling down", "removed"]
CauseName = Literal["alert", "time", "hand", "rule ended"]


class WatchlistBody(WatchBody):
    stage: Literal["watched", "candidate"] = Field(
        "watched", description="watched, or candidate for what is only proposed"
    )
    by: str = Field("", description="who adds it")
    note: str = Field("", description="why")


class UnwatchQuery(Closed):
    by: str = Field("", description="who takes it off")
    note: str = Field("", description="why")


class HistoryQuery(PairQuery):
    limit: int = Field(100, ge=1, le=MAX_STAGES)
    before: int | None = Field(None, ge=1, le=MAX_ID, description="the `next` of the page before")


class StageBody(WatchBody):
    stage: StageName = Field(description="where the pair is to be from the next bar on, by the venue's clock")
    by: str = Field(description="who decides")
    note: str = Field(description="why")


class StageOut(Described):
    id: int
    pair: PairOut
    stage: StageName
    bar_close: str = Field(
        description="from this close on; 1970 for recordings, which are watched from their first bar"
    )
    cause: CauseName = Field(description="an alert, time that passed, somebody's hand, or that the alert's rule ended")
    reason: str
    by: str = Field(description="empty for the board itself")
    written: str
    until: str | None = Field(description="when a pair that is cooling down is watched again, unless something comes")


class StagesOut(Described):
    items: list[StageOut]
    next: int | None


class NotesQuery(Closed):
    limit: int = Field(100, ge=1, le=MAX_NOTES)
    before: int | None = Field(None, ge=1, le=MAX_ID, description="the `next` of the page before")


class NoteBody(Closed):
    y: str = Field(description="dependent leg, venue:SYMBOL")
    x: str = Field(description="independent leg, venue:SYMBOL")
    note: str
    by: str = Field(description="who writes it")
    at: str | None = Field(None, description="the time it is about; without it now, by the venue's clock")


class NotePath(Asked):
    note_id: int = Field(ge=1, le=MAX_ID)


class NoteQuery(Closed):
    by: str = Field(description="its author")


class NoteOut(Described):
    id: int
    y: str
    x: str
    at: str = Field(description="the time it is about")
    by: str
    note: str
    written: str


class NotesOut(Described):
    items: list[NoteOut]
    next: int | None
