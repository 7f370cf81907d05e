"""Which streams go over which connection of a route, when those that are wanted change. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ingest.live.venues import STREAMS_PER_CONNECTION


def placed(
    carried: Sequence[Sequence[str]],
    wanted: Sequence[str],
    *,
    shared: Collection[str] = (),
    most: int = STREAMS_PER_CONNECTION,
) -> list[tuple[str, ...]]:
    """The streams of each connection, given what each carries now, and of further ones at the end.

    What is wanted still stays where it is, and so do `shared` streams. What is new goes to the first connection with
    room: a connection holds `most` streams. One that is left with none is to be closed.
    """
    asked = set(wanted)
    places = [[stream for stream in streams if stream in asked or stream in shared] for streams in carried]
    there = {stream for streams in places for stream in streams}
    for stream in dict.fromkeys(wanted):
        if stream not in there:
            room = next((streams for streams in places if len(streams) < most), None)
            if room is None:
                places.append(room := [])
            room.append(stream)
    return [tuple(streams) for streams in places]
