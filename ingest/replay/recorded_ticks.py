"""Recordings of trades without their frames: NDJSON and CSV. Every line must hold."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import orjson

from ingest.errors import BrokenRecording
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
from store.bars import NO_TRADE_ID
from store.errors import InvalidInstrument
from store.instruments import parse_instrument
from store.ticks import Side, Tick

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol", "s", "instrument"),
    "time": ("ts", "time", "timestamp", "transact_time", "time_ms"),
    "price": ("price", "p"),
    "size": ("size", "quantity", "qty", "amount", "q"),
    "id": ("trade_id", "agg_trade_id", "id", "a", "t"),
    "maker": ("is_buyer_maker", "m"),
    "side": ("side",),
}
"""Names by which the columns of a CSV file are known, in lower case."""

_SIDES = {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL}
_MAKER = {"true": Side.SELL, "1": Side.SELL, "false": Side.BUY, "0": Side.BUY}


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


def read_ticks(path: Path) -> Iterator[RecordedTick]:
    """The trades of an NDJSON or CSV recording in their order; raises `BrokenRecording` with the line."""
    lines = read_lines(path)
    parse = _ndjson_tick if detect_form(path) is Form.NDJSON else _csv_parser(path, next(lines))
    for line in lines:
        try:
            yield parse(line)
        except UnicodeDecodeError as error:
            raise BrokenRecording(path, line.number, "is not UTF-8 text") from error
        except (ValueError, KeyError, TypeError, IndexError, csv.Error) as error:
            raise BrokenRecording(path, line.number, _reason(error)) from error


def survey_ticks(path: Path) -> Survey:
    """Check every line, and find the symbols."""
    trades: dict[str, int] = {}
    decimals: dict[str, int] = {}
    order = OrderCheck()
    has_ids = False
    for symbol, tick, price, line in read_ticks(path):
        order.update(line, tick.time_ms)
        trades[symbol] = trades.get(symbol, 0) + 1
        decimals[symbol] = max(decimals.get(symbol, 0), decimals_of(price))
        has_ids = tick.trade_id != NO_TRADE_ID
    if not trades:
        raise BrokenRecording(path, None, "holds no trade")
    symbols = sorted(RecordedSymbol(name, count, price_step(decimals[name])) for name, count in trades.items())
    return Survey(detect_form(path), tuple(symbols), has_ids=has_ids, disorder=order.get())


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"has no {error.args[0]}"
    if isinstance(error, IndexError):
        return "has too few columns"
    return f"is no trade: {error}"


def _ndjson_tick(line: Line) -> RecordedTick:
    trade = orjson.loads(_text(line))
    if not isinstance(trade, dict):
        raise TypeError("an object is wanted")
    symbol, time_ms = _symbol(str(trade["symbol"])), parse_time_ms(str(trade["ts"]))
    price, size = str(trade["price"]), str(trade["size"])
    tick = Tick(NO_TRADE_ID, _positive("price", price), _positive("size", size), time_ms, time_ms * 1000, Side.UNKNOWN)
    return RecordedTick(symbol, tick, price, line.number)


def _csv_parser(path: Path, header: Line) -> Callable[[Line], RecordedTick]:
    try:
        columns = _find_columns(path, _split(_text(header)))
    except (ValueError, csv.Error) as error:
        raise BrokenRecording(path, header.number, f"is no header: {error}") from error
    return lambda line: _csv_tick(columns, line)


def _text(line: Line) -> str:
    return line.text.decode("utf-8-sig")


def _split(text: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([text], strict=True))]


def _find_columns(path: Path, header: Sequence[str]) -> CsvColumns:
    names = [name.lower() for name in header]
    places = {
        column: names.index(known)
        for column, aliases in COLUMNS.items()
        for known in reversed(aliases)
        if known in names
    }
    lacking = [column for column in ("time", "price", "size") if column not in places]
    if lacking:
        wanted = "; ".join(f"{column} as {', '.join(COLUMNS[column])}" for column in lacking)
        raise ValueError(f"it names no column for {wanted}")
    symbol = path.name.partition(".")[0].partition("-")[0]
    return CsvColumns(places, symbol if "symbol" in places else _symbol(symbol))


def _csv_tick(columns: CsvColumns, line: Line) -> RecordedTick:
    row, places = _split(_text(line)), columns.places
    symbol = _symbol(row[places["symbol"]]) if "symbol" in places else columns.symbol_of_file
    time_ms = parse_time_ms(row[places["time"]])
    price = row[places["price"]]
    tick = Tick(
        trade_id=int(row[places["id"]]) if "id" in places else NO_TRADE_ID,
        price=_positive("price", price),
        quantity=_positive("size", row[places["size"]]),
        time_ms=time_ms,
        received_us=time_ms * 1000,
        side=_side(columns, row),
    )
    return RecordedTick(symbol, tick, price, line.number)


def _side(columns: CsvColumns, row: Sequence[str]) -> Side:
    for column, words in (("maker", _MAKER), ("side", _SIDES)):
        if column in columns.places:
            return words.get(row[columns.places[column]].lower(), Side.UNKNOWN)
    return Side.UNKNOWN


def _symbol(text: str) -> str:
    try:
        return parse_instrument(f"replay:{text.upper()}").symbol
    except InvalidInstrument as error:
        raise ValueError(f"{text[:80]!r} is no symbol: {error.allowed}") from error


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError(f"{name} {text[:80]!r} is not a number above 0")
    return value
