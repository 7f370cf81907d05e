"""Many pairs brought up to date at once: the store is asked three times for all of them, not four times for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from redis import Redis

from engine.snapshot import Snapshot
from engine.snapshots.causal_pair import CausalPair
from engine.snapshots.pair_reader import PairReader
from engine.snapshots.sharing import raise_unless_taken
from engine.thresholds import Threshold
from store.client import store_errors


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
        for (reader, pair), reply in zip(asked, replies, strict=True):
            snapshot = pair.go_on(reply, thresholds)
            if snapshot is not None:
                pair.queue_unshared(pipeline)
                reader.put(snapshot, thresholds)
        with store_errors():
            raise_unless_taken(pipeline.execute(raise_on_error=False))
