"""Batches on their way to the store: none is lost while the store is away, and none is written without its turn."""

from __future__ import annotations

import logging
import time
from collections import deque

from redis import Redis

from ingest.core.batch import Batch
from ingest.core.publisher import Publisher
from store.errors import CorruptRecord, StoreUnavailable

RETRY_S = 0.5
LOG_EVERY_S = 10.0

log = logging.getLogger(__name__)


class Outbox:
    """Publishes batches in order and keeps those that could not be written.

    While something waits here its owner should make no more: frames then wait in their own bounded
    queue. A batch whose writing was cut short is written again: at least once.
    """

    def __init__(self, publisher: Publisher, client: Redis) -> None:
        self._publisher = publisher
        self._client = client
        self._waiting: deque[Batch] = deque()
        self._retry_at_s = 0.0
        self._log_at_s = 0.0

    @property
    def clear(self) -> bool:
        """Whether all is written."""
        return not self._waiting

    def send(self, batch: Batch) -> None:
        """Write a batch now, or keep it for `retry`."""
        self._waiting.append(batch)
        self.retry()

    def retry(self) -> None:
        """Write what waits, unless the last failure was a moment ago."""
        if not self._waiting or time.monotonic() < self._retry_at_s:
            return
        try:
            while self._waiting:
                self._publisher.publish(self._waiting[0])
                self._waiting.popleft()
        except (StoreUnavailable, CorruptRecord) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        now_s = time.monotonic()
        self._retry_at_s = now_s + RETRY_S
        self._client.connection_pool.disconnect()  # after a failover the old connection leads to a read-only server
        if now_s >= self._log_at_s:
            self._log_at_s = now_s + LOG_EVERY_S
            log.warning("what came in waits: %s", error)
