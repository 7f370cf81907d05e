"""Names of instruments: ``venue:SYMBOL``, safe in a URL and in a Redis key."""

from __future__ import annotations

from dataclasses import dataclass

from store.errors import InvalidInstrument

VENUES = ("sim", "spot", "usdm", "coinbase", "replay", "upload")
_MAX_SYMBOL_LENGTH = 64
_FORBIDDEN = frozenset(":/?#%&{}\\\"'<>` \t\r\n")


@dataclass(frozen=True, slots=True, order=True)
class Instrument:
    """One instrument of one venue. Symbols may be non-ASCII: Binance lists such."""

    venue: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.venue}:{self.symbol}"


def parse_instrument(text: str) -> Instrument:
    """Read ``venue:SYMBOL``; raise `InvalidInstrument` saying what is allowed."""
    venue, separator, symbol = text.partition(":")
    if not separator or venue not in VENUES:
        raise InvalidInstrument(text, f"write venue:SYMBOL with a venue of {', '.join(VENUES)}")
    if not 1 <= len(symbol) <= _MAX_SYMBOL_LENGTH:
        raise InvalidInstrument(text, f"a symbol has 1 to {_MAX_SYMBOL_LENGTH} characters")
    if not symbol.isprintable() or _FORBIDDEN.intersection(symbol):
        raise InvalidInstrument(text, "a symbol has no spaces, controls, quotes or any of : / ? # % & { } < >")
    return Instrument(venue, symbol)
