"""What ties a live session to its venue: connections, their queue, REST and the filler of gaps."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.errors import RegionRefused
from ingest.frames import FrameQueue
from ingest.live.connection import StreamConnection
from ingest.live.fill import GapFiller
from ingest.live.rest import RestClient
from ingest.live.venues import Venue, stream_addresses


class Links:
    """All that runs beside the loop. `open` once, `close` once."""

    def __init__(self, venue: Venue, rest: RestClient, symbols: Sequence[str], *, silent_after_s: float) -> None:
        self.queue = FrameQueue()
        self.filler = GapFiller(rest)
        self._connections = [
            StreamConnection(address, self.queue.put, silent_after_s=silent_after_s)
            for address in stream_addresses(venue, symbols)
        ]

    def open(self) -> None:
        self.filler.start()
        for connection in self._connections:
            connection.start()

    def hang_up(self) -> None:
        """End the connections; what has come stays in the queue."""
        for connection in self._connections:
            connection.ask_to_stop()
        for connection in self._connections:
            connection.stop()

    def close(self) -> None:
        """End everything."""
        self.hang_up()
        self.filler.stop()

    @property
    def refused(self) -> RegionRefused | None:
        """The refusal of a connection that ended for good, if one did."""
        return next((c.state.refused for c in self._connections if c.state.refused), None)

    @property
    def reconnects(self) -> int:
        return sum(max(0, connection.state.opened - 1) for connection in self._connections)

    @property
    def trouble(self) -> str:
        """What keeps connections from being open, in words; empty when all are."""
        down = [connection for connection in self._connections if not connection.state.connected]
        return "; ".join(f"{connection.address.name}: {connection.state.detail}" for connection in down)
