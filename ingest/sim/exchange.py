"""The simulated exchange inside another process: a server thread on a free port."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from types import TracebackType

from ingest.sim.clock import VenueClock
from ingest.sim.errors import NotStarted
from ingest.sim.faults import Faults
from ingest.sim.klines import KlineBook
from ingest.sim.rest import FUTURES_BUDGET, SPOT_BUDGET, RestApi
from ingest.sim.server import ExchangeServer
from ingest.sim.truth import Truth
from ingest.sim.world import World

_START_LIMIT_S = 10.0


class SimulatedExchange:
    """A context manager that serves a world while it is open.

    `start_ms` is the venue's time at entry. After it, `ws_url` (``ws://127.0.0.1:port``) and `rest_url`
    (``http://127.0.0.1:port``) say where it answers, `clock` what time it has, `world` and `truth` what is so.
    """

    def __init__(
        self,
        *,
        start_ms: int,
        seed: int = 7,
        speed: float = 1.0,
        port: int = 0,
        faults: Faults | None = None,
        futures_budget: int = FUTURES_BUDGET,
        spot_budget: int = SPOT_BUDGET,
        ping_interval_s: float = 20.0,
    ) -> None:
        self.world = World(seed)
        self.truth = Truth(self.world)
        self._start_ms = start_ms
        self._speed = speed
        self._port = port
        self._faults = faults
        self._rest = RestApi(self.world, KlineBook(self.world), futures_budget=futures_budget, spot_budget=spot_budget)
        self._ping_interval_s = ping_interval_s

    def __enter__(self) -> SimulatedExchange:
        self.clock = VenueClock(self._start_ms, self._speed)
        server = ExchangeServer(
            self.world,
            self.clock,
            port=self._port,
            faults=self._faults,
            rest=self._rest,
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
        listening.add_done_callback(lambda done: started.set_result(done.result()))
        try:
            await server.run(self._stop, listening)
        except OSError as error:
            if started.done():
                raise
            started.set_exception(NotStarted(f"the exchange cannot listen: {error}"))
