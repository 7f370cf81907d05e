"""When a recorded moment is due at a multiple of the recorded pace. Pure; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """A replay that began with the recorded moment `first_ns` at `began_s` (monotonic seconds)."""

    speed: float
    began_s: float
    first_ns: int

    def wait_s(self, recorded_ns: int, now_s: float) -> float:
        """Seconds until a recorded moment is due, 0 when it is due already; always 0 at infinite speed."""
        due_s = self.began_s + (recorded_ns - self.first_ns) / 1e9 / self.speed
        return max(0.0, due_s - now_s)
