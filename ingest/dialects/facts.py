"""What a venue says of its symbols."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SymbolFacts:
    """One symbol as a venue lists it; `status` is ``TRADING``, or the venue's word for why it is not traded."""

    symbol: str
    base: str
    quote: str
    status: str
    tick_size: float

    @property
    def trading(self) -> bool:
        return self.status == "TRADING"
