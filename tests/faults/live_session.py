"""A live session in a thread of the test's own: the ingestor without its process, so that a test can reach into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from ingest.live.session import LiveSession
from ingest.live.venues import simulated
from ingest.sim.exchange import SimulatedExchange
from store.client import connect_writer

END_LIMIT_S = 20.0


@contextmanager
def live_session(
    exchange: SimulatedExchange, store_url: str, symbols: Sequence[str], *, retention_mb: int | None = None
) -> Iterator[LiveSession]:
    """Runs until the block ends; an error of its own fails the test."""
    stop, raised = Event(), []
    client = connect_writer(store_url)
    session = LiveSession(simulated(exchange.rest_url), symbols, client, stop, retention_mb=retention_mb)

    def work() -> None:
        try:
            session.run()
        except BaseException as error:
            raised.append(error)
            raise

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield session
    finally:
        stop.set()
        thread.join(END_LIMIT_S)
        client.close()
    assert not raised
    assert not thread.is_alive(), "the session did not end"
