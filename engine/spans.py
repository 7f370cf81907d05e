"""Lengths of time in words, two units at most ("4 min 10 s"), and times of day in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span_text(span_ms: float) -> str:
    """A span of at least 0 ms, to the second, or to a tenth of one below ten seconds."""
    seconds = span_ms / 1000
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    rest = round(seconds)
    parts: list[str] = []
    for name, length in _UNITS:
        count, rest = divmod(rest, length)
        if parts or count:
            parts.append(f"{count} {name}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)


def utc_text(ms: int) -> str:
    """The minute of a time in UTC, with its date: a text is read on other days too."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%d %b %H:%M UTC")
