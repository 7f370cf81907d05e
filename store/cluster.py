"""A Redis or Valkey Cluster, spoken to as if it were one server.

redis-py's own cluster client retries what failed, node by node, and asks for the map of slots between: against a frozen
node a page would wait many seconds. Here each question goes to the node that has its key, once, with the timeouts of
any other connection of ours. What a node does not have any more is asked for where it says, and the map is fetched
anew for the next question. A key that is being moved to another node at this moment is trouble, which passes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple

from redis import ConnectionPool, Redis
from redis.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import ClusterDownError, ExecAbortError, MovedError, ReadOnlyError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

Address = tuple[str, int]
_POLL_S = 0.02  # of a blocking read of several streams, which no command offers

_MAP_IN_DOUBT = (RedisConnectionError, RedisTimeout, ClusterDownError, ExecAbortError, ReadOnlyError)
_KEYLESS = frozenset({"PING", "INFO", "CONFIG", "CLIENT", "TIME", "DBSIZE"})
_EVERYWHERE = frozenset({"FLUSHALL", "FLUSHDB"})
_KEY_AT = {"XREAD": -2, "EVAL": 3, "EVALSHA": 3, "OBJECT": 2, "MEMORY": 2}


class _Map(NamedTuple):
    """Which primary has which slots."""

    ranges: tuple[tuple[int, int, Address], ...]

    def owner(self, slot: int) -> Address:
        for first, last, address in self.ranges:
            if first <= slot <= last:
                return address
        raise RedisConnectionError(f"no node of the cluster has slot {slot}")

    @property
    def primaries(self) -> tuple[Address, ...]:
        return tuple(dict.fromkeys(address for _, _, address in self.ranges))


class ClusterStore(Redis):
    """Commands go to the node of their key; several keys at once only where this says so. Safe between threads.

    Nothing is connected before the first call.
    """

    def __init__(self, seeds: tuple[Address, ...], pool_of: Callable[[Address], ConnectionPool]) -> None:
        """`pool_of` makes the pool of connections to one node."""
        super().__init__(connection_pool=pool_of(seeds[0]))
        self.seeds = seeds
        self._pool_of = pool_of
        self._nodes: dict[Address, Redis] = {}
        self._map: _Map | None = None
        self._failed: Address | None = None
        self._lock = Lock()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        name = str(args[0]).upper().partition(" ")[0]
        if name in _EVERYWHERE:
            done = [_execute(node, args, options) for node in self._primaries()]
            return all(done)
        address = self._slots().primaries[0] if name in _KEYLESS else self.owner_of(args)
        return self.ask(address, lambda node: _execute(node, args, options))

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> ClusterPipeline:  # noqa: ARG002  # as redis-py
        """Commands of several nodes; with `transaction` those of each node are done as one."""
        return ClusterPipeline(self, transaction)

    def mget(self, keys: Any, *args: Any) -> Any:
        """Not as of one moment, where the keys are on several nodes."""
        pipe = self.pipeline(transaction=False)
        for key in [*(keys if isinstance(keys, list | tuple) else [keys]), *args]:
            pipe.get(key)
        return pipe.execute()

    def delete(self, *names: Any) -> Any:
        return self._each("DEL", names)

    def unlink(self, *names: Any) -> Any:
        return self._each("UNLINK", names)

    def xread(self, streams: Mapping[Any, Any], count: int | None = None, block: int | None = None) -> Any:  # type: ignore[override]
        """As a server's; of several streams, what comes while it waits is found within 20 ms."""
        if len(streams) == 1:
            return super().xread(dict(streams), count=count, block=block)
        until_s = time.monotonic() + (block or 0) / 1000
        while True:
            pipe = self.pipeline(transaction=False)
            for key, entry_id in streams.items():
                pipe.xread({key: entry_id}, count=count)
            found = [entries for part in pipe.execute() for entries in part or ()]
            if found or block is None or time.monotonic() >= until_s:
                return found
            time.sleep(_POLL_S)

    def scan_iter(self, *args: Any, **options: Any) -> Iterator[Any]:
        for node in self._primaries():
            yield from node.scan_iter(*args, **options)

    def info(self, *sections: Any, **options: Any) -> Any:
        """Of the node whose memory is fullest, with the number of `primaries`."""
        told: list[Any] = [node.info(*sections, **options) for node in self._primaries()]
        fullest = max(told, key=_fullness)
        return {**fullest, "primaries": len(told)}

    def close(self) -> None:
        for node in list(self._nodes.values()):
            node.close()
        super().close()

    def owner_of(self, args: tuple[Any, ...]) -> Address:
        """The node that has the key of a command."""
        name = str(args[0]).upper().partition(" ")[0]
        key = args[_KEY_AT.get(name, 1)]
        return self._slots().owner(key_slot(key if isinstance(key, bytes) else str(key).encode()))

    def ask(self, address: Address, question: Callable[[Redis], Any]) -> Any:
        """Put a question to a node, and to the one that it names instead."""
        try:
            return question(self._node(address))
        except MovedError as moved:
            self.forget_map()
            return question(self._node((moved.host or address[0], moved.port)))
        except RedisError as error:
            if isinstance(error, _MAP_IN_DOUBT):
                self._failed = address
                self.forget_map()
            raise

    def forget_map(self) -> None:
        """Fetch the map of slots anew before the next question."""
        self._map = None

    def _each(self, command: str, names: tuple[Any, ...]) -> int:
        pipe = self.pipeline(transaction=False)
        for name in names:
            _execute(pipe, (command, name), {})
        return sum(pipe.execute())

    def _node(self, address: Address) -> Redis:
        with self._lock:
            if address not in self._nodes:
                self._nodes[address] = Redis(connection_pool=self._pool_of(address))
            return self._nodes[address]

    def _primaries(self) -> list[Redis]:
        return [self._node(address) for address in self._slots().primaries]

    def _slots(self) -> _Map:
        if (known := self._map) is None:
            self._map = known = self._fetched()
        return known

    def _fetched(self) -> _Map:
        """Asked of the first node that answers, of the one that failed last at the end."""
        failure: RedisError | None = None
        every = dict.fromkeys([*self._nodes, *self.seeds])
        for address in sorted(every, key=lambda address: address == self._failed):
            try:
                return _parse_map(_execute(self._node(address), ("CLUSTER SLOTS",), {}), address)
            except RedisError as error:
                failure = error
        raise failure or RedisConnectionError("no node of the cluster is known")


