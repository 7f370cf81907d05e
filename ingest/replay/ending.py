"""What is said of a replay: what of the recording is left out, where it pauses, what became of all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ingest.core.batch import Counts
from ingest.core.rejections import Rejection
from ingest.replay.dirt import alike_words, dirt_words
from ingest.replay.recordings import Form, Survey
from store.feed import FeedState

_WHY_IGNORED: dict[str, str] = {
    Rejection.UNKNOWN_SYMBOL: "of symbols that are not played",
    Rejection.UNUSED_EVENT: "of kinds that are not used",
    Rejection.OTHER_SEQUENCE: "trades by a second sequence of ids",
}


SAID_PAUSE_S = 10.0
"""A longer wait for the next trade is said: nothing is wrong."""

STOPPED_MS = 300_000
"""A symbol without a trade in so long before the end may have come to its own."""


def beginning_words(survey: Survey) -> Iterator[str]:
    """What to know of a recording before it is played."""
    if survey.dirt:
        yield dirt_words(survey.dirt)
    if survey.alike:
        yield alike_words(survey.alike)
    if survey.cut:
        yield str(survey.cut)
    if survey.disorder:
        order = "ids" if survey.has_ids else "lines"
        yield f"{survey.disorder}; each counts in the bar of its own time, in the order of the {order}"


def pause_words(moment_ns: int, wait_s: float) -> str:
    """That the recording pauses, and until when of its own time; empty for a short wait."""
    if wait_s < SAID_PAUSE_S:
        return ""
    return f"the recording pauses until {datetime.fromtimestamp(moment_ns / 1e9, UTC):%d %b %H:%M:%S} UTC"


def with_left_out(feed: FeedState, survey: Survey) -> FeedState:
    """The feed with the lines that are not played among what is rejected."""
    reasons = dict(feed.rejected_by)
    for dirt in survey.dirt:
        reasons[dirt.fault.value] = reasons.get(dirt.fault.value, 0) + dirt.lines
    return replace(feed, rejected=feed.rejected + survey.left_out, rejected_by=reasons)


def ending_words(survey: Survey, counts: Counts) -> str:
    """Counts of what was used, and of what was not by its reason; quiet of what did not happen."""
    things = "frames" if survey.form is Form.FRAMES else "trades"
    ignored = {reason.value: count for reason, count in counts.ignored.items()}
    if survey.form is not Form.FRAMES and (left_out := _not_played(survey, counts)):
        ignored[Rejection.UNKNOWN_SYMBOL] = left_out  # they never came as far as the core
    rejected = {reason.value: count for reason, count in counts.rejected.items()}
    rejected |= {dirt.fault.value: dirt.lines for dirt in survey.dirt}
    parts = [f"{counts.trades:,} trades", f"{sum(rejected.values()):,} {things} rejected{_by_reason(rejected)}"]
    if counts.quotes:
        parts.insert(1, f"{counts.quotes:,} quotes")
    if ignored:
        parts.append(f"{sum(ignored.values()):,} ignored{_by_reason(ignored)}")
    if counts.duplicates:
        parts.append(f"{counts.duplicates:,} trades dropped as repeats")
    if survey.alike:
        parts.append(alike_words(survey.alike))
    if counts.late:
        parts.append(f"{counts.late:,} trades too late for any bar")
    if survey.disorder:
        parts.append(f"{survey.disorder.trades:,} trades stepped back in time, from line {survey.disorder.line} on")
    if survey.cut:
        parts.append(str(survey.cut))
    return ", ".join([*parts, *_stopped_early(counts)])


def _stopped_early(counts: Counts) -> Iterator[str]:
    for symbol, leg in counts.legs.items():
        early_ms = counts.clock_ms - leg.last_trade_ms
        if leg.last_trade_ms and early_ms > STOPPED_MS:
            yield f"the last trade of {symbol} {early_ms // 60_000:,} min before the end"


def _not_played(survey: Survey, counts: Counts) -> int:
    return sum(found.trades for found in survey.symbols if found.symbol not in counts.legs)


def _by_reason(counts: Mapping[str, int]) -> str:
    """The most frequent reason first; nothing where there is none."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    words = [f"{count:,} {_WHY_IGNORED.get(reason) or reason.replace('_', ' ')}" for reason, count in ordered]
    return f" ({', '.join(words)})" if words else ""
