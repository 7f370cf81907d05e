"""Taking one file of a venue's public archive: checked from end to end first, stored only then.

Bars go into SQL in one transaction. Ticks, where an archive is named, go there before, in files whose
names come from the imported one: a crash in between is mended by importing the file again, which
replaces them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.grid import Bars
from store.history.minutes import IMPORTED, append_minutes
from store.imports import minutes, trades
from store.imports.columns import Columns, is_microseconds, parse_block
from store.imports.errors import BrokenImport
from store.imports.names import Kind, Named, parse_name
from store.imports.zipped import Block, check_sum, read_blocks
from store.instruments import Instrument
from store.sql.database import Database

if TYPE_CHECKING:
    from store.archive.archive import Archive

VENUES = ("spot", "usdm")
_HEADERS = (b"agg_trade_id", b"open_time")
_TICKS_OF_A_PART = 500_000


class Progress(NamedTuple):
    """How far: a word for the step, and the share of it that is done, 0 to 1."""

    step: str
    share: float


class Imported(NamedTuple):
    """What a file brought. `missing` counts trade ids absent within it, None where it has none."""

    instrument: str
    lines: int
    bars: int
    first_ms: int
    last_ms: int
    missing: int | None
    ticks_archived: int


class _Found(NamedTuple):
    venue: str
    lines: int
    bars: Bars
    missing: int | None


def import_file(
    path: Path,
    database: Database,
    *,
    archive: Archive | None = None,
    venue: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Imported:
    """Take a zip of aggTrades or 1 m klines into SQL, and the trades into `archive`.

    `venue` is needed where the file does not show it: klines in ms without a header. Minutes that are
    known better stay as they are. Raises `BrokenImport` before anything is stored, `StoreUnavailable`.
    """
    named = parse_name(path)
    check_sum(path)
    found = _checked(path, named, venue, progress)
    name = str(Instrument(found.venue, named.symbol))
    archived = 0
    if archive is not None and named.kind is Kind.TRADES:
        archived = _archive(path, named, name, archive, progress)
    progress(Progress("storing", 0.0))
    with database.write() as connection:
        append_minutes(connection, name, found.bars, generation=IMPORTED)
    progress(Progress("storing", 1.0))
    opens = found.bars["open_time_s"].astype(np.int64) * 1000
    return Imported(name, found.lines, len(opens), int(opens[0]), int(opens[-1]), found.missing, archived)


def _checked(path: Path, named: Named, venue: str | None, progress: Callable[[Progress], None]) -> _Found:
    """Read all of a file: its bars, if every line holds."""
    fold, lines = trades.MinuteFold(), 0
    parts: list[Bars] = []
    for block in _data_blocks(path):
        if not lines:
            venue = _venue(path, named, block, venue)
        if named.kind is Kind.TRADES:
            fold.update(_ticks(path, named, block, fold.last_id, venue))
        else:
            parts.append(_klines(path, named, block, parts[-1] if parts else None))
        lines += len(block.lines)
        progress(Progress("checking", block.share))
    if venue is None or not lines:
        raise BrokenImport(path, None, "holds no line of data")
    if named.kind is Kind.TRADES:
        return _Found(venue, lines, fold.get(), fold.missing)
    return _Found(venue, lines, np.concatenate(parts), None)


def _archive(path: Path, named: Named, name: str, archive: Archive, progress: Callable[[Progress], None]) -> int:
    count, number, last_id = 0, 0, None
    pending: list[trades.Ticks] = []
    for block in _data_blocks(path):
        ticks = _ticks(path, named, block, last_id, name.partition(":")[0])
        last_id = int(ticks["trade_id"][-1])
        pending.append(ticks)
        count += len(ticks)
        if sum(map(len, pending)) >= _TICKS_OF_A_PART:
            archive.write(name, np.concatenate(pending), f"import-{named.date}-{number:04d}")
            pending, number = [], number + 1
        progress(Progress("archiving", block.share))
    if pending:
        archive.write(name, np.concatenate(pending), f"import-{named.date}-{number:04d}")
    return count


def _data_blocks(path: Path) -> Iterator[Block]:
    """Blocks without the header, which older files lack; its names are the venue's."""
    for block in read_blocks(path):
        if block.first_line == 1 and not block.lines[0][:1].isdigit():
            if block.lines[0].split(b",")[0] not in _HEADERS:
                raise BrokenImport(path, 1, "is neither data nor the header of such a file")
            block = Block(2, block.lines[1:], block.share)  # noqa: PLW2901
        if block.lines:
            yield block


def _ticks(path: Path, named: Named, block: Block, last_id: int | None, venue: str | None) -> trades.Ticks:
    widths = trades.WIDTHS[1:] if venue == "spot" else trades.WIDTHS[:1]
    ticks = parse_block(path, block, widths, trades.parse_trades)
    _require_period(path, named, block, ticks["time_ms"])
    ids = ticks["trade_id"]
    steps = np.diff(ids, prepend=ids[0] - 1 if last_id is None else last_id)
    if (steps <= 0).any():
        place = int((steps <= 0).argmax())
        raise BrokenImport(path, block.first_line + place, f"id {int(ids[place])} does not follow the one before")
    return ticks


def _klines(path: Path, named: Named, block: Block, before: Bars | None) -> Bars:
    bars = parse_block(path, block, minutes.WIDTHS, minutes.parse_klines)
    opens = bars["open_time_s"].astype(np.int64)
    _require_period(path, named, block, opens * 1000)
    steps = np.diff(opens, prepend=opens[0] - 60 if before is None else int(before["open_time_s"][-1]))
    if (steps <= 0).any():
        raise BrokenImport(path, block.first_line + int((steps <= 0).argmax()), "does not follow the minute before")
    return bars


def _require_period(path: Path, named: Named, block: Block, times_ms: NDArray[np.int64]) -> None:
    outside = (times_ms < named.start_ms) | (times_ms >= named.end_ms)
    if outside.any():
        place = int(outside.argmax())
        raise BrokenImport(path, block.first_line + place, f"its time is not of {named.date}, as the file's name says")


def _venue(path: Path, named: Named, block: Block, given: str | None) -> str:
    """Spot files have an eighth column of trades, and µs since 2025; futures files a header."""
    widths = trades.WIDTHS if named.kind is Kind.TRADES else minutes.WIDTHS

    def look(columns: Columns) -> str | None:
        if named.kind is Kind.TRADES:
            return "spot" if len(columns) == max(trades.WIDTHS) else "usdm"
        if is_microseconds(columns[0]):
            return "spot"
        return "usdm" if block.first_line == 2 else None

    seen = parse_block(path, Block(block.first_line, block.lines[:1], 0.0), widths, look)
    if given is not None and given not in VENUES:
        raise BrokenImport(path, None, f"cannot be of {given[:20]!r}: name {' or '.join(VENUES)}")
    if given is not None and seen is not None and given != seen:
        raise BrokenImport(path, block.first_line, f"is a line of {seen}, not of {given}")
    if given is None and seen is None:
        raise BrokenImport(path, None, f"may be of {' or '.join(VENUES)}: name its venue")
    return given or seen or ""
