"""A lease in Redis, so that one process works and others stand by.

It saves work and no more: a process that slept may believe that it holds a lease which has passed on. What makes two
monitors harmless is that a rule's state moves on by compare-and-set in the database; what makes two ingestors harmless
is the fence, a number that each new holder gets, higher than any before, and that goes with everything it writes.
"""

from __future__ import annotations

from redis import Redis

from store.client import store_errors

LEASE_MS = 3_000
RENEW_EVERY_MS = 1_000

_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Lease:
    """Held by whoever came first and keeps renewing it; `token` tells holders apart."""

    def __init__(self, client: Redis, key: str, token: str) -> None:
        self._client = client
        self._key = key
        self._token = token
        self._renew_at_ms = 0
        self._held = False

    def hold(self, now_ms: int) -> bool:
        """Take or renew the lease; whether it is ours now. Asks the store once per `RENEW_EVERY_MS`.

        Raises `StoreUnavailable`; the lease then counts as lost. `now_ms` is a monotonic clock.
        """
        if now_ms < self._renew_at_ms:
            return self._held
        self._held = False
        with store_errors():
            self._held = bool(
                self._client.eval(_RENEW, 1, self._key, self._token, LEASE_MS)
                or self._client.set(self._key, self._token, nx=True, px=LEASE_MS)
            )
        self._renew_at_ms = now_ms + RENEW_EVERY_MS
        return self._held

    @property
    def held(self) -> bool:
        """As `hold` last found it."""
        return self._held

    def release(self) -> None:
        """Let go, where it is still ours."""
        self._held = False
        with store_errors():
            self._client.eval(_RELEASE, 1, self._key, self._token)


_NEXT_FENCE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local fence = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') + 1)
redis.call('SET', KEYS[1], string.format('%.0f', fence))
return string.format('%.0f', fence)
"""


def next_fence(client: Redis, key: str) -> int:
    """A number higher than all before it, also where the store lost the last one: the server's clock in µs, or more.

    Raises `StoreUnavailable`.
    """
    with store_errors():
        return int(client.eval(_NEXT_FENCE, 1, key))
