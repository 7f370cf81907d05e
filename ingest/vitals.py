"""What the feeds of an ingestor tell its heartbeat. A feed's loop replaces its own words, another thread reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from store.feed import FeedState
from store.latencies import Latencies, Latency
from store.process_state import ConnectionView, Vitals


@dataclass(frozen=True, slots=True)
class _Said:
    """A feed's last word of itself, whole: what is read of it is of one moment."""

    feed: FeedState
    lag: Latency
    counts: Mapping[str, int]


class FeedVitals:
    """Of one feed: `publish` takes how long each batch took to be written, `note` is what else is to be said."""

    def __init__(self) -> None:
        self.publish = Latencies()
        self.connections: Callable[[], tuple[ConnectionView, ...]] = tuple
        self.note = ""
        self.said: _Said | None = None

    def note_feed(self, feed: FeedState, lag: Latency, counts: Mapping[str, int]) -> None:
        """The feed as it is now; `counts` are those that are not in its state."""
        self.said = _Said(feed, lag, counts)


def ingest_vitals(feeds: Sequence[FeedVitals]) -> Vitals:
    """Of all feeds together: rates and counts add up; times bear the venue's name where there are several."""
    spoke = [(vitals, vitals.said) for vitals in feeds if vitals.said is not None]
    counts: Counter[str] = Counter()
    latencies: dict[str, Latency] = {}
    for vitals, said in spoke:
        feed, of = said.feed, f" {said.feed.venue}" if len(spoke) > 1 else ""
        counts.update(
            trades=feed.trades, rejected=feed.rejected, duplicates=feed.duplicates, reconnects=feed.reconnects
        )
        counts.update(said.counts)
        latencies[f"publish{of}"] = vitals.publish.last_minute()
        if said.lag.n:
            latencies[f"lag{of}"] = said.lag
    details = [f"{said.feed.venue}: {said.feed.detail}" for _, said in spoke if said.feed.detail]
    return Vitals(
        rates={
            "trades": round(sum(said.feed.trades_per_s for _, said in spoke), 2),
            "quotes": round(sum(said.feed.quotes_per_s for _, said in spoke), 2),
            "batches": round(sum(vitals.publish.per_s for vitals, _ in spoke), 2),
        },
        counts=dict(counts),
        latencies=latencies,
        connections=tuple(view for vitals in feeds for view in vitals.connections()),
        notes=(*(vitals.note for vitals in feeds if vitals.note), *details),
    )
