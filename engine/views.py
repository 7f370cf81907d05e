"""What the reader gives besides snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.universe import Universe as Universe
from store.catalogue import InstrumentInfo
from store.feed import FeedState as FeedState
from store.feed import LegState as LegState
from store.gap_ledger import GapRecord as GapRecord
from store.marks import MarkPrice as MarkPrice
from store.marks import Settlement as Settlement
from store.reader_gaps import ReaderGap as ReaderGap


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """One instrument and what is kept of it.

    `first_ms` is the open of its oldest bar of any kept timeframe and `last_ms` the close of its
    newest, UTC, None where there are none. `completeness` is the share of trade ids seen over the
    last hour of minutes whose ids are known, of an upload over all of it, None where no ids are known. `mark` is the
    venue's last word on mark price and funding, None where it has none.
    """

    info: InstrumentInfo
    first_ms: int | None
    last_ms: int | None
    completeness: float | None
    mark: MarkPrice | None = None

    @property
    def id(self) -> str:
        return self.info.id


@dataclass(frozen=True, slots=True)
class OpenPrices:
    """Provisional prices of the bar that is not closed yet, None where a leg has none; in no snapshot.

    `open_time_ms` is the open time of the later of the two unfinished bars.
    """

    y: float | None = None
    x: float | None = None
    open_time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the board is fit to serve, and why not.

    `data_age_ms` is the time since the last frame of the freshest feed, None before the first.
    A silent feed is a state, not a reason to be unfit, and so is a slow store: the rest is then as it was last known.
    """

    fit: bool
    store: Literal["ok", "slow", "unreachable"]
    warmed_up: bool
    monitor: bool
    feeds: tuple[FeedState, ...]
    data_age_ms: int | None
    reasons: tuple[str, ...]
