"""Puts the default pairs of each venue that has data on the watchlist, each once in the life of a database."""

from __future__ import annotations

from redis import Redis

from engine.desk.desk import Desk
from engine.desk.event_time import next_bar_ms
from engine.monitor.seeds import default_pairs
from store import keys
from store.catalogue import InstrumentInfo, parse_info
from store.client import store_errors
from store.instruments import parse_instrument


class Seeding:
    """`run` costs one read of the catalogue, and nothing more while that stays the same."""

    def __init__(self, desk: Desk, client: Redis) -> None:
        self._desk = desk
        self._client = client
        self._done: frozenset[str] = frozenset()

    def run(self, now_ms: int) -> int:
        """How many pairs came onto the watchlist.

        A recording is judged from its first bar, so that each time it plays it gives the same alerts;
        elsewhere rules begin with the next bar.
        """
        instruments = self._instruments()
        names = frozenset(info.id for info in instruments)
        if names == self._done:
            return 0
        added = 0
        for venue in sorted({parse_instrument(name).venue for name in names}):
            effective_ms = 0 if venue == "replay" else next_bar_ms(self._client, venue, now_ms)
            pairs = default_pairs(venue, instruments)
            added += sum(self._desk.watch_once(pair, effective_ms=effective_ms) for pair in pairs)
        self._done = names
        return added

    def _instruments(self) -> list[InstrumentInfo]:
        with store_errors():
            return [parse_info(raw) for raw in self._client.hvals(keys.INSTRUMENTS) if isinstance(raw, bytes)]
