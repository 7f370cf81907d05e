"""Ways in which a server refuses, each with its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from redis import Redis
from redis.exceptions import RedisError

from tests.faults.store_server import StoreServer
from tests.tools.waiting import until

Held = Callable[[], None]
BLOCKED_FILE = "blocked.rdb"


@dataclass(frozen=True)
class Trouble:
    """`word` is what the server says of it; `apply` returns what cures it."""

    word: str
    apply: Callable[[StoreServer, Redis], Held]
    options: tuple[str, ...] = ()

    @contextmanager
    def of(self, store: StoreServer) -> Iterator[None]:
        with store.client() as client:
            client.ping()
            cure = self.apply(store, client)
            try:
                yield
            finally:
                cure()


def read_only(_store: StoreServer, client: Redis) -> Held:
    """A replica of nobody."""
    client.replicaof("127.0.0.1", 1)
    return lambda: client.replicaof("NO", "ONE")


def no_replicas(_store: StoreServer, client: Redis) -> Held:
    client.config_set("min-replicas-to-write", 1)
    return lambda: client.config_set("min-replicas-to-write", 0)


def misconfigured(store: StoreServer, client: Redis) -> Held:
    """Its snapshot cannot be written where a folder has the file's name."""
    folder = store.directory / BLOCKED_FILE
    folder.mkdir()
    client.config_set("save", "3600 1")
    client.bgsave()
    until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the snapshot to fail")

    def cure() -> None:
        folder.rmdir()
        client.bgsave()

    return cure


def too_many_clients(_store: StoreServer, client: Redis) -> Held:
    """One connection is ours; all others are cut, and none is let in."""
    client.config_set("maxclients", 1)
    client.execute_command("CLIENT KILL TYPE normal SKIPME yes")
    return lambda: client.config_set("maxclients", 1000)


def loading(store: StoreServer, client: Redis) -> Held:
    """Its data is read again, one key in half a second."""
    client.config_set("key-load-delay", 500_000)
    thread = Thread(target=_reload, args=(store,), daemon=True)
    thread.start()

    def cure() -> None:
        until(lambda: _has_loaded(client), "the data to be read")
        thread.join()

    return cure


def _reload(store: StoreServer) -> None:
    with store.client() as client, suppress(RedisError):  # its answer comes later than we wait
        client.execute_command("DEBUG RELOAD")


def _has_loaded(client: Redis) -> bool:
    """It answers between two keys; the sooner the rest is read, the better."""
    try:
        client.config_set("key-load-delay", 0)
        return not client.info("persistence")["loading"]
    except RedisError:
        return False


TROUBLES = (
    Trouble("read only replica", read_only),
    Trouble("NOREPLICAS", no_replicas),
    Trouble("MISCONF", misconfigured, ("--dbfilename", BLOCKED_FILE)),
    Trouble("max number of clients", too_many_clients),
    Trouble(
        "loading the dataset",
        loading,
        ("--enable-debug-command", "yes", "--loading-process-events-interval-bytes", "1024"),
    ),
)
