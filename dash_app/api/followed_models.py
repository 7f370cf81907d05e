"""What goes in and comes out of the calls about what the ingestor follows, and about whole venues."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dash_app.api.described import Described
from dash_app.api.models import BARS, Asked, Closed


class FollowedQuery(Closed):
    venue: str | None = Field(None, description="sim, spot or usdm; all of them without it")


class FollowBody(Closed):
    instrument: str = Field(description="venue:SYMBOL, as sim:BTCUSDT")


class VenuePath(Asked):
    venue: str = Field(description="sim, spot or usdm")


class ClosesQuery(Closed):
    bars: int = Field(60, ge=1, le=1_440, description="minutes", json_schema_extra=BARS)
    symbols: str | None = Field(None, description="some of them, with commas between; all without it")


class FollowedOut(Described):
    id: str
    venue: str
    symbol: str
    position: int
    added: str | None = Field(description="null for the set that the ingestor began with")
    state: Literal["following", "warming", "waiting", "refused", "disconnected"]
    reason: str = Field(description="why it is another state than following")


class FollowedListOut(Described):
    items: list[FollowedOut]
    next: None = None


class VenueSymbolOut(Described):
    id: str
    symbol: str
    base: str
    quote: str


class VenueSymbolsOut(Described):
    items: list[VenueSymbolOut]
    next: None = None
