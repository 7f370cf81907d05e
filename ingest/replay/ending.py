"""What is said at the end of a replay: what became of all that was recorded."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.core.batch import Counts
from ingest.core.rejections import Rejection
from ingest.replay.recordings import Form, Survey

_WHY_IGNORED = {
    Rejection.UNKNOWN_SYMBOL: "of symbols that are not played",
    Rejection.UNUSED_EVENT: "of kinds that are not used",
    Rejection.OTHER_SEQUENCE: "trades by a second sequence of ids",
}


def ending_words(survey: Survey, counts: Counts) -> str:
    """Counts of what was used, and of what was not by its reason; quiet of what did not happen."""
    things = "frames" if survey.form is Form.FRAMES else "trades"
    ignored = dict(counts.ignored)
    if survey.form is not Form.FRAMES and (left_out := _not_played(survey, counts)):
        ignored[Rejection.UNKNOWN_SYMBOL] = left_out  # they never came as far as the core
    parts = [f"{counts.trades:,} trades", f"{counts.rejections:,} {things} rejected{_by_reason(counts.rejected)}"]
    if counts.quotes:
        parts.insert(1, f"{counts.quotes:,} quotes")
    if ignored:
        parts.append(f"{sum(ignored.values()):,} ignored{_by_reason(ignored)}")
    if counts.duplicates:
        parts.append(f"{counts.duplicates:,} trades dropped as repeats")
    if counts.late:
        parts.append(f"{counts.late:,} trades too late for any bar")
    if survey.disorder:
        parts.append(f"{survey.disorder.trades:,} trades stepped back in time, from line {survey.disorder.line} on")
    return ", ".join(parts)


def _not_played(survey: Survey, counts: Counts) -> int:
    return sum(found.trades for found in survey.symbols if found.symbol not in counts.legs)


def _by_reason(counts: Mapping[Rejection, int]) -> str:
    """The most frequent reason first; nothing where there is none."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    words = [f"{count:,} {_WHY_IGNORED.get(reason, reason.replace('_', ' '))}" for reason, count in ordered]
    return f" ({', '.join(words)})" if words else ""
