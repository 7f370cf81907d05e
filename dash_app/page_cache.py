"""Pages that are open now: made a few times a second for all browsers that show the same."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar, cast

MIN_AGE_S, MAX_AGE_S = 0.1, 0.5
MAX_STILL_S = 0.9  # of a page without a new bar: only prices of open bars are older then
SHARE = 0.25  # of a core, that all open pages together may take: with many of them each is made less often
MOST_LATE_S = 1.0
KEEP_S = 3.0  # a page that is open asks every second or so; what nobody asks for holds a snapshot for nothing
MOST_PAGES = 128

T = TypeVar("T")


class _Page(Generic[T]):
    """What was made of one page, and the lock under which it is made anew."""

    __slots__ = ("cost_s", "lock", "made", "made_s")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made_s = -math.inf
        self.cost_s = 0.0
        self.made: T | None = None


class PageCache(Generic[T]):
    """What was made of a page in the last moment, by the page that was asked for; safe between threads.

    One thread makes it anew. Who asks meanwhile gets the last, unless there is none or it is
    older than a second: then it waits, and does not make it a second time. How old it may
    grow depends on what all open pages cost together, and is up to twice that where nothing
    `moved`; `cpu_s` gives a thread's own CPU time.
    """

    def __init__(
        self,
        *,
        min_age_s: float = MIN_AGE_S,
        now_s: Callable[[], float] = time.monotonic,
        cpu_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._min_age_s = self._age_s = self._still_s = min_age_s
        self._now_s = now_s
        self._cpu_s = cpu_s
        self._pages: OrderedDict[bytes, _Page[T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: bytes, make: Callable[[], T], moved: Callable[[T], bool] = lambda _: True) -> T:
        """The page, made anew where it is time; `moved` says of the last one whether more than open bars changed."""
        page = self._pages.get(asked) or self._entry(asked)
        if self._is_good(page, moved):
            return cast(T, page.made)
        if not page.lock.acquire(blocking=self._now_s() - page.made_s > MOST_LATE_S):
            return cast(T, page.made)
        try:
            if not self._is_good(page, moved):
                before_s = self._cpu_s()
                page.made = make()
                page.cost_s += (self._cpu_s() - before_s - page.cost_s) / 4  # calm: a new bar costs more than none
                page.made_s = self._now_s()
                self._tidy(asked, page)
            return cast(T, page.made)
        finally:
            page.lock.release()

    def _is_good(self, page: _Page[T], moved: Callable[[T], bool]) -> bool:
        age_s = self._now_s() - page.made_s
        return age_s < self._age_s or (age_s < self._still_s and not moved(cast(T, page.made)))

    def _entry(self, asked: bytes) -> _Page[T]:
        with self._lock:
            return self._pages.setdefault(asked, _Page())

    def _tidy(self, asked: bytes, page: _Page[T]) -> None:
        """The page just made is now the last in order; those at the other end that nobody asks for are dropped."""
        with self._lock:
            self._pages[asked] = page
            self._pages.move_to_end(asked)
            until_s = self._now_s() - max(KEEP_S, self._min_age_s)
            oldest = next(iter(self._pages.values()))
            while oldest is not page and (_is_left(oldest, until_s) or len(self._pages) > MOST_PAGES):
                self._pages.popitem(last=False)
                oldest = next(iter(self._pages.values()))
            cost_s = sum(each.cost_s for each in self._pages.values())
            self._age_s = max(min(cost_s / SHARE, MAX_AGE_S), self._min_age_s)
            self._still_s = max(min(2 * cost_s / SHARE, MAX_STILL_S), self._min_age_s)

    def __len__(self) -> int:
        return len(self._pages)


def _is_left(page: _Page[T], until_s: float) -> bool:
    """Whether nobody asked for it since then, nor has it made now."""
    return page.made_s < until_s and not page.lock.locked()
