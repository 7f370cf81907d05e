"""A venue whose instruments several ingestors share: each part speaks for itself, and they are read as one feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from store.feed import FeedState, State

WHOLE = "1/1"
_WORST_FIRST: tuple[State, ...] = ("disconnected", "connecting", "warming", "ended", "streaming")


def part_name(venue: str, part: str) -> str:
    """The name under which a part (``1/3``) speaks: the venue's own where it is the whole."""
    return venue if part == WHOLE else f"{venue}#{part}"


def venue_of(name: str) -> str:
    return name.partition("#")[0]


def other_divisions(name: str, known: Iterable[str]) -> list[str]:
    """Those of the `known` names that divide the venue of `name` into another number of parts."""
    return [each for each in known if venue_of(each) == venue_of(name) and _count(each) != _count(name)]


def _count(name: str) -> str:
    return (name.partition("#")[2] or WHOLE).partition("/")[2]


def parts_wanted(known: Iterable[str]) -> list[str]:
    """All parts of every venue of which one is known."""
    wanted: dict[str, None] = {}
    for name in sorted(known):
        count = int(_count(name))
        wanted |= dict.fromkeys(part_name(venue_of(name), f"{number}/{count}") for number in range(1, count + 1))
    return list(wanted)


def as_one(parts: Mapping[str, FeedState | None]) -> tuple[FeedState, ...]:
    """One state a venue, by venue's name, of those of its parts; a part that never spoke counts as disconnected.

    A venue is as its worst part is and as old as its oldest word; rates and counts add up.
    """
    venues = dict.fromkeys(venue_of(name) for name in sorted(parts))
    return tuple(
        state
        for venue in venues
        if (state := _joined({name: each for name, each in parts.items() if venue_of(name) == venue})) is not None
    )


def _joined(parts: Mapping[str, FeedState | None]) -> FeedState | None:
    spoke = [state for state in parts.values() if state is not None]
    if not spoke or len(parts) == 1:
        return spoke[0] if spoke else None
    silent = [name.partition("#")[2] for name, state in parts.items() if state is None]
    states: list[State] = [state.state for state in spoke] + (["disconnected"] if silent else [])
    details = [f"part {name.partition('#')[2]}: {each.detail}" for name, each in parts.items() if each and each.detail]
    details += [f"part {part} has not spoken yet" for part in silent]
    alarms = [state.alarm for state in spoke if state.alarm]
    lags = [state.lag_p95_ms for state in spoke if state.lag_p95_ms is not None]
    return replace(
        spoke[0],
        state=min(states, key=_WORST_FIRST.index),
        written_ms=min(state.written_ms for state in spoke),
        started_ms=min(state.started_ms for state in spoke),
        venue_time_ms=max(state.venue_time_ms for state in spoke),
        received_ms=max(state.received_ms for state in spoke),
        trades_per_s=round(_total(spoke, "trades_per_s"), 2),
        quotes_per_s=round(_total(spoke, "quotes_per_s"), 2),
        lag_p95_ms=max(lags, default=None),
        trades=int(_total(spoke, "trades")),
        rejected=int(_total(spoke, "rejected")),
        rejected_by=_reasons(spoke),
        duplicates=int(_total(spoke, "duplicates")),
        reconnects=int(_total(spoke, "reconnects")),
        detail="; ".join(details),
        legs={name: leg for state in spoke for name, leg in state.legs.items()},
        joining={name: words for state in spoke for name, words in state.joining.items()},
        refused={name: words for state in spoke for name, words in state.refused.items()},
        alarm="; ".join(dict.fromkeys(alarms)),
        dropped_frames=int(_total(spoke, "dropped_frames")),
        store_failures=int(_total(spoke, "store_failures")),
        trimmed_entries=int(_total(spoke, "trimmed_entries")),
    )


def _reasons(states: Sequence[FeedState]) -> dict[str, int]:
    names = dict.fromkeys(name for state in states for name in state.rejected_by)
    return {name: sum(state.rejected_by.get(name, 0) for state in states) for name in names}


def _total(states: Sequence[FeedState], name: str) -> float:
    return float(sum(getattr(state, name) for state in states))
