"""When to try again: jittered, capped, exponential delays within the venue's limits. Pure; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass

MIN_DELAY_S = 1.0
MAX_DELAY_S = 30.0
ATTEMPTS_PER_MINUTE = 20
WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """What has been tried: failures in a row, and the times of the last attempts (monotonic seconds)."""

    failures: int = 0
    times_s: tuple[float, ...] = ()


def attempted(attempts: Attempts, now_s: float) -> Attempts:
    """One more attempt, not known to be good yet."""
    return Attempts(attempts.failures + 1, (*attempts.times_s, now_s)[-ATTEMPTS_PER_MINUTE:])


def succeeded(attempts: Attempts) -> Attempts:
    """Good data came. The times stay: a connection cut again at once must not be tried without end."""
    return Attempts(0, attempts.times_s)


def limit_wait_s(attempts: Attempts, now_s: float) -> float:
    """Seconds that the limits alone ask for: one attempt a second, `ATTEMPTS_PER_MINUTE` within any minute."""
    if not attempts.times_s:
        return 0.0
    wait = MIN_DELAY_S - (now_s - attempts.times_s[-1])
    if len(attempts.times_s) == ATTEMPTS_PER_MINUTE:
        wait = max(wait, WINDOW_S - (now_s - attempts.times_s[0]))
    return max(0.0, wait)


def delay_s(attempts: Attempts, now_s: float, jitter: float) -> float:
    """Seconds to wait after a failure before the next attempt; `jitter` is uniform in [0, 1).

    Between half and the whole of 2^failures, at most `MAX_DELAY_S`, and within the limits.
    """
    if not attempts.times_s:
        return 0.0
    whole = min(MAX_DELAY_S, MIN_DELAY_S * 2.0 ** min(attempts.failures, 10))
    return max(whole * (0.5 + 0.5 * jitter), limit_wait_s(attempts, now_s))
