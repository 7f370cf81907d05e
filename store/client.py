"""Connections to the Redis server, with short timeouts and no hidden retries.

redis-py's defaults wait a minute for a frozen server. A page must say within two seconds that the
store is down or slow, and a repeated XADD would write twice: so one attempt, one short timeout, and
whoever calls decides what to do next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, OutOfMemoryError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeout
from redis.retry import Retry

from store.address import is_cluster_url
from store.cluster import ClusterStore
from store.errors import CorruptRecord, StoreFull, StoreSlow, StoreUnavailable
from store.reconnecting import reconnecting

READER_TIMEOUT_S = 1.0
WRITER_TIMEOUT_S = 2.0
MAX_READER_CONNECTIONS = 4  # small hosted plans allow 20 in all
MAX_WRITER_CONNECTIONS = 2


def connect_reader(url: str, *, max_connections: int = MAX_READER_CONNECTIONS) -> Redis:
    """A client for pages, API and monitor: any call ends within about a second.

    `url` is ``redis://``, ``rediss://`` or ``unix://``, or names nodes of a Cluster as
    ``redis+cluster://host:port,host:port`` (``rediss+cluster://``). Nothing is connected until the first call.
    """
    return _connect(url, READER_TIMEOUT_S, max_connections)


def connect_writer(url: str) -> Redis:
    """A client for the ingestor: a little more patience, and no retry that could write twice."""
    return _connect(url, WRITER_TIMEOUT_S, MAX_WRITER_CONNECTIONS)


def _connect(url: str, timeout_s: float, max_connections: int) -> Redis:
    if not is_cluster_url(url):
        return Redis(connection_pool=_pool(url, timeout_s, max_connections))
    scheme, _, rest = url.partition("+cluster://")
    netloc, slash, path = rest.partition("/")
    if not slash:
        netloc, mark, path = rest.partition("?")
        path = mark + path
    user, at, hosts = netloc.rpartition("@")
    seeds = tuple(_address(host) for host in hosts.split(","))

    def pool_of(address: tuple[str, int]) -> BlockingConnectionPool:
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        return _pool(f"{scheme}://{user}{at}{host}:{address[1]}/{path}", timeout_s, max_connections)

    return ClusterStore(seeds, pool_of)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if not text.endswith("]") and ":" in text else (text, "", "6379")
    if not host or not port.isdigit():
        raise ValueError(f"{text!r} is no host:port: name nodes as redis+cluster://host:port,host:port")
    return host.strip("[]"), int(port)


def _pool(url: str, timeout_s: float, max_connections: int) -> BlockingConnectionPool:
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,  # saves two round trips per connection
    )
    pool.connection_class = reconnecting(pool.connection_class)
    return pool


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn whatever redis-py or the socket raises into `StoreUnavailable`, or into `StoreSlow` where a server is there.

    A key of the wrong type is not a dead server: that is `CorruptRecord`.
    """
    try:
        yield
    except ResponseError as error:
        if "WRONGTYPE" in str(error):  # a pipeline puts the command before it
            raise CorruptRecord("a key of ours holds another type: delete it, it is built again") from error
        if isinstance(error, OutOfMemoryError):
            raise StoreFull(f"the store is full: {error}") from error
        raise StoreUnavailable(f"the store refused: {error}") from error
    except (RedisError, OSError) as error:
        if _is_there(error):
            raise StoreSlow(f"the store is slow to answer: {error}") from error
        raise StoreUnavailable(f"the store does not answer: {error}") from error


def _is_there(error: Exception) -> bool:
    """Whether a server was reached and is busy, or all connections to one are; redis-py tells these by words alone."""
    if isinstance(error, RedisTimeout):
        return "connecting" not in str(error)
    return isinstance(error, BusyLoadingError) or "No connection available" in str(error)
