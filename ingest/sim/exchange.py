"""The simulated exchange put together, and its use inside another process: a server thread on a free port."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from types import TracebackType

from ingest.sim.broadcast import Broadcast
from ingest.sim.clock import VenueClock
from ingest.sim.errors import NotStarted
from ingest.sim.fault_settings import ChosenFaults
from ingest.sim.faults import Faults
from ingest.sim.klines import KlineBook
from ingest.sim.rest import FUTURES_BUDGET, SPOT_BUDGET, RestApi
from ingest.sim.server import ExchangeServer
from ingest.sim.truth import Truth
from ingest.sim.world import World

PING_INTERVAL_S = 20.0
"""How often the venue pings its clients; they have three times that to answer."""

_START_LIMIT_S = 10.0


def exchange_server(
    world: World,
    clock: VenueClock,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    futures_budget: int = FUTURES_BUDGET,
    spot_budget: int = SPOT_BUDGET,
    ping_interval_s: float = PING_INTERVAL_S,
) -> ExchangeServer:
    """A server of `world`, not yet listening; port 0 takes a free one."""
    book = KlineBook(world)
    return ExchangeServer(
        clock,
        world,
        Broadcast(world, book),
        RestApi(world, book, futures_budget=futures_budget, spot_budget=spot_budget),
        faults=faults or ChosenFaults(),
        host=host,
        port=port,
        ping_interval_s=ping_interval_s,
    )


class SimulatedExchange:
    """A context manager that serves a world while it is open.

    `start_ms` is the venue's time at entry (now, unless given). Inside, `ws_url` (``ws://127.0.0.1:port``) and
    `rest_url` (``http://127.0.0.1:port``) say where it answers, `clock` what time it has, `world` and `truth`
    what is so.
    """

    ws_url: str
    rest_url: str
    clock: VenueClock

    def __init__(
        self,
        *,
        start_ms: int | None = None,
        seed: int = 7,
        speed: float = 1.0,
        port: int = 0,
        faults: Faults | None = None,
        futures_budget: int = FUTURES_BUDGET,
        spot_budget: int = SPOT_BUDGET,
        ping_interval_s: float = PING_INTERVAL_S,
    ) -> None:
        self.world = World(seed)
        self.truth = Truth(self.world)
        self._start_ms = start_ms
        self._speed = speed
        self._port = port
        self._faults = faults
        self._futures_budget = futures_budget
        self._spot_budget = spot_budget
        self._ping_interval_s = ping_interval_s

    def __enter__(self) -> SimulatedExchange:
        start_ms = int(time.time() * 1000) if self._start_ms is None else self._start_ms
        self.clock = VenueClock(start_ms, self._speed)
        server = exchange_server(
            self.world,
            self.clock,
            port=self._port,
            faults=self._faults,
            futures_budget=self._futures_budget,
            spot_budget=self._spot_budget,
            ping_interval_s=self._ping_interval_s,
        )
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(server, started), name="exchange", daemon=True)
        self._thread.start()
        port = started.result(_START_LIMIT_S)
        self.ws_url = f"ws://127.0.0.1:{port}"
        self.rest_url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self, server: ExchangeServer, started: Future[int]) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(server, started))

    async def _serve(self, server: ExchangeServer, started: Future[int]) -> None:
        listening: asyncio.Future[int] = self._loop.create_future()
        listening.add_done_callback(lambda port: started.set_result(port.result()))
        try:
            await server.run(self._stop, listening)
        except OSError as error:
            if started.done():
                raise
            started.set_exception(NotStarted(f"the exchange cannot listen on port {self._port}: {error}"))
