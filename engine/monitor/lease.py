"""A lease in Redis, so that one monitor evaluates and others stand by.

It saves work and no more: what makes two monitors harmless is that a rule's state moves on by
compare-and-set in the database.
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

    def release(self) -> None:
        """Let go, where it is still ours."""
        self._held = False
        with store_errors():
            self._client.eval(_RELEASE, 1, self._key, self._token)
