"""Every Redis key, in one place. All keys of an instrument share a hash tag, so a Cluster keeps them together."""

from __future__ import annotations

from store.timeframes import Timeframe

EPOCH = "sb:epoch"
"""A random word set when the store is found empty; a change tells readers that it was emptied."""

INSTRUMENTS = "sb:instruments"
"""Hash: instrument name → JSON of `store.catalogue.InstrumentInfo`."""

VENUES = "sb:venues"
"""Set of the venues that an ingestor has published for."""

LOOKED_AT = "sb:looked-at"
"""Sorted set: pair key → UTC ms when somebody last looked at it."""

READER_GAPS = "sb:reader-gaps"
"""List: JSON of each `store.reader_gaps.ReaderGap`."""

ALERTS_VERSION = "sb:alerts-version"
"""Counter, raised whenever durable state (alerts, rules, watchlist, settings) changed."""

FIELD = b"d"
"""The one field of a stream entry: packed ticks, one packed bar, or one packed snapshot row."""


def ticks(instrument: str) -> str:
    """Stream of packed micro-batches of ticks, in trade-id order."""
    return f"sb:{{{instrument}}}:ticks"


def bars(instrument: str, timeframe: Timeframe) -> str:
    """Stream of closed bars; only timeframes of `store.timeframes.KEPT` have one."""
    return f"sb:{{{instrument}}}:bars:{timeframe}"


def open_bars(instrument: str) -> str:
    """Hash: ``1s`` and ``1m`` → the unfinished bar; ``ingest`` → the ingestor's own state, ``fence`` its number,
    ``written`` the mark of its last write."""
    return f"sb:{{{instrument}}}:open"


def gaps(instrument: str) -> str:
    """Hash: first absent trade id → JSON of `store.gap_ledger.GapRecord`."""
    return f"sb:{{{instrument}}}:gaps"


def marks(instrument: str) -> str:
    """Hash: the parts of the last `store.marks.MarkPrice`."""
    return f"sb:{{{instrument}}}:marks"


def funding(instrument: str) -> str:
    """Stream: JSON of each `store.marks.Settlement`."""
    return f"sb:{{{instrument}}}:funding"


def universe(venue: str) -> str:
    """Stream of the venue's minutes: one packed `store.universe.UniverseMinute` an entry."""
    return f"sb:universe:{{{venue}}}"


def universe_symbols(venue: str) -> str:
    """List of the symbols that the entries of `universe` count through; it only grows."""
    return f"sb:universe-symbols:{{{venue}}}"


def universe_fence(venue: str) -> str:
    """The fence of the ingestor that writes `universe`."""
    return f"sb:universe-fence:{{{venue}}}"


def feed(venue: str) -> str:
    """JSON of `store.feed.FeedState`, written every second by the ingestor."""
    return f"sb:feed:{venue}"


def rows(pair_key: str) -> str:
    """Stream of packed snapshot rows of one pair with its parameters."""
    return f"sb:{{{pair_key}}}:rows"


def row_lease(pair_key: str) -> str:
    """Held for a moment by the process that computes the next row."""
    return f"sb:{{{pair_key}}}:lease"


def tests(pair_key: str) -> str:
    """JSON of the last slow tests of one pair with its parameters."""
    return f"sb:{{{pair_key}}}:tests"


def ingest_lease(venue: str) -> str:
    """Held by the one ingestor that writes for a venue; the others stand by."""
    return f"sb:ingest-lease:{venue}"


def ingest_fence(venue: str) -> str:
    """The fence of the ingestor that writes for a venue."""
    return f"sb:ingest-fence:{venue}"


def followed(venue: str) -> str:
    """JSON of `store.followed.FollowedList`: what the ingestors of a venue are to follow."""
    return f"sb:followed:{venue}"


def followed_version(venue: str) -> str:
    """The last version of that list that was drawn."""
    return f"sb:followed-version:{venue}"


def symbols(venue: str) -> str:
    """JSON of what a venue lists (`store.followed.VenueSymbol`), written by its ingestor at start and hourly."""
    return f"sb:symbols:{venue}"


UPLOADS = "sb:uploads"
"""Hash: uploaded instrument → the id of its row in SQL, set when its streams are complete."""

MONITOR_LEASE = "sb:monitor-lease"
"""Held by the one monitor that evaluates; the others stand by."""

MONITOR_STATE = "sb:monitor-state"
"""JSON of `engine.monitor_state.MonitorState`, written every second by the monitor that evaluates."""


PROCESSES = "sb:processes"
"""Hash: process → the store's UTC ms, a blank, and JSON of `store.process_state.ProcessState`."""


def of_venue(venue: str) -> str:
    """Glob pattern of every key that holds data of a venue's instruments, or of pairs with one."""
    return f"sb:*{venue}:*"
