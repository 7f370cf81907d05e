"""Errors of the store.

StoreError
├── StoreUnavailable      the Redis server cannot be reached, or refuses
│   ├── StoreSlow         it is there, and gave no answer in time
│   └── StoreFull         it has no memory left for what was to be written
├── Fenced                another writer has taken over
├── WritesLost            what was written and acknowledged is not there any more
├── ServerNotFound        no server program to embed on this machine
├── InvalidInstrument     a name that is not venue:SYMBOL (also a ValueError)
├── InvalidTimeframe      not one of the timeframes kept or derived (also a ValueError)
└── CorruptRecord         bytes in the store that no codec of ours wrote
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of all errors of the store."""


class StoreUnavailable(StoreError):
    """The Redis server cannot be reached, or refuses."""


class StoreSlow(StoreUnavailable):
    """The Redis server is there, and gave no answer in time."""


class StoreFull(StoreUnavailable):
    """The Redis server has no memory left for what was to be written."""


class WritesLost(StoreError):
    """What was written and acknowledged is not in the store any more: it was emptied, or failed over to a copy that
    lagged behind."""


class Fenced(StoreError):
    """Another writer has taken over: what was to be written is refused, and is its to write now."""


class ServerNotFound(StoreError):
    """No server program to embed on this machine."""

    def __init__(self) -> None:
        super().__init__("no valkey-server or redis-server here: install one, or name a running one in REDIS_URL")


class InvalidInstrument(StoreError, ValueError):
    """A name that is not ``venue:SYMBOL``."""

    def __init__(self, text: str, allowed: str) -> None:
        super().__init__(f"{text[:80]!r} is not an instrument: {allowed}")
        self.text = text
        self.allowed = allowed


class InvalidTimeframe(StoreError, ValueError):
    """Not one of the timeframes kept or derived."""

    def __init__(self, text: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{text[:80]!r} is not a timeframe: use one of {', '.join(allowed)}")
        self.text = text
        self.allowed = allowed


class CorruptRecord(StoreError):
    """Bytes in the store that no codec of ours wrote."""