class ClusterPipeline(Pipeline):
    """Commands for the nodes of a cluster, sent when it is executed, to one node after another."""

    def __init__(self, store: ClusterStore, transaction: bool) -> None:
        super().__init__(store.connection_pool, store.response_callbacks, transaction, None)
        self._store = store

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Answers in the order of the commands. One that a node refused because it has moved is in doubt no longer: it
        was not done, and is sent where it belongs."""
        stack, self.command_stack = self.command_stack, []
        parts: dict[Address, list[int]] = {}
        for place, (args, _) in enumerate(stack):
            parts.setdefault(self._store.owner_of(args), []).append(place)
        answers: list[Any] = [None] * len(stack)
        for address, places in parts.items():
            commands = [stack[place] for place in places]
            for place, answer in zip(places, self._sent(address, commands), strict=True):
                answers[place] = answer
        if raise_on_error:
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return answers

    def _sent(self, address: Address, commands: list[Any]) -> list[Any]:
        def send(node: Redis) -> list[Any]:
            with node.pipeline(transaction=self.transaction) as pipe:
                for args, options in commands:
                    _execute(pipe, args, options)
                return pipe.execute(raise_on_error=False)

        answers: list[Any] = self._store.ask(address, send)
        for place, (args, options) in enumerate(commands):
            if isinstance(answers[place], MovedError):
                self._store.forget_map()
                answers[place] = self._store.execute_command(*args, **options)
        return answers


def _fullness(memory: Mapping[str, Any]) -> float:
    return float(memory.get("used_memory", 0)) / (float(memory.get("maxmemory", 0)) or float("inf"))


def _execute(node: Any, args: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    return node.execute_command(*args, **options)


def _parse_map(raw: Any, asked: Address) -> _Map:
    """`raw` is the answer to CLUSTER SLOTS; a node that does not know its own name has that by which it was asked."""
    return _Map(tuple((int(part[0]), int(part[1]), _address(part[2], asked)) for part in raw))


def _address(primary: Any, asked: Address) -> Address:
    host = primary[0].decode() if isinstance(primary[0], bytes) else primary[0]
    return (host or asked[0], int(primary[1]))
