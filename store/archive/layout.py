"""Where ticks lie: ``venue=sim/symbol=BTCUSDT/day=2026-01-31/<part>.parquet``, the form that DuckDB and others know.

Days are UTC, by exchange time. Symbols are written as in a URL, so that any of them is a safe name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, unquote

from store.errors import InvalidInstrument
from store.instruments import Instrument, parse_instrument

DAY_MS = 86_400_000
SUFFIX = ".parquet"
UNFINISHED = "_unfinished-"
"""How the name of a file begins that is still being written."""


def folder_of(instrument: Instrument) -> str:
    return f"venue={instrument.venue}/symbol={quote(instrument.symbol, safe='')}"


def day_folder(day: int) -> str:
    """The folder of the day that began `day` days after the epoch."""
    return f"day={datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"


def parse_day(name: str) -> int | None:
    """Days since the epoch of a folder's name, None for anything else."""
    try:
        moment = datetime.strptime(name, "day=%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) // 86_400


def instrument_of(path: str) -> Instrument | None:
    """The instrument that a path in an archive belongs to, None where it names none."""
    keys = dict(part.split("=", 1) for part in path.split("/") if "=" in part)
    if "venue" not in keys or "symbol" not in keys:
        return None
    try:
        return parse_instrument(f"{keys['venue']}:{unquote(keys['symbol'])}")
    except InvalidInstrument:
        return None


def is_part(path: str) -> bool:
    """Whether a file is a finished part."""
    name = path.rpartition("/")[2]
    return name.endswith(SUFFIX) and not name.startswith(("_", "."))
