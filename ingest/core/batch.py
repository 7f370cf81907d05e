"""What the core hands on: frozen results, packed as they will be stored."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from ingest.core.events import Notice
from ingest.core.rejections import Rejection
from store.gap_ledger import GapRecord


class LegBatch(NamedTuple):
    """What is new of one instrument. Bars and ticks are packed as in `store.bars` and `store.ticks`.

    `ticks` holds runs of packed ticks, in trade-id order but for late ones; `seconds` and `minutes`
    closed bars in the order of publication; `open_second` and `open_minute` the newest unfinished
    bar, None if there is none; `state` what `Core.load_state` takes; `gaps` what changed in the gap ledger.
    """

    instrument: str
    ticks: tuple[bytes, ...]
    seconds: tuple[bytes, ...]
    minutes: tuple[bytes, ...]
    open_second: bytes | None
    open_minute: bytes | None
    state: bytes
    gaps: tuple[GapRecord, ...] = ()


class Batch(NamedTuple):
    """Everything new since the last one. Nothing is in it twice, so what is not stored must be kept by its taker."""

    venue: str
    legs: tuple[LegBatch, ...]
    notices: tuple[Notice, ...]


class WantedGap(NamedTuple):
    """Ids `first` to `last`, absent. `held`: later ticks still wait for them."""

    symbol: str
    first: int
    last: int
    held: bool


@dataclass(frozen=True, slots=True)
class LegCounts:
    """Counts of one instrument since the core took it up; times in ms, 0 for never."""

    trades: int
    quotes: int
    duplicates: int
    late: int
    gaps: int
    gaps_open: int
    missing_ids: int
    last_trade_ms: int

    def plus(self, other: LegCounts) -> LegCounts:
        """Both together."""
        names = [each.name for each in fields(self)]
        total = {name: getattr(self, name) + getattr(other, name) for name in names}
        return LegCounts(**total | {"last_trade_ms": max(self.last_trade_ms, other.last_trade_ms)})


NO_COUNTS = LegCounts(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of the venue since the core was made. `clock_ms` is the venue's clock, 0 before the first frame.

    `gone` is what was counted of instruments that are followed no longer. `rejected` counts frames that something is
    wrong with, `ignored` those that are only of no use here.
    """

    clock_ms: int
    frames: int
    rejected: dict[Rejection, int]
    ignored: dict[Rejection, int]
    legs: dict[str, LegCounts]
    gone: LegCounts = NO_COUNTS

    @property
    def trades(self) -> int:
        return sum((leg.trades for leg in self.legs.values()), self.gone.trades)

    @property
    def quotes(self) -> int:
        return sum((leg.quotes for leg in self.legs.values()), self.gone.quotes)

    @property
    def duplicates(self) -> int:
        return sum((leg.duplicates for leg in self.legs.values()), self.gone.duplicates)

    @property
    def late(self) -> int:
        """Trades that came too late for any bar."""
        return sum((leg.late for leg in self.legs.values()), self.gone.late)

    @property
    def rejections(self) -> int:
        return sum(self.rejected.values())
