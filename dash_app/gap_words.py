"""Gaps in an instrument's trades in words: between which times, how many are missing, what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from dash_app.words import clock, minute, moment
from engine.views import GapRecord

_SECONDS_SAID_MS = 120_000
_DAY_MS = 86_400_000


def gap_times(gap: GapRecord, now_ms: int | None = None) -> str:
    """``11:38–11:46``, short ones with seconds; with its date where it is not of the day of `now_ms`."""
    write = clock if gap.before_ms - gap.after_ms < _SECONDS_SAID_MS else minute
    first, last = write(gap.after_ms), write(gap.before_ms)
    times = first if first == last else f"{first}–{last}"
    if now_ms is None or gap.before_ms // _DAY_MS == now_ms // _DAY_MS:
        return times
    return f"{moment(gap.before_ms, now_ms)[:6]} {times}"


def missing_words(gap: GapRecord) -> str:
    """``412 trades missing``; of a gap that is filled in part both numbers."""
    if gap.state == "filled":
        return f"{_trades(gap.ids)} came late"
    return f"{gap.missing:,} of {_trades(gap.ids)} missing" if gap.missing < gap.ids else f"{_trades(gap.ids)} missing"


def fate_words(gap: GapRecord) -> str:
    return {"open": "being filled", "filled": "all are there now", "lost": "lost for good"}[gap.state]


def gap_words(gaps: Sequence[GapRecord]) -> str:
    """``412 trades missing, being filled``: of several together, by the fate of those that are still missing."""
    lacking = [gap for gap in gaps if gap.missing]
    if not lacking:
        return ""
    states = dict.fromkeys(gap.state for gap in lacking)
    fate = fate_words(lacking[0]) if len(states) == 1 else "some being filled, some lost"
    return f"{_trades(sum(gap.missing for gap in lacking))} missing, {fate}"


def unfilled(gaps: Iterable[GapRecord]) -> list[GapRecord]:
    return [gap for gap in gaps if gap.missing]


def share_words(share: float | None, *, unknown: str = "unknown") -> str:
    """``100 %`` only of what is whole: what lacks a trade in a million is ``99.9 %``."""
    if share is None or math.isnan(share):
        return unknown
    return "100 %" if share >= 1.0 else f"{min(int(1000 * share + 1e-4), 999) / 10:.1f} %"


def _trades(count: int) -> str:
    return f"{count:,} trade{'s' * (count != 1)}"
