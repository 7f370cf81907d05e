"""A supervisord of our own: started, asked, and ended."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any
from xmlrpc.client import Error as RpcError  # it is our own supervisord that answers
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from engine.allinone.programs import python

STOP_LIMIT_S = 9.0  # of the ten that the whole may take


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One supervised process. `pid` is 0 while it is down; `exit_code` belongs to its last end."""

    name: str
    state: str
    pid: int
    exit_code: int


class Supervisor:
    """A running supervisord. Leaving its `with` block ends it and all that it runs."""

    def __init__(
        self, config: str, *, sockets: Path, environment: Mapping[str, str], folder: Path, keep_open: int
    ) -> None:
        """`keep_open` is a descriptor that lives as long as supervisord: the folder's lock."""
        file = sockets / "supervisord.conf"
        file.write_text(config, encoding="utf-8")
        self._address = f"unix://{sockets / 'supervisor.sock'}"
        self.process = subprocess.Popen(
            python("store.parent_death", "--", *python("supervisor.supervisord", "-c", str(file))),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[keep_open],
            start_new_session=True,  # Ctrl-C is for us, who then end all in order
        )

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.alive:
            self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()  # the kernel then tells its processes
            self.process.wait()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def states(self) -> tuple[ProcessState, ...] | None:
        """All processes, None while supervisord does not answer."""
        try:
            found: Any = self._call("getAllProcessInfo")
        except (OSError, HTTPException, RpcError):
            return None
        return tuple(
            ProcessState(info["name"], info["statename"], int(info["pid"]), int(info["exitstatus"])) for info in found
        )

    def start(self, group: str) -> None:
        """Start the processes of a group; does not wait for them."""
        self._call("startProcessGroup", group, False)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, self._address)
        try:
            return getattr(ServerProxy("http://localhost", transport=transport).supervisor, method)(*arguments)
        finally:
            transport.close()
