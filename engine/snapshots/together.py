"""Many pairs brought up to date at once: the store is asked three times for all of them, not four times for each.

Their next rows are computed side by side too, those of pairs with the same parameters but the legs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from redis import Redis

from engine.snapshot import Snapshot
from engine.snapshots.causal_pair import CausalPair, DueRow
from engine.snapshots.leg_tails import LegTails
from engine.snapshots.next_rows import next_rows
from engine.snapshots.pair_reader import PairReader
from engine.snapshots.sharing import raise_unless_taken
from engine.thresholds import Threshold
from store.client import store_errors

_Asked = tuple[PairReader[Snapshot], CausalPair]


def go_on_together(
    client: Redis,
    readers: Sequence[PairReader[Snapshot]],
    refresh_bars: Callable[[], None],
    thresholds: Sequence[Threshold],
) -> None:
    """Give each reader its snapshot of now, but those that another thread is at or that need more than that.

    These are left as they are, to be asked one by one. Raises `StoreUnavailable`.
    """
    with ExitStack() as stack:
        pairs = [(reader, reader.source) for reader in readers if stack.enter_context(reader.free())]
        pipeline = client.pipeline(transaction=False)
        asked = [(reader, pair) for reader, pair in pairs if isinstance(pair, CausalPair) and pair.ask(pipeline)]
        if not asked:
            return
        with store_errors():
            replies = pipeline.execute(raise_on_error=False)
        refresh_bars()  # after the rows, so that no row is newer than they
        pipeline = client.pipeline(transaction=False)
        for reader, pair, snapshot in _gone_on(asked, replies, thresholds):
            pair.queue_unshared(pipeline)
            reader.put(snapshot, thresholds)
        with store_errors():
            raise_unless_taken(pipeline.execute(raise_on_error=False))


def _gone_on(
    asked: Sequence[_Asked], replies: Sequence[Any], thresholds: Sequence[Threshold]
) -> Iterator[tuple[PairReader[Snapshot], CausalPair, Snapshot]]:
    """Those that have a snapshot of now."""
    tails = LegTails()
    waiting: dict[Hashable, list[tuple[_Asked, DueRow]]] = {}
    for (reader, pair), reply in zip(asked, replies, strict=True):
        found = pair.go_on(reply, thresholds, tails)
        if isinstance(found, DueRow):
            waiting.setdefault(found.kind, []).append(((reader, pair), found))
        elif found is not None:
            yield reader, pair, found
    for alike in waiting.values():
        rows, sound = next_rows([due.made_of for _, due in alike], alike[0][1].parameters, thresholds)
        for place, ((reader, pair), due) in enumerate(alike):
            if sound[place]:
                yield reader, pair, pair.go_on_with(due, rows[place : place + 1], thresholds)
