"""What readers of the store came too late for, in words: how much, and which of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dash_app.words import moment
from engine.views import ReaderGap

MINUTE_MS = 60_000
_NAMED = 2  # the newest


def missed_words(missed: Sequence[ReaderGap], now_ms: int) -> str:
    """``the archive of ticks could not read 1,204 trades (ids 7–1210) before they left the store``; empty for none."""
    trades = [gap for gap in missed if gap.reader == "archive"]
    minutes = [gap for gap in missed if gap.reader == "history"]
    said = []
    if trades:
        ids = _named([f"{gap.first}–{gap.last}" if gap.last > gap.first else str(gap.first) for gap in trades])
        said.append(f"the archive of ticks could not read {_count(missed_trades(trades), 'trade')} (ids {ids})")
    if minutes:
        times = _named([_minutes(gap, now_ms) for gap in minutes])
        said.append(f"the history of bars could not read {_count(missed_minutes(minutes), 'minute')} ({times})")
    return f"{', '.join(said)} before they left the store" if said else ""


def missed_trades(missed: Iterable[ReaderGap]) -> int:
    """How many trades the archive lacks."""
    return sum(gap.last - gap.first + 1 for gap in missed if gap.reader == "archive")


def missed_minutes(missed: Iterable[ReaderGap]) -> int:
    """How many minutes the history lacks."""
    return sum((gap.last - gap.first) // MINUTE_MS + 1 for gap in missed if gap.reader == "history")


def _minutes(gap: ReaderGap, now_ms: int) -> str:
    first, last = (moment(ms, now_ms) for ms in (gap.first, gap.last))
    return f"{first}–{last} UTC" if gap.last > gap.first else f"{first} UTC"


def _named(runs: Sequence[str]) -> str:
    """The newest by name, of those before only how many."""
    earlier = len(runs) - _NAMED
    named = ", ".join(runs[-_NAMED:])
    return f"{named} and {earlier} earlier run{'s' * (earlier != 1)}" if earlier > 0 else named


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
