"""What ties a live session to its venue: connections, their queue, REST and the filler of gaps."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence

from ingest.core.events import Notice
from ingest.errors import RegionRefused
from ingest.frames import FrameQueue
from ingest.live.calm_log import CalmLog
from ingest.live.connection import StreamConnection
from ingest.live.connection_state import Patience
from ingest.live.connection_view import connection_view
from ingest.live.fill import GapFiller
from ingest.live.placing import placed
from ingest.live.rest import RestClient
from ingest.live.skew import SkewWatch, skew_words
from ingest.live.venues import Route, StreamAddress, Venue, route_address, stream_addresses, streams_of
from store.process_state import ConnectionView

NAMED = 5  # silent streams, beyond which they are only counted

log = logging.getLogger(__name__)


class Links:
    """All that runs beside the loop. `open` once, `close` once."""

    def __init__(
        self,
        venue: Venue,
        rest: RestClient,
        symbols: Sequence[str],
        *,
        silent_after_s: float,
        patience: Patience | None = None,
    ) -> None:
        self.queue = FrameQueue()
        self.filler = GapFiller(rest)
        self._rest = rest
        self._venue = venue
        self._patience = patience or Patience(silent_after_s=silent_after_s)
        self._skew = SkewWatch(rest)
        self._calm = CalmLog()
        self._lost_before = 0
        self._made = Counter[str]()
        self._connections: list[StreamConnection] = []
        for address in stream_addresses(venue, symbols):
            self._connections.append(self._connection(address))

    def open(self) -> None:
        self.filler.start()
        self._skew.start()
        for connection in self._connections:
            connection.start()

    def follow(self, symbols: Sequence[str]) -> None:
        """Carry these symbols and no others from now on, over the connections that there are as far as they have room.

        Once the links are open; from one thread.
        """
        for route in self._venue.routes:
            own = [connection for connection in self._connections if connection.address.route == route.name]
            wanted = [stream for symbol in symbols for stream in streams_of(route, symbol)]
            wanted += route.shared if symbols else ()
            places = placed([each.address.streams for each in own], wanted, shared=route.shared)
            for connection, streams in zip(own, places, strict=False):
                if not streams:
                    self._end(connection)
                elif streams != connection.address.streams:
                    connection.carry(streams)
            for streams in places[len(own) :]:
                self._add(route, streams)

    def _add(self, route: Route, streams: Sequence[str]) -> None:
        number = self._made[route.name] + 1
        name = route.name if number == 1 else f"{route.name}-{number}"
        connection = self._connection(route_address(self._venue, route, name, streams))
        self._connections = [*self._connections, connection]  # others may be looking through the list
        connection.start()

    def _end(self, connection: StreamConnection) -> None:
        connection.ask_to_stop()
        self._lost_before += connection.state.lost
        self._connections = [each for each in self._connections if each is not connection]

    def _connection(self, address: StreamAddress) -> StreamConnection:
        self._made[address.route] += 1
        return StreamConnection(
            address,
            self.queue.put,
            interrupted=self.queue.interrupt,
            patience=self._patience,
            gate=self._rest.gate,
            known_gap=self._rest.trade_gap_s,
            control_per_s=self._venue.control_per_s,
        )

    def hang_up(self) -> None:
        """End the connections; what has come stays in the queue."""
        for connection in self._connections:
            connection.ask_to_stop()
        for connection in self._connections:
            connection.stop()

    def close(self) -> None:
        """End everything."""
        self.hang_up()
        self._skew.stop()
        self.filler.stop()

    def note(self, venue: str, notices: Sequence[Notice]) -> None:
        """Log what the venue says besides its data, a few lines a minute. That a request was heard proves nothing."""
        for notice in (notice for notice in notices if notice.kind != "answer"):
            line = self._calm.line(f"{venue} says {notice.kind}: {notice.detail}", time.monotonic())
            if line is not None:
                log.info("%s", line)

    @property
    def refused(self) -> RegionRefused | None:
        """The refusal of a connection that ended for good, if one did."""
        return next((c.state.refused for c in self._connections if c.state.refused), None)

    @property
    def reconnects(self) -> int:
        return self._lost_before + sum(connection.state.lost for connection in self._connections)

    @property
    def views(self) -> tuple[ConnectionView, ...]:
        """The connections as others see them."""
        return tuple(connection_view(each, self._venue.name, self._rest.skew_s) for each in self._connections)

    @property
    def trouble(self) -> str:
        """What keeps connections from delivering, in words; empty when all do."""
        down = [connection for connection in self._connections if not connection.state.connected]
        return "; ".join(f"{connection.address.name}: {connection.state.detail}" for connection in down)

    @property
    def silent(self) -> dict[str, float]:
        """Streams that should deliver and do not, with seconds since each was heard."""
        now_s = time.monotonic()
        return {stream: now_s - last_s for c in self._connections for stream, last_s in c.state.silent}

    @property
    def remark(self) -> str:
        """What is worth saying while all connections deliver: silent streams, and clocks that differ."""
        silent = self.silent
        longest = sorted(silent, key=silent.__getitem__, reverse=True)
        named = ", ".join(f"{stream} for {silent[stream]:.0f} s" for stream in longest[:NAMED])
        more = f" and {len(silent) - NAMED} more" if len(silent) > NAMED else ""
        return "; ".join(filter(None, (f"silent: {named}{more}" if named else "", skew_words(self._rest.skew_s))))
