"""A connection as the heartbeat tells of it."""

from __future__ import annotations

import math
import time

from ingest.live.connection import StreamConnection
from store.process_state import ConnectionView


def connection_view(connection: StreamConnection, venue: str, skew_s: float | None) -> ConnectionView:
    """`skew_s` is how far the venue's clock is ahead. Monotonic times become those of this machine's clock."""
    state, line = connection.state, connection.in_use
    wall_s = time.time() - time.monotonic()

    def ms(at_s: float | None) -> int | None:
        return None if at_s is None or math.isinf(at_s) else int((wall_s + at_s) * 1000)

    return ConnectionView(
        venue=venue,
        name=connection.address.name,
        host=line.host if line else "",
        connected=state.connected,
        detail=state.detail,
        streams=len(connection.address.streams),
        silent=tuple(stream for stream, _ in state.silent),
        since_ms=ms(line.opened_s) if line else None,
        last_frame_ms=ms(line.last_s) if line else None,
        rotation_ms=ms(line.replace_at_s) if line else None,
        tried=connection.tried,
        opened=state.opened,
        lost=state.lost,
        replaced=state.replaced,
        skew_s=skew_s,
    )
