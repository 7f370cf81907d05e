"""What the monitor tells its heartbeat."""

from __future__ import annotations

from store.latencies import Latencies
from store.process_state import Vitals


class MonitorVitals:
    """`rounds` takes how long each round took that new bars led to, `tests` how long the slow tests of a pair took."""

    def __init__(self) -> None:
        self.rounds = Latencies()
        self.tests = Latencies()
        self.counts: dict[str, int] = {}
        """Replaced as a whole, never changed."""
        self.leading = False

    def get(self) -> Vitals:
        return Vitals(
            rates={"rounds": self.rounds.per_s, "tests": self.tests.per_s},
            counts=self.counts if self.leading else {},
            latencies={"round": self.rounds.last_minute(), "slow tests": self.tests.last_minute()},
            notes=() if self.leading else ("stands by",),
        )
