"""The blows of a chaos run: each does its harm for a while and takes it back. Which, and when, is chance of a seed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from bench.chaos_scene import Child, Scene
from store.client import connect_writer
from tests.tools.fault_proxy import FaultProxy

EXCHANGE_FAULTS = (
    "duplicates=3", "shuffle=0.1", "gaps=300", "malformed=20", "reset=3", "lifetime=8", "shutdown=4", "stamps=us",
    "hang=streams", "hang=rest", "refuse=503", "refuse=429", "rest=503", "rest=429", "silent=*@aggTrade",
    "stuck=btcusdt@*", "stale=*", "unfed=eth*", "huge=20",
)  # fmt: skip
"""None that changes what the exchange's history says: the clock and what is listed stay."""


@dataclass
class Blows:
    """Strikes at a scene. `told` counts what was done, `emptied_ms` is the venue's time when the store lost all."""

    scene: Scene
    chance: Random
    told: dict[str, int] = field(default_factory=dict)
    emptied_ms: int = 0

    def strike(self, *, may_empty: bool) -> str:
        """One blow by chance, over when this returns; its name. An emptied store has nothing left to be compared."""
        name = self.chance.choice([name for name in _BLOWS if may_empty or name not in _EMPTYING])
        self.told[name] = self.told.get(name, 0) + 1
        _BLOWS[name](self)
        return name

    def new_faults(self) -> str:
        """Up to three faults of the exchange by chance, often none."""
        faults = ",".join(self.chance.sample(EXCHANGE_FAULTS, self.chance.choice((0, 0, 1, 1, 2, 3))))
        self.scene.choose(faults)
        return faults

    def cure(self) -> None:
        """Nothing is wrong any more."""
        self.scene.choose("")
        for child in (self.scene.exchange, self.scene.store, *self.scene.ingestors):
            child.send(signal.SIGCONT)

    # of processes

    def some_ingestor(self) -> Child:
        return self.chance.choice(self.scene.ingestors)

    def pause(self, shortest_s: float, longest_s: float) -> None:
        time.sleep(self.chance.uniform(shortest_s, longest_s))

    def kill_both(self) -> None:
        for ingestor in self.scene.ingestors:
            ingestor.send(signal.SIGKILL)

    def freeze(self, child: Child, longest_s: float) -> None:
        child.send(signal.SIGSTOP)
        self.pause(0.5, longest_s)
        child.send(signal.SIGCONT)

    # of the store

    def emptied(self) -> None:
        with suppress(OSError):
            self.emptied_ms = self.scene.venue_ms()

    def flush(self) -> None:
        with self.store() as client:
            client.flushall()
        self.emptied()

    def kill_store(self) -> None:
        self.scene.store.send(signal.SIGKILL)
        self.emptied()

    def refuse_writes(self, do: tuple[str, ...], undo: tuple[str, ...]) -> None:
        with self.store() as client:
            client.execute_command(*do)  # type: ignore[no-untyped-call]
            self.pause(0.5, 4.0)
            client.execute_command(*undo)  # type: ignore[no-untyped-call]

    def fail_over(self) -> None:
        """What was written in the last moments is lost: the store as it was before them."""
        with self.store() as client:
            kept = _dumped(client)
            self.pause(0.2, 3.0)
            pipe = client.pipeline(transaction=True)
            pipe.flushall()
            for key, (ttl_ms, value) in kept.items():
                pipe.restore(key, max(ttl_ms, 0), value, replace=True)
            pipe.execute()

    @contextmanager
    def store(self) -> Iterator[Redis]:
        """The store itself, past the proxy; one that does not answer is left alone."""
        client = connect_writer(self.scene.store_url)
        with suppress(RedisError):
            yield client
        client.close()

    # of the ways between

    def through(self, proxy: FaultProxy, **fault: Any) -> None:
        """A fault of a proxy for a while; what it swallowed is not sent again, so the connections end with it."""
        before = {name: getattr(proxy, name) for name in fault}
        for name, value in fault.items():
            setattr(proxy, name, value)
        self.pause(0.5, 5.0)
        if fault.get("black_hole"):
            proxy.reset()
        for name, value in before.items():
            setattr(proxy, name, value)

    @property
    def some_proxy(self) -> FaultProxy:
        return self.chance.choice((self.scene.store_proxy, self.scene.exchange_proxy))


def _dumped(client: Redis) -> dict[bytes, tuple[int, bytes]]:
    """Every key with its life in ms, -1 for ever, as of one moment."""
    names: Any = client.keys("*")
    pipe = client.pipeline(transaction=True)
    for name in names:
        pipe.pttl(name)
        pipe.dump(name)
    answers = pipe.execute()
    values = zip(names, answers[::2], answers[1::2], strict=True)
    return {name: (ttl_ms, value) for name, ttl_ms, value in values if value is not None}


_EMPTYING: dict[str, Callable[[Blows], None]] = {
    "the store is emptied": Blows.flush,
    "the store is killed": Blows.kill_store,
}
_BLOWS: dict[str, Callable[[Blows], None]] = {
    "an ingestor is killed": lambda b: b.some_ingestor().send(signal.SIGKILL),
    "both ingestors are killed": Blows.kill_both,
    "an ingestor is told to end": lambda b: b.some_ingestor().send(signal.SIGTERM),
    "an ingestor stands still": lambda b: b.freeze(b.some_ingestor(), 7.0),
    "the exchange stands still": lambda b: b.freeze(b.scene.exchange, 4.0),
    "the store stands still": lambda b: b.freeze(b.scene.store, 5.0),
    **_EMPTYING,
    "the store takes no writes": lambda b: b.refuse_writes(
        ("CONFIG", "SET", "min-replicas-to-write", "1"), ("CONFIG", "SET", "min-replicas-to-write", "0")
    ),
    "the store is read-only": lambda b: b.refuse_writes(("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    "the store loses its last writes": Blows.fail_over,
    "connections are reset": lambda b: b.some_proxy.reset(),
    "connections are half closed": lambda b: b.some_proxy.half_close(),
    "answers are swallowed": lambda b: b.through(b.some_proxy, black_hole=True),
    "answers are late": lambda b: b.through(b.some_proxy, delay_s=0.2),
    "answers come in slices": lambda b: b.through(b.some_proxy, slice_bytes=97),
}
