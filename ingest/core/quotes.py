"""The closing quote of any second: the last one that came in or before it."""

from __future__ import annotations

from math import nan

from ingest.core.events import QuoteFields

_SECOND_MS = 1_000
_NONE = (nan, nan)


class Quotes:
    """Last quote of each second not yet settled; a caller may write `by_second` itself."""

    __slots__ = ("by_second",)

    def __init__(self) -> None:
        self.by_second: dict[int, QuoteFields] = {}

    def at(self, end_ms: int) -> tuple[float, float]:
        """Bid and ask of the last quote before `end_ms` (a whole second), NaN where none is known."""
        stop = end_ms // _SECOND_MS
        second = max((second for second in self.by_second if second < stop), default=None)
        return self.by_second[second][:2] if second is not None else _NONE

    def settle(self, end_ms: int) -> None:
        """Forget what lies before `end_ms`, except the last, which holds until the next."""
        stop = end_ms // _SECOND_MS
        settled = [second for second in self.by_second if second < stop]
        if len(settled) > 1:
            settled.remove(max(settled))
            for second in settled:
                del self.by_second[second]
