"""One-minute bars in SQL: the best known bar of every open time, whoever brings it and how often.

Within one life of the store (`generation`) the higher revision wins, as in the streams. An emptied
store counts its revisions anew, and an import counts none: across generations a bar replaces
another only if it knows more, in this order: made of all its trades, the venue's own kline, made of
trades of which a known number lacks, made of who knows how many.
"""

from __future__ import annotations

from itertools import islice, repeat
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, case, func, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from store.bars import NO_TRADE_ID, PACKED_BAR, UNKNOWN_MISSING, Source
from store.grid import Bars
from store.sql.tables import MINUTES

IMPORTED = 0
"""The generation of bars that no store's stream brought."""

_NAMES = tuple(column.name for column in MINUTES.columns)
_PLAIN = ("open", "high", "low", "close", "volume", "buy_volume", "trades", "bid", "ask", "source", "revision")
_NULLABLE = ("buy_volume", "bid", "ask")
_MADE_OF = (Source.TRADES, Source.KLINES, Source.UPLOAD)
_AT_ONCE = 2_000  # rows a statement


class Span(NamedTuple):
    """Open times of the first and the last bar."""

    first_ms: int
    last_ms: int


def append_minutes(connection: Connection, instrument: str, bars: Bars, *, generation: int) -> None:
    """Write closed 1 m bars (`PACKED_BAR`, in the order of their publication); what is known better stays."""
    rows = _rows(instrument, bars, generation)
    statement = _upsert(connection)
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(statement, rows[start : start + _AT_ONCE])


def insert_minutes(connection: Connection, instrument: str, bars: Bars, *, generation: int) -> None:
    """As `append_minutes` for an instrument that has none yet: nothing is weighed, in a fifth of the time."""
    columns = {"instrument": repeat(instrument), "generation": repeat(generation), **_columns(bars)}
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"INSERT INTO minutes ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608
    rows = zip(*columns.values(), strict=False)  # the first two have no end
    while some := list(islice(rows, _AT_ONCE)):
        connection.exec_driver_sql(statement, some)


def read_minutes(connection: Connection, instrument: str, *, start_ms: int, end_ms: int) -> Bars:
    """Bars that open in [start, end), ascending, as `PACKED_BAR`; a minute that is not kept is left out."""
    found = connection.execute(
        select(*(MINUTES.c[name] for name in _NAMES[1:]))
        .where(MINUTES.c.instrument == instrument, MINUTES.c.open_time_ms >= start_ms, MINUTES.c.open_time_ms < end_ms)
        .order_by(MINUTES.c.open_time_ms)
    )
    rows = [tuple(row) for row in found]
    columns = dict(zip(_NAMES[1:], zip(*rows, strict=True), strict=True)) if rows else {}
    return _packed(columns, len(rows))


def minutes_span(connection: Connection, instrument: str) -> Span | None:
    """From where to where there are bars, None where there is none."""
    times = MINUTES.c.open_time_ms
    statement = select(func.min(times), func.max(times)).where(MINUTES.c.instrument == instrument)
    first, last = connection.execute(statement).one()
    return None if first is None else Span(first, last)


def first_minute_ms(connection: Connection, instrument: str) -> int | None:
    """Open time of the first bar, None where there is none: one look into the index."""
    first: int | None = connection.execute(
        select(func.min(MINUTES.c.open_time_ms)).where(MINUTES.c.instrument == instrument)
    ).scalar_one()
    return first


def _upsert(connection: Connection) -> Any:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(MINUTES)
    new, old = statement.excluded, MINUTES.c
    replaced = {name: new[name] for name in _NAMES[2:]}
    return statement.on_conflict_do_update(index_elements=_NAMES[:2], set_=replaced, where=_knows_more(new, old))


def _knows_more(new: Any, old: Any) -> Any:
    """Whether the bar `new` replaces `old`."""
    later = or_(new.revision > old.revision, and_(new.revision == old.revision, _knowledge(new) > _knowledge(old)))
    better = or_(
        _knowledge(new) > _knowledge(old),
        and_(_knowledge(new) == _knowledge(old), new.missing < old.missing),
    )
    return or_(and_(new.generation == old.generation, later), and_(new.generation != old.generation, better))


def _knowledge(bar: Any) -> Any:
    """The order of bars by what they know, spelt out in SQL as the numbers that they are."""
    trades, klines, upload, none = (_literal(number) for number in (*_MADE_OF, 0))
    return case(
        (and_(bar.source == trades, bar.missing == none), _literal(3)),
        (or_(bar.source == klines, bar.source == upload), _literal(2)),
        (and_(bar.source == trades, bar.missing.is_not(None)), _literal(1)),
        else_=_literal(0),
    )


def _literal(number: int) -> Any:
    """A number as a part of the statement: what is sent with each row is the row alone."""
    return literal_column(str(int(number)))


def _rows(instrument: str, bars: Bars, generation: int) -> list[dict[str, Any]]:
    columns = _columns(bars)
    same = {"instrument": instrument, "generation": generation}
    names = tuple(columns)
    return [{**same, **dict(zip(names, values, strict=True))} for values in zip(*columns.values(), strict=True)]


def _columns(bars: Bars) -> dict[str, list[Any]]:
    """All columns but instrument and generation, as SQL has them."""
    columns: dict[str, list[Any]] = {name: bars[name].tolist() for name in _PLAIN}
    for name in _NULLABLE:
        columns[name] = [None if isnan(value) else value for value in columns[name]]
    first: NDArray[np.int64] = bars["first_id"]
    last = first + bars["id_span"].astype(np.int64)
    traded = (first != NO_TRADE_ID).tolist()
    columns["open_time_ms"] = (bars["open_time_s"].astype(np.int64) * 1000).tolist()
    columns["first_id"] = [value if known else None for value, known in zip(first.tolist(), traded, strict=True)]
    columns["last_id"] = [value if known else None for value, known in zip(last.tolist(), traded, strict=True)]
    columns["missing"] = [None if value == UNKNOWN_MISSING else value for value in bars["missing"].tolist()]
    return columns


def _packed(columns: dict[str, tuple[Any, ...]], count: int) -> Bars:
    bars = np.zeros(count, PACKED_BAR)
    if not count:
        return bars
    for name in _PLAIN:
        bars[name] = np.array(columns[name], np.float64)  # NULL becomes NaN; counts are exact below 2**53
    bars["open_time_s"] = np.array(columns["open_time_ms"], np.int64) // 1000
    first = [NO_TRADE_ID if value is None else value for value in columns["first_id"]]
    last = [NO_TRADE_ID if value is None else value for value in columns["last_id"]]
    bars["first_id"] = first
    bars["id_span"] = np.array(last, np.int64) - np.array(first, np.int64)
    bars["missing"] = [UNKNOWN_MISSING if value is None else value for value in columns["missing"]]
    return bars
