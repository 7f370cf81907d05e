"""Of the symbols that an ingestor is to follow: those that it can, and those that the venue refuses, and why."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.dialects.facts import SymbolFacts
from ingest.live.rest import RestClient
from ingest.live.roll import Roll
from ingest.live.symbols import Wait, insisting, symbol_info
from ingest.live.venues import Venue
from store.catalogue import InstrumentInfo

LATER_S = 600.0
"""When to ask again for a symbol that the venue does not trade."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a symbol is not followed, and when (monotonic seconds) to try again."""

    reason: str
    again_s: float


class Attendance:
    """Kept over new beginnings of a session, so that the venue is asked once. All but `wants` is for one thread."""

    def __init__(self, venue: Venue, roll: Roll, known: Sequence[InstrumentInfo] = ()) -> None:
        self._venue = venue
        self._roll = roll
        self._infos = {info.id.partition(":")[2]: info for info in known}
        self._refused: dict[str, Refused] = {}
        self._wanted = frozenset(roll.own)

    @property
    def infos(self) -> Mapping[str, InstrumentInfo]:
        """What is followed, by symbol."""
        return self._infos

    @property
    def refused(self) -> Mapping[str, Refused]:
        return self._refused

    @property
    def listed(self) -> Sequence[str]:
        """All that is to be followed at the venue, by us and by others."""
        return self._roll.symbols

    def wants(self, symbol: str) -> bool:
        """Whether we are to follow it; for any thread."""
        return symbol in self._wanted

    def look(self) -> bool:
        """Read the list; whether it is another one."""
        changed = self._roll.look()
        if changed:
            self._take_over()
        return changed

    def publish(self) -> None:
        """Let others know the list, where it is the newest. Raises `StoreUnavailable`."""
        self._roll.publish()

    def call(self, rest: RestClient, wait: Wait) -> None:
        """At a beginning: ask the venue for what is not known yet; what left the list is forgotten.

        Raises `RegionRefused` or `Stopped`.
        """
        self._roll.look()
        self._take_over()
        self._infos = {symbol: info for symbol, info in self._infos.items() if symbol in self._wanted}
        unknown = [symbol for symbol in self._roll.own if symbol not in self._infos and symbol not in self._refused]
        if unknown:
            facts = insisting(lambda: rest.symbol_facts(unknown), wait)
            for symbol in unknown:
                reason = refusal(self._venue, facts.get(symbol))
                if reason:
                    self.refuse(symbol, reason, time.monotonic() + LATER_S)
                else:
                    self.admit(facts[symbol])

    def due(self, now_s: float) -> list[str]:
        """What is to be followed and is not: new symbols, and refused ones after their time."""
        return [
            symbol
            for symbol in self._roll.own
            if symbol not in self._infos and (symbol not in self._refused or now_s >= self._refused[symbol].again_s)
        ]

    def admit(self, facts: SymbolFacts) -> None:
        """It is followed from now on."""
        self._refused.pop(facts.symbol, None)
        self._infos[facts.symbol] = symbol_info(self._venue, facts, self._roll.own[facts.symbol])

    def refuse(self, symbol: str, reason: str, again_s: float) -> None:
        self._refused[symbol] = Refused(reason, again_s)

    def dismiss(self, symbol: str) -> None:
        """It is not followed any more."""
        del self._infos[symbol]

    def _take_over(self) -> None:
        own = self._roll.own
        self._wanted = frozenset(own)
        self._infos = {
            symbol: replace(info, position=own.get(symbol, info.position)) for symbol, info in self._infos.items()
        }
        self._refused = {symbol: each for symbol, each in self._refused.items() if symbol in own}


def refusal(venue: Venue, facts: SymbolFacts | None) -> str:
    """Why a venue's symbol cannot be followed, in words; empty where it can."""
    if facts is None:
        return f"{venue.feed} has no such symbol"
    return "" if facts.trading else f"{venue.feed} does not trade it now: it is {facts.status}"
