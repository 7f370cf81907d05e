"""What a file's name says: ``BTCUSDT-1m-2024-07.zip``, ``BTCUSDT-aggTrades-2024-07-18.zip``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from store.errors import InvalidInstrument
from store.imports.errors import BrokenImport
from store.instruments import parse_instrument

_NAME = re.compile(r"(?P<symbol>.+)-(?P<kind>aggTrades|trades|\d+(?:s|m|h|d|w|mo))-(?P<date>\d{4}-\d{2}(?:-\d{2})?)")


class Kind(StrEnum):
    """What can be taken."""

    TRADES = "aggTrades"
    MINUTES = "1m"


class Named(NamedTuple):
    """Symbol, kind, and the UTC time that the file is of: [start, end)."""

    symbol: str
    kind: Kind
    date: str
    start_ms: int
    end_ms: int


def parse_name(path: Path) -> Named:
    """Read a file's name; raise `BrokenImport` saying what a name looks like."""
    match = _NAME.fullmatch(path.stem)
    if match is None:
        raise BrokenImport(
            path,
            None,
            "is not named as the venue's archive does: SYMBOL-aggTrades-2024-07-18.zip or SYMBOL-1m-2024-07.zip",
        )
    kind = match["kind"]
    if kind not in tuple(Kind):
        other = "numbers its trades in a second sequence" if kind == "trades" else f"holds bars of {kind}"
        raise BrokenImport(path, None, f"{other}: take the file of aggTrades or of 1m")
    try:
        symbol = parse_instrument(f"spot:{match['symbol']}").symbol
        start, end = _period(match["date"])
    except (InvalidInstrument, ValueError) as error:
        raise BrokenImport(path, None, f"has a name that says nothing: {error}") from error
    return Named(symbol, Kind(kind), match["date"], start, end)


def _period(date: str) -> tuple[int, int]:
    """A day or a month."""
    if len(date) > len("2024-07"):
        start = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
        start_ms = int(start.timestamp()) * 1000
        return start_ms, start_ms + 86_400_000
    start = datetime.strptime(date, "%Y-%m").replace(tzinfo=UTC)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return int(start.timestamp()) * 1000, int(end.timestamp()) * 1000
