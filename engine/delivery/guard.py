"""A process that can reach public addresses only: an audit hook sees every address that a socket goes to.

It sees them after every look-up, redirect and proxy, and cannot be taken off again. Python's own sockets are all that
is meant: code in C that opens sockets by itself is not seen, and none is loaded here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.delivery.addresses import Network, refusal

_TO_ADDRESS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ELSEWHERE = frozenset(
    {
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "os.startfile",
        "os.forkpty",
        "pty.spawn",
        "syslog.openlog",
        "syslog.syslog",
    }
)
"""Ways past the sockets of this process, and to what listens on this machine."""

_HERE = "this service works on the machine itself, not over a network"


class AddressRefused(ConnectionRefusedError):
    """No connection was made. Libraries take it for a network's own refusal."""


class Guard:
    """Installed once in a process, for good. `refusals` collects what was refused, in words."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)
        self.closed = False
        """Whether there is to be no connection at all, nor another process."""
        self.tried: list[str | None] = []
        """Of each way out that was tried while it was closed, why that is refused; None where it would be open."""
        self.names = 0
        """Names looked up while it was closed."""
        self.refusals: list[str] = []

    def install(self) -> None:
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.getaddrinfo":
            self.names += self.closed
        elif event in _TO_ADDRESS:
            self._judge(event, arguments[1])
        elif event in _ELSEWHERE or (event == "ctypes.dlopen" and arguments[0] is not None):
            if self.closed:
                self.tried.append(_HERE)
            self._refuse(_HERE)

    def _judge(self, event: str, address: object) -> None:
        if event == "socket.sendmsg" and address is None:
            return  # on a socket whose connection was judged
        words = refusal(address, self._allowed)
        if self.closed:
            self.tried.append(words)
            raise AddressRefused("no connection is wanted")
        if words is not None:
            self._refuse(words)

    def _refuse(self, words: str) -> None:
        self.refusals.append(words)
        raise AddressRefused(words)
