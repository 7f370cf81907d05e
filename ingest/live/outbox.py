"""Batches on their way to the store: none is lost while the store is away, and none is written without its turn."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from ingest.core.batch import Batch
from ingest.core.publisher import Publisher
from store.errors import StoreFull, StoreUnavailable

RETRY_S = 0.5
LOG_EVERY_S = 10.0

log = logging.getLogger(__name__)


class Outbox:
    """Publishes batches in order and keeps those that could not be written.

    While something waits here its owner should make no more: frames then wait in their own bounded
    queue. A batch whose writing was cut short is written again; what of it was there already is not written twice.
    `on_failure` hears of each attempt that failed.
    """

    def __init__(self, publisher: Publisher, on_failure: Callable[[StoreUnavailable], object] = lambda _: None) -> None:
        self._publisher = publisher
        self._on_failure = on_failure
        self._waiting: deque[Batch] = deque()
        self._retry_at_s = 0.0
        self._log_at_s = 0.0
        self._failure: StoreUnavailable | None = None

    @property
    def clear(self) -> bool:
        """Whether all is written."""
        return not self._waiting

    @property
    def full(self) -> bool:
        """Whether what waits does so because the store has no room for it."""
        return isinstance(self._failure, StoreFull)

    def send(self, batch: Batch) -> None:
        """Write a batch now, or keep it for `retry`. Raises what `retry` does."""
        self._waiting.append(batch)
        self.retry()

    def retry(self, *, at_once: bool = False) -> None:
        """Write what waits, unless the last failure was a moment ago.

        Raises `Fenced`, `WritesLost` or `CorruptRecord`, none of which goes away by waiting.
        """
        if not self._waiting or (time.monotonic() < self._retry_at_s and not at_once):
            return
        try:
            while self._waiting:
                self._publisher.publish(self._waiting[0])
                self._waiting.popleft()
            self._failure = None
        except StoreUnavailable as error:
            self._failed(error)

    def _failed(self, error: StoreUnavailable) -> None:
        now_s = time.monotonic()
        self._failure = error
        self._on_failure(error)
        self._retry_at_s = now_s + RETRY_S
        if now_s >= self._log_at_s:
            self._log_at_s = now_s + LOG_EVERY_S
            log.warning("what came in waits: %s", error)
