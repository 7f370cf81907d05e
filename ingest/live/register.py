"""What the catalogue says of a venue's instruments, and how they share the memory of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from redis import Redis

from ingest.core.publisher import Publisher
from ingest.live.store_care import StoreCare
from ingest.shard import Shard
from store import keys
from store.catalogue import InstrumentInfo, encode_info, parse_info
from store.client import store_errors
from store.errors import CorruptRecord
from store.retention import Caps


class Register:
    """One ingestor's part of a venue's catalogue. Every method raises `StoreUnavailable`."""

    def __init__(self, client: Redis, venue: str, shard: Shard, care: StoreCare) -> None:
        self._client = client
        self._venue = venue
        self._shard = shard
        self._care = care

    def caps(self, followed: Iterable[InstrumentInfo], listed: int) -> Caps:
        """How much of each stream to keep, of which there are `listed` or more: those followed before are kept too."""
        known = self._known()
        own = [name for name in known if self._shard.holds(name)]
        names = dict.fromkeys([*(info.id for info in followed), *own])
        return self._care.hold(list(names), max(listed, len(known)))

    def write(self, publisher: Publisher, followed: Iterable[InstrumentInfo]) -> None:
        """Make known what is followed, and of the rest of our part that it is no longer."""
        infos = {info.id: info for info in followed}
        publisher.register(infos.values())
        former = {
            name: encode_info(replace(info, followed=False))
            for name, info in self._known().items()
            if info.followed and name not in infos and self._shard.holds(name)
        }
        if former:
            with store_errors():
                self._client.hset(keys.INSTRUMENTS, mapping=former)  # type: ignore[arg-type]

    def _known(self) -> dict[str, InstrumentInfo]:
        with store_errors():
            raws: Any = self._client.hvals(keys.INSTRUMENTS)
        infos = filter(None, map(_readable, raws))
        return {info.id: info for info in infos if info.id.partition(":")[0] == self._venue}


def _readable(raw: bytes) -> InstrumentInfo | None:
    try:
        return parse_info(raw)
    except CorruptRecord:
        return None
