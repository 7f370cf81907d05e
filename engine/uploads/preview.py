"""What a file would bring, before anything of it is stored: pure, and the same each time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.uploads.cells import Cells, read_cells
from engine.uploads.clean_bars import order_bars, read_bars
from engine.uploads.clean_ticks import order_ticks, read_ticks
from engine.uploads.columns import is_trades
from engine.uploads.errors import UploadRefused
from engine.uploads.lines import read_lines
from engine.uploads.numbers import price_step
from engine.uploads.periods import finest_timeframe
from engine.uploads.problems import Cleaning, LineProblem
from engine.uploads.statistics import Statistics, bar_statistics, tick_statistics
from engine.uploads.symbols import parse_symbol, symbol_of_file
from engine.uploads.times import read_times
from store.timeframes import Timeframe

Kind = Literal["ticks", "bars"]
HEAD_ROWS = 20
MAX_SYMBOLS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One instrument's cleaned rows: `store.ticks.TICK_DTYPE`, or `store.bars.PACKED_BAR` of `period_s` seconds.

    `symbol` is the file's own, or the proposal from its name. `timeframe` is the finest that it can be seen at.
    """

    symbol: str
    rows: NDArray[np.void]
    period_s: int | None
    timeframe: Timeframe
    tick_size: float
    statistics: Statistics


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a file holds and what was done to it. Times are UTC ms.

    `columns` maps each meaning that was found to the file's own name of the column. `needs_zone`: its times
    have no zone and were taken for UTC, which somebody has to confirm by naming one. `problems` are the first 200
    lines left out, `problem_counts` all of them by reason; `notes` what was noticed of the whole. With several
    symbols `statistics` and `timeframe` are those of the first of `series`.
    """

    file_name: str
    sha256: str
    kind: Kind
    columns: Mapping[str, str]
    zone: str | None
    needs_zone: bool
    series: tuple[Series, ...]
    head: tuple[dict[str, Any], ...]
    problems: tuple[LineProblem, ...]
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(series.symbol for series in self.series)

    @property
    def rows(self) -> int:
        return sum(len(series.rows) for series in self.series)

    @property
    def timeframe(self) -> Timeframe:
        return self.series[0].timeframe

    @property
    def statistics(self) -> Statistics:
        return self.series[0].statistics

    @property
    def first_ms(self) -> int:
        return min(series.statistics.first_ms for series in self.series)

    @property
    def last_ms(self) -> int:
        return max(series.statistics.last_ms for series in self.series)


def preview(file_name: str, raw: bytes, zone: str | None = None) -> Preview:
    """Read a file of trades or bars as it came; `zone` is that of times without one.

    CSV with a header, or NDJSON, UTF-8, plain or gzip, at most 10 MB. Lines that cannot be used are left out and
    reported. Raises `UploadRefused` where most of them are such, or the file is something else.
    """
    cells = read_cells(read_lines(raw))
    cleaning = Cleaning(cells.lines)
    for problem in cells.broken:
        cleaning.add(problem)
    cleaning.require_enough()
    times = read_times(cells, cleaning, zone)
    kind: Kind = "ticks" if is_trades(cells.columns) else "bars"
    table = (read_ticks if kind == "ticks" else read_bars)(cells.columns, times.ms, cleaning)
    groups = _groups(cells, cleaning, file_name)
    cleaning.require_enough()
    made = [_series(symbol, table, rows, cells=cells, cleaning=cleaning) for symbol, rows in groups]
    cleaning.require_enough()
    return Preview(
        file_name=file_name[:200],
        sha256=hashlib.sha256(raw).hexdigest(),
        kind=kind,
        columns=cells.found,
        zone=zone,
        needs_zone=times.needs_zone,
        series=tuple(series for series, _ in made),
        head=_head(kind, made[0][0].rows[:HEAD_ROWS]),
        problems=cleaning.problems,
        problem_counts=cleaning.counts,
        notes=(*times.notes, *_file_notes(cells, kind), *dict.fromkeys(note for _, notes in made for note in notes)),
    )


def _groups(cells: Cells, cleaning: Cleaning, file_name: str) -> list[tuple[str, NDArray[np.int64]]]:
    """The rows of each symbol that are left, in the order in which symbols first appear."""
    if "symbol" not in cells.columns:
        return [(symbol_of_file(file_name), np.flatnonzero(cleaning.kept))]
    texts = cells.columns["symbol"]
    known = {text: parse_symbol(text) for text in dict.fromkeys(texts)}
    cleaning.take_out(np.array([known[text] is None for text in texts], np.bool_), "symbol is none", texts)
    numbers = {symbol: number for number, symbol in enumerate(dict.fromkeys(s for s in known.values() if s))}
    if len(numbers) > MAX_SYMBOLS:
        raise UploadRefused(f"the file has {len(numbers):,} symbols, and {MAX_SYMBOLS} are taken at once")
    of_rows = np.array([numbers.get(known[text] or "", -1) for text in texts], np.int64)
    groups = [(symbol, np.flatnonzero(cleaning.kept & (of_rows == number))) for symbol, number in numbers.items()]
    return [(symbol, rows) for symbol, rows in groups if len(rows)]


def _series(
    symbol: str, table: NDArray[np.void], rows: NDArray[np.int64], *, cells: Cells, cleaning: Cleaning
) -> tuple[Series, Iterable[str]]:
    if is_trades(cells.columns):
        ticks = order_ticks(table[rows], rows, cleaning)
        step = _step(cells.columns["price"], ticks.rows)
        return Series(symbol, ticks.ticks, None, Timeframe.S1, step, tick_statistics(ticks.ticks)), ticks.notes
    bars = order_bars(table[rows], rows, cleaning)
    if not len(bars.bars):
        raise UploadRefused(f"{symbol} has no bar that can be used")
    step = _step(cells.columns["close"], bars.rows)
    finest = finest_timeframe(bars.period_s)
    return Series(symbol, bars.bars, bars.period_s, finest, step, bar_statistics(bars.bars, bars.period_s)), bars.notes


def _step(texts: Any, rows: NDArray[np.int64]) -> float:
    return price_step([texts[row] for row in rows.tolist()])


def _file_notes(cells: Cells, kind: Kind) -> Iterable[str]:
    if kind == "ticks":
        if "id" not in cells.columns:
            yield "trades without ids: whether some are missing is not known"
        return
    if not all(name in cells.columns for name in ("open", "high", "low")):
        yield "not all of open, high and low are there: the close stands in for them"
    if "volume" not in cells.columns:
        yield "no volume: it is 0 in every bar"
    if "trades" not in cells.columns:
        yield "no number of trades: it is 1 in every bar in which something was traded, not a count"


def _head(kind: Kind, rows: NDArray[np.void]) -> tuple[dict[str, Any], ...]:
    if kind == "ticks":
        names = ("time_ms", "price", "quantity", "trade_id", "side")
        return tuple({name: row[name].item() for name in names} for row in rows)
    columns = ("open", "high", "low", "close", "volume", "trades")
    return tuple({"time_ms": int(row["open_time_s"]) * 1000, **{n: row[n].item() for n in columns}} for row in rows)
