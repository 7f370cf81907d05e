"""Where a connection was lost, the next trade tells by its id what was missed; where none comes, the venue is asked."""

from __future__ import annotations

from ingest.core.core import Core
from ingest.live.fill import Filled, GapFiller, MissingIds
from ingest.live.rest import PAGE

FIRST_S = 3.0  # a liquid instrument trades before that
AGAIN_S = 30.0


class Doubts:
    """Asks for what there is beyond the last trade of each instrument that was interrupted and is quiet since.

    Only while somebody listens: then whatever the answer does not have comes by the stream.
    """

    def __init__(self, core: Core, filler: GapFiller) -> None:
        self._core = core
        self._filler = filler
        self._due_s: dict[str, float] = {}
        self._asked: set[MissingIds] = set()

    def begin_anew(self) -> None:
        """There was another interruption: what is asked now does not tell of it."""
        self._due_s.clear()
        self._asked.clear()

    def look(self, now_s: float, *, listening: bool) -> None:
        """To be called every second or so."""
        if not listening:
            self.begin_anew()
            return
        doubted = self._core.doubted()
        self._due_s = {symbol: self._due_s.get(symbol, now_s + FIRST_S) for symbol in doubted}
        for symbol in doubted:
            if now_s >= self._due_s[symbol]:
                self._due_s[symbol] = now_s + AGAIN_S
                first = self._core.expected_id(symbol)
                beyond = MissingIds(symbol, first, first + PAGE - 1, open_end=True)
                self._asked.add(beyond)
                self._filler.want(beyond)

    def answered(self, filled: Filled) -> None:
        """An answer, whose trades were given to the core: without a next one nothing was missed."""
        if filled.final and filled.gap in self._asked:
            self._asked.discard(filled.gap)
            if not filled.refused:
                self._core.assure(filled.gap.symbol)
