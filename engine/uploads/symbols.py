"""Names of uploaded instruments."""

from __future__ import annotations

from pathlib import PurePath

from store.errors import InvalidInstrument
from store.instruments import parse_instrument

_ALSO_FORBIDDEN = frozenset("|*?[],;=@")  # of keys, patterns and formulas
_FALLBACK = "UPLOAD"


def parse_symbol(text: str) -> str | None:
    """A symbol in upper case, None for what can be none. ``upload:BTC`` and ``BTC/USD`` are BTC and BTC-USD."""
    name = text.strip().upper().removeprefix("UPLOAD:").replace("/", "-").replace(" ", "-")
    try:
        symbol = parse_instrument(f"upload:{name}").symbol
    except InvalidInstrument:
        return None
    return None if _ALSO_FORBIDDEN.intersection(symbol) or symbol.startswith(("+", "-", ".")) else symbol


def symbol_of_file(file_name: str) -> str:
    """A proposal from a file's name: what stands before its first point or hyphen."""
    stem = PurePath(file_name.replace("\\", "/")).name.partition(".")[0].partition("-")[0]
    return parse_symbol(stem) or _FALLBACK
