"""Connections that are made anew after a server said that it is a replica.

After a failover the address leads to the new primary, but an old connection stays with the former one, which
refuses every write for as long as it lives (redis-py#1764).
"""

from __future__ import annotations

from typing import Any

from redis.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ReadOnlyError


class _Reconnecting(AbstractConnection):
    """Whoever returns this connection to its pool after such an answer closes it."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except ReadOnlyError:
            self.mark_for_reconnect()  # type: ignore[no-untyped-call]
            raise


class _Tcp(_Reconnecting, Connection): ...


class _Tls(_Reconnecting, SSLConnection): ...


class _Unix(_Reconnecting, UnixDomainSocketConnection): ...


_KINDS: dict[type, type] = {
    Connection: _Tcp,
    SSLConnection: _Tls,
    UnixDomainSocketConnection: _Unix,
}


def reconnecting(kind: type) -> Any:
    """The class of connections to use instead of redis-py's `kind`."""
    return _KINDS.get(kind, kind)
