"""Which symbols a feed is asked for, checked against what the venue trades before anything is subscribed.

A venue accepts a subscription to a symbol that does not exist, and stays silent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ingest.dialects.facts import SymbolFacts
from ingest.errors import RateLimited, Stopped, UnknownSymbols, VenueError
from ingest.live.rest import RestClient
from ingest.live.venues import Venue
from store.catalogue import InstrumentInfo

RETRY_S = 2.0

T = TypeVar("T")
Wait = Callable[[float], bool]
"""Waits so many seconds, less when the process is asked to stop; True then."""

log = logging.getLogger(__name__)


def insisting(call: Callable[[], T], wait: Wait) -> T:
    """The result of `call`, tried until the venue gives it; a `ConfigurationError` is passed on at once."""
    while True:
        try:
            return call()
        except VenueError as error:
            log.warning("%s", error)
            pause_s = error.retry_after_s if isinstance(error, RateLimited) else RETRY_S
            if wait(pause_s):
                raise Stopped from error


def checked_symbols(venue: Venue, rest: RestClient, symbols: Sequence[str], wait: Wait) -> tuple[InstrumentInfo, ...]:
    """Facts of the symbols to ingest, in their order; raises `UnknownSymbols`, `RegionRefused` or `Stopped`.

    Without `symbols`, those of the venue's own list that it trades now.
    """
    asked = tuple(symbols) or venue.symbols
    facts = insisting(lambda: rest.symbol_facts(asked), wait)
    trading = tuple(symbol for symbol in asked if symbol in facts and facts[symbol].trading)
    if len(trading) < len(asked) and (symbols or not trading):
        unknown = [symbol for symbol in asked if symbol not in facts]
        raise UnknownSymbols(venue.feed, unknown, [s for s in asked if s in facts and not facts[s].trading])
    return tuple(symbol_info(venue, facts[symbol], position) for position, symbol in enumerate(trading))


def symbol_info(venue: Venue, facts: SymbolFacts, position: int) -> InstrumentInfo:
    return InstrumentInfo(f"{venue.name}:{facts.symbol}", facts.base, facts.quote, facts.tick_size, position)
