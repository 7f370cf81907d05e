"""Bars made anew when ticks come late, or when it turns out that some never will."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from operator import itemgetter

from ingest.core.events import TickFields
from ingest.core.forming import Forming, form, reform
from ingest.core.recent import RecentTicks
from ingest.core.track import Track
from store.bars import UNKNOWN_MISSING, Bar, Source

_ID = itemgetter(0)


def revise(track: Track, numbers: Iterable[int], late: Sequence[TickFields], recent: RecentTicks) -> int:
    """Make the bars `numbers`, and those of the `late` ticks, anew; `recent` holds the late ones already.

    Open bars are folded again from all their ticks; closed ones likewise, and published again with a
    higher revision if they changed, as are the bars without trades that repeat a changed close. A bar
    whose ticks are not all known any more takes the late ones in as `Forming.insert` says.
    Returns how many of the late ticks no bar could take: too old, or in a bar not made of ticks.
    """
    late_of = _by_bar(late, track.ms)
    dirty = sorted({*numbers, *late_of})
    known = [number for number in dirty if number * track.ms >= recent.known_from_ms]
    ticks_of = _by_bar(recent.between(known[0] * track.ms, (known[-1] + 1) * track.ms), track.ms) if known else {}
    refused = 0
    still_to_come = set(dirty)
    for number in dirty:
        still_to_come.discard(number)
        constituents = ticks_of.get(number, ())
        newcomers = sorted(late_of.get(number, ()), key=_ID)
        if number >= track.closed:
            _revise_open(track, number, constituents, newcomers)
        elif not _revise_closed(track, number, constituents, newcomers, still_to_come):
            refused += len(newcomers)
    return refused


def _by_bar(ticks: Iterable[TickFields], ms: int) -> dict[int, list[TickFields]]:
    grouped: defaultdict[int, list[TickFields]] = defaultdict(list)
    for tick in ticks:
        grouped[tick[3] // ms].append(tick)
    return grouped


def _remade(
    old: Forming | None, constituents: Sequence[TickFields], newcomers: Sequence[TickFields], *, unknown: bool
) -> Forming | None:
    """From all ticks where they are known, else from what there was and the newcomers."""
    if constituents:
        return form(constituents, unknown=unknown)
    if old is None:
        return form(newcomers, unknown=unknown)
    for tick in newcomers:
        old.insert(tick)
    return old


def _revise_open(
    track: Track, number: int, constituents: Sequence[TickFields], newcomers: Sequence[TickFields]
) -> None:
    old = track.forming.get(number)
    unknown = old.unknown if old else track.unknown
    fresh = _remade(old, constituents, newcomers, unknown=unknown)
    if fresh is not None:
        track.forming[number] = fresh


def _revise_closed(
    track: Track,
    number: int,
    constituents: Sequence[TickFields],
    newcomers: Sequence[TickFields],
    still_to_come: Set[int],
) -> bool:
    """Whether the bar is one that can be revised."""
    index = track.bars.index(number)
    if index is None:
        return False
    _, old = track.bars.at(index)
    if old.source != Source.TRADES:
        return False
    unknown = track.unknown or (old.trades > 0 and old.missing == UNKNOWN_MISSING and number not in track.doubted)
    before = reform(old, unknown=unknown) if old.trades else None
    fresh = _remade(before, constituents, newcomers, unknown=unknown)
    if fresh is None:
        close = track.bars.at(index - 1)[1].close if index else old.close
        bar = track.empty(number, close, old.bid, old.ask)
    else:
        missing = track.missing(number, unknown=unknown)
        bar = fresh.bar(old.open_time_ms, bid=old.bid, ask=old.ask, missing=missing)
        track.doubt(number, bar, unknown=unknown)
    _replace(track, index, bar, still_to_come)
    return True


def _replace(track: Track, index: int, bar: Bar, still_to_come: Set[int]) -> None:
    """Publish a changed bar, and the bars after it that have no trades and repeat its close.

    Up to one that is `still_to_come`: made anew itself, it will repeat the close. Else a gap of ten minutes, filled
    second by second, would publish its empty bars again at each of them.
    """
    while track.bars.replace(index, bar):
        index += 1
        if index == len(track.bars):
            track.last_close = bar.close
            return
        number, following = track.bars.at(index)
        if following.trades or following.source != Source.TRADES or number in still_to_come:
            return
        bar = track.empty(number, bar.close, following.bid, following.ask)
