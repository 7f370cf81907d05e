"""What a chaos run ill-treats: an exchange, a store and two ingestors as processes, with proxies between them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import requests
from redis.exceptions import RedisError

from bench.servers import HOST, ROOT, free_port
from store.client import connect_reader
from store.embedded import server_command
from tests.tools.fault_proxy import FaultProxy, fault_proxy

START_LIMIT_S = 30.0
RESTART_S = 0.3
POLL_S = 0.05


@dataclass
class Child:
    """A process that is started again whenever it ends, as a supervisor does."""

    name: str
    command: Sequence[str]
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    restart: bool = True
    began: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> Path:
        return self.folder / f"{self.name}.txt"

    def start(self) -> None:
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        with self.said.open("ab") as file:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "store.parent_death", "--", *self.command),
                cwd=self.folder,
                env={**inherited, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.began += 1

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and not self.ended:
            self.process.send_signal(number)

    def end(self) -> int | None:
        """SIGTERM, and SIGKILL where that does not help in 10 s; the exit code, None where it had to be killed."""
        self.restart = False
        if self.process is None:
            return None
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


@dataclass
class Scene:
    """All that runs. `store_url` leads to the store itself, past the proxy."""

    exchange: Child
    store: Child
    ingestors: list[Child]
    store_proxy: FaultProxy
    exchange_proxy: FaultProxy
    exchange_url: str
    store_url: str

    def choose(self, faults: str) -> None:
        """Faults of the exchange."""
        with suppress(requests.RequestException):
            requests.get(f"{self.exchange_url}/sim/faults", params={"set": faults}, timeout=5)

    def venue_ms(self) -> int:
        """The exchange's clock, whatever faults it has; it answers unless it stands still."""
        return int(requests.get(f"{self.exchange_url}/sim/faults", timeout=20).json()["time_ms"])


@contextmanager
def chaos_scene(folder: Path, *, symbols: Sequence[str], speed: float, seed: int) -> Iterator[Scene]:
    """Everything started and answering; whatever is left of it ends with the block."""
    exchange_port, store_port = free_port(), free_port()
    sim = (sys.executable, "-m", "ingest.sim", "--port", str(exchange_port))
    exchange = Child("exchange", (*sim, "--seed", str(seed), "--speed", f"{speed:g}"), folder)
    serve = server_command(folder, folder / "s", persist=False)
    serve[serve.index("--port") + 1] = str(store_port)
    store = Child("store", serve, folder)
    with ExitStack() as stack:
        store_proxy = stack.enter_context(fault_proxy(f"{HOST}:{store_port}"))
        exchange_proxy = stack.enter_context(fault_proxy(f"{HOST}:{exchange_port}"))
        settings = {
            "FEED": "sim",
            "SYMBOLS": ",".join(symbols),
            "SIM_URL": f"http://{exchange_proxy.netloc}",
            "REDIS_URL": f"redis://{store_proxy.netloc}",
            "DATABASE_URL": f"sqlite:///{folder}/none.sqlite",
        }
        command = (sys.executable, "-m", "ingest")
        ingestors = [Child(f"ingestor-{n}", command, folder, settings) for n in (1, 2)]
        urls = f"http://{HOST}:{exchange_port}", f"redis://{HOST}:{store_port}"
        scene = Scene(exchange, store, ingestors, store_proxy, exchange_proxy, *urls)
        children = [exchange, store, *ingestors]
        stopped = Event()
        keeper = Thread(target=_keep, args=(children, stopped), daemon=True)
        try:
            exchange.start()
            store.start()
            _wait(lambda: _exchange_answers(scene) and _store_answers(scene), "the exchange and the store")
            for ingestor in ingestors:
                ingestor.start()
            keeper.start()
            yield scene
        finally:
            stopped.set()
            if keeper.is_alive():
                keeper.join()
            for child in reversed(children):
                child.end()


def _keep(children: Sequence[Child], stopped: Event) -> None:
    while not stopped.wait(POLL_S):
        for child in children:
            if child.ended and child.restart and not stopped.wait(RESTART_S):
                child.start()


def _exchange_answers(scene: Scene) -> bool:
    try:
        return scene.venue_ms() > 0
    except requests.RequestException:
        return False


def _store_answers(scene: Scene) -> bool:
    client = connect_reader(scene.store_url)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _wait(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + START_LIMIT_S
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError(f"{what} did not answer within {START_LIMIT_S:.0f} s")
        time.sleep(POLL_S)
