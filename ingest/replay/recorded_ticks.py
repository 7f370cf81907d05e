"""Recordings of trades without their frames: NDJSON and CSV. A line that is no trade is left out and counted."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

import orjson

from ingest.core.fields import LIMIT, MAX_ID
from ingest.errors import BrokenRecording
from ingest.replay.dirt import DirtCount, Fault, LineFault
from ingest.replay.disorder import OrderCheck
from ingest.replay.recorded_times import parse_time_ms
from ingest.replay.recordings import (
    Form,
    Line,
    RecordedSymbol,
    Survey,
    decimals_of,
    detect_form,
    price_step,
    read_lines,
)
from ingest.replay.repeats import Repeats
from store.bars import NO_TRADE_ID
from store.errors import InvalidInstrument
from store.instruments import parse_instrument
from store.ticks import Side, Tick
from store.trade_columns import MAKER, SIDES, TRADE_COLUMNS


class RecordedTick(NamedTuple):
    """One trade, the price as written (for its number of decimals), and the line that it stands in."""

    symbol: str
    tick: Tick
    price_text: str
    line: int


@dataclass(frozen=True, slots=True)
class CsvColumns:
    """Where the columns are; None where there is none. `symbol_of_file` stands in for a missing symbol."""

    places: dict[str, int]
    symbol_of_file: str


def read_ticks(path: Path, *, zone: tzinfo | None = None, dirt: DirtCount | None = None) -> Iterator[RecordedTick]:
    """The trades of an NDJSON or CSV recording in their order; `dirt` counts the lines that are none.

    Times that name no zone are of `zone`; without one they are left out. Raises `BrokenRecording` for a file that
    cannot be read, or whose header names too little.
    """
    dirt = DirtCount() if dirt is None else dirt
    lines = read_lines(path, dirt)
    ndjson = detect_form(path) is Form.NDJSON
    columns = None if ndjson else _columns(path, next(lines))
    repeats = None if columns is not None and "id" in columns.places else Repeats()
    for line in lines:
        try:
            found = _ndjson_tick(line, zone) if columns is None else _csv_tick(columns, line, zone)
        except LineFault as fault:
            dirt.note(line.number, fault)
            continue
        if repeats is not None and repeats.is_repeat(found.symbol, found.tick.time_ms, line.text):
            dirt.note(line.number, LineFault(Fault.REPEATED, "stands before already, and later trades with it"))
            continue
        dirt.alike += repeats is not None and repeats.is_alike(found.symbol, line.text)
        yield found


def survey_ticks(path: Path, *, zone: tzinfo | None = None) -> Survey:
    """Look at every line, and find the symbols. Raises `BrokenRecording`, too where most lines are no trades."""
    trades: dict[str, int] = {}
    decimals: dict[str, int] = {}
    order, dirt = OrderCheck(), DirtCount()
    has_ids = False
    for symbol, tick, price, line in read_ticks(path, zone=zone, dirt=dirt):
        order.update(line, tick.time_ms)
        trades[symbol] = trades.get(symbol, 0) + 1
        decimals[symbol] = max(decimals.get(symbol, 0), decimals_of(price))
        has_ids = tick.trade_id != NO_TRADE_ID
    dirt.require_usable(sum(trades.values()), lambda line, words: BrokenRecording(path, line, words))
    symbols = sorted(RecordedSymbol(name, count, price_step(decimals[name])) for name, count in trades.items())
    return Survey(detect_form(path), tuple(symbols), has_ids, order.get(), dirt.get(), dirt.cut, dirt.alike)


def _ndjson_tick(line: Line, zone: tzinfo | None) -> RecordedTick:
    text = _text(line)
    try:
        trade = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise LineFault(Fault.BROKEN, f"is no JSON: {error}") from error
    if not isinstance(trade, dict):
        raise LineFault(Fault.BROKEN, "is no trade: an object is wanted")
    symbol, moment, price, size = (_member(trade, name) for name in ("symbol", "ts", "price", "size"))
    time_ms = parse_time_ms(moment, zone)
    tick = Tick(
        trade_id=NO_TRADE_ID,
        price=_positive(Fault.PRICE, "price", price),
        quantity=_positive(Fault.SIZE, "size", size),
        time_ms=time_ms,
        received_us=time_ms * 1000,
        side=Side.UNKNOWN,
    )
    return RecordedTick(_symbol(symbol), tick, price, line.number)


def _member(trade: dict[str, object], name: str) -> str:
    if trade.get(name) is None:
        raise LineFault(Fault.LACKING, f"has no {name}")
    return str(trade[name])


def _columns(path: Path, header: Line) -> CsvColumns:
    try:
        return _find_columns(path, _split(_text(header)))
    except ValueError as error:
        raise BrokenRecording(path, header.number, f"is no header: {error}") from error


def _text(line: Line) -> str:
    try:
        return line.text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LineFault(Fault.TEXT, "is not UTF-8 text") from error


def _split(text: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([text], strict=True))]
    except csv.Error as error:
        raise LineFault(Fault.BROKEN, f"is no line of CSV: {error}") from error


def _find_columns(path: Path, header: Sequence[str]) -> CsvColumns:
    names = [name.lower() for name in header]
    places = {
        column: names.index(known)
        for column, aliases in TRADE_COLUMNS.items()
        for known in reversed(aliases)
        if known in names
    }
    lacking = [column for column in ("time", "price", "size") if column not in places]
    if lacking:
        wanted = "; ".join(f"{column} as {', '.join(TRADE_COLUMNS[column])}" for column in lacking)
        raise ValueError(f"it names no column for {wanted}")
    symbol = path.name.partition(".")[0].partition("-")[0]
    return CsvColumns(places, symbol if "symbol" in places else _symbol(symbol))


def _csv_tick(columns: CsvColumns, line: Line, zone: tzinfo | None) -> RecordedTick:
    row, places = _split(_text(line)), columns.places
    if len(row) <= max(places.values()):
        raise LineFault(Fault.LACKING, "has too few columns")
    symbol = _symbol(row[places["symbol"]]) if "symbol" in places else columns.symbol_of_file
    time_ms = parse_time_ms(row[places["time"]], zone)
    price = row[places["price"]]
    tick = Tick(
        trade_id=_trade_id(row[places["id"]]) if "id" in places else NO_TRADE_ID,
        price=_positive(Fault.PRICE, "price", price),
        quantity=_positive(Fault.SIZE, "size", row[places["size"]]),
        time_ms=time_ms,
        received_us=time_ms * 1000,
        side=_side(columns, row),
    )
    return RecordedTick(symbol, tick, price, line.number)


def _trade_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < MAX_ID):
        raise LineFault(Fault.ID, f"id {text[:80]!r} is no whole number")
    return int(text)


def _side(columns: CsvColumns, row: Sequence[str]) -> Side:
    for column, words in (("maker", MAKER), ("side", SIDES)):
        if column in columns.places:
            return words.get(row[columns.places[column]].lower(), Side.UNKNOWN)
    return Side.UNKNOWN


def _symbol(text: str) -> str:
    try:
        return parse_instrument(f"replay:{text.upper()}").symbol
    except InvalidInstrument as error:
        raise LineFault(Fault.SYMBOL, f"{text[:80]!r} is no symbol: {error.allowed}") from error


def _positive(fault: Fault, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < LIMIT or "_" in text:
        raise LineFault(fault, f"{name} {text[:80]!r} is not a number above 0")
    return value
