"""The desk's choice of instruments: which symbols of a venue its ingestor follows, without a restart."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from engine.catalogue import read_feeds
from engine.desk.base import DeskBase
from engine.desk.types import FollowedInstrument, FollowState, VenueSymbol
from engine.errors import NotFound, ParameterError
from store.errors import CorruptRecord, InvalidInstrument, StoreError
from store.feed import FeedState
from store.followed import (
    FOLLOWABLE,
    FollowedList,
    next_version,
    read_followed_list,
    read_venue_symbols,
    write_followed_list,
)
from store.instruments import Instrument, parse_instrument
from store.sql.followed import FollowedRecord, append_first_set, append_followed, delete_followed, read_followed

VENUES = FOLLOWABLE
"""Those whose ingestor can be told what to follow."""

MAX_FOLLOWED = 500
SPOKEN_WITHIN_MS = 10_000


class FollowedDesk(DeskBase):
    """Symbols that are followed, durable in SQL from the first change on, and mirrored where the ingestor reads."""

    def followed(self, venue: str) -> tuple[FollowedInstrument, ...]:
        """What is to be followed at a venue, in its order, and how each stands; raise `ParameterError`."""
        check_venue(venue)
        added: dict[str, int | None] = {record.symbol: record.added_ms for record in self._records(venue)}
        if not added:
            first = self._mirror(venue)
            added = dict.fromkeys(() if first is None else first.symbols)
        feed = next((feed for feed in read_feeds(self._client) if feed.venue == venue), None)
        return tuple(
            FollowedInstrument(venue, symbol, position, added_ms, *self._standing(feed, venue, symbol))
            for position, (symbol, added_ms) in enumerate(added.items())
        )

    def symbols(self, venue: str) -> tuple[VenueSymbol, ...]:
        """What the venue trades now, as its ingestor last heard; empty before one has asked; raise `ParameterError`."""
        return tuple(each for each in read_venue_symbols(self._client, check_venue(venue)) if each.trading)

    def follow(self, venue: str, symbol: str) -> FollowedInstrument:
        """Follow a symbol from now on; one that is followed stays as it is. Raise `ParameterError`."""
        symbol = check_symbol(check_venue(venue), symbol)
        self._check_listed(venue, symbol)
        first = self._first_set(venue)
        with self.database.write() as connection:
            append_first_set(connection, venue, first, self._clock_ms())
            known = _symbols_of(connection, venue)
            if len(known) >= MAX_FOLLOWED and symbol not in known:
                allowed = f"a venue has up to {MAX_FOLLOWED}: end another first"
                raise ParameterError("instrument", f"{venue}:{symbol}", allowed)
            append_followed(connection, venue, symbol, self._clock_ms())
        self._tell(venue)
        return next(each for each in self.followed(venue) if each.symbol == symbol)

    def unfollow(self, venue: str, symbol: str) -> None:
        """Follow a symbol no longer; what is kept of it stays. Raise `NotFound`, or `ParameterError` for the last."""
        symbol = check_symbol(check_venue(venue), symbol)
        first = self._first_set(venue)
        with self.database.write() as connection:
            append_first_set(connection, venue, first, self._clock_ms())
            if not delete_followed(connection, venue, symbol):
                raise NotFound(f"no {venue}:{symbol} among what is followed")
            if not _symbols_of(connection, venue):
                raise ParameterError("instrument", f"{venue}:{symbol}", "it is the last one: follow another first")
        self._tell(venue)

    def restore_followed(self) -> tuple[str, ...]:
        """Write the lists of SQL again where the store has others or lost them; the venues that it was done for."""
        chosen = sorted({record.venue for record in self._all_records()})
        restored = tuple(venue for venue in chosen if not self._is_mirrored(venue))
        for venue in restored:
            self._write_mirror(venue)
        return restored

    def _all_records(self) -> tuple[FollowedRecord, ...]:
        return self._cached("followed", read_followed)

    def _records(self, venue: str) -> list[FollowedRecord]:
        return [record for record in self._all_records() if record.venue == venue]

    def _first_set(self, venue: str) -> Sequence[str]:
        """What an ingestor began with, for the first change; raise `ParameterError` where none ever did."""
        if self._records(venue):
            return ()
        mirror = self._mirror(venue)
        if mirror is None:
            raise ParameterError("venue", venue, "it has no ingestor yet: start one, with its name in FEED")
        return mirror.symbols

    def _mirror(self, venue: str) -> FollowedList | None:
        try:
            return read_followed_list(self._client, venue)
        except CorruptRecord:
            return None  # as if nobody had written it: whoever knows better writes it again

    def _is_mirrored(self, venue: str) -> bool:
        mirror = self._mirror(venue)
        symbols = tuple(record.symbol for record in self._records(venue))
        return mirror is not None and mirror.chosen and mirror.symbols == symbols

    def _tell(self, venue: str) -> None:
        """Let the ingestor and the other processes know; where that fails, the monitor does it later."""
        try:
            self._write_mirror(venue)
        except StoreError:
            pass
        finally:
            self.changed()

    def _write_mirror(self, venue: str) -> None:
        version = next_version(self._client, venue)
        with self.database.read() as connection:
            symbols = _symbols_of(connection, venue)
        if symbols:
            write_followed_list(self._client, venue, FollowedList(version, symbols))

    def _check_listed(self, venue: str, symbol: str) -> None:
        """Refuse what the venue does not trade, as far as that is known; the ingestor asks the venue itself."""
        listed = {each.symbol: each for each in read_venue_symbols(self._client, venue)}
        if not listed or (symbol in listed and listed[symbol].trading):
            return
        words = f"is {listed[symbol].status} there now" if symbol in listed else "is not listed there"
        raise ParameterError("instrument", f"{venue}:{symbol}", f"it {words}; /api/v1/venues/{venue}/symbols has all")

    def _standing(self, feed: FeedState | None, venue: str, symbol: str) -> tuple[FollowState, str]:
        if feed is None or feed.written_ms < self._clock_ms() - SPOKEN_WITHIN_MS:
            return "waiting", f"no ingestor of {venue} speaks"
        if symbol in feed.refused:
            return "refused", feed.refused[symbol]
        if symbol in feed.joining:
            return "warming", feed.joining[symbol]
        if symbol not in feed.legs:
            return "waiting", "its ingestor has not taken it up yet"
        if feed.state == "warming":
            return "warming", feed.detail or "its history is being fetched"
        return ("following", "") if feed.state == "streaming" else ("disconnected", feed.detail)


def check_instrument(text: str) -> Instrument:
    """Read ``venue:SYMBOL``; raise `ParameterError`."""
    try:
        return parse_instrument(text.strip())
    except InvalidInstrument as error:
        raise ParameterError("instrument", text, error.allowed) from error


def check_venue(venue: str) -> str:
    if venue not in FOLLOWABLE:
        raise ParameterError("venue", venue, f"use one of {', '.join(FOLLOWABLE)}")
    return venue


def check_symbol(venue: str, symbol: str) -> str:
    """A symbol as venues write them, in capitals."""
    return check_instrument(f"{venue}:{symbol.strip().upper()}").symbol


def _symbols_of(connection: Connection, venue: str) -> tuple[str, ...]:
    return tuple(record.symbol for record in read_followed(connection) if record.venue == venue)
