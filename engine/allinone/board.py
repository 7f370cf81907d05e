"""The life of a board: prepare, start in order, watch, and end in order."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TextIO

from engine.allinone.console import LogFollower
from engine.allinone.errors import CannotStart
from engine.allinone.lock import hold
from engine.allinone.programs import CONFIGURATION_ERROR, Program, python, supervisor_config
from engine.allinone.settings import BoardSettings, require_port
from engine.allinone.supervision import ProcessState, Supervisor
from store.client import connect_reader, store_errors
from store.embedded import private_directory
from store.errors import StoreError

START_LIMIT_S = 45.0  # of each step; a machine that does much else is slow
_TURN_S = 0.1
_LOOK_EVERY = 5  # turns between questions to supervisord
_PATIENCE_TURNS = 300  # half a minute
_HEALTH = "/api/v1/health"


def run_board(
    settings: BoardSettings,
    programs: Sequence[Program],
    environ: Mapping[str, str],
    stop: threading.Event,
    *,
    console: TextIO = sys.stdout,
) -> int:
    """Run `programs` until `stop` is set or one of them cannot work; returns the exit code.

    Raises `CannotStart` where it cannot begin or a process says that it is wrongly configured.
    Everything has ended when this returns or raises.
    """
    logs = _prepare(settings)
    environment = settings.environment(environ)
    with hold(settings.var) as lock:
        require_port(settings.host, settings.port)
        for old in logs.glob("*.log*"):
            old.unlink()
        config = supervisor_config(programs, sockets=settings.sockets, logs=logs)
        follower = LogFollower(logs, [program.name for program in programs], console)
        try:
            with Supervisor(
                config,
                sockets=settings.sockets,
                environment=environment,
                folder=settings.var.parent,
                keep_open=lock,
            ) as supervisor:
                board = _Board(
                    settings=settings,
                    programs=programs,
                    supervisor=supervisor,
                    follower=follower,
                    stop=stop,
                    console=console,
                )
                return board.run(environment)
        except CannotStart:
            follower.silence()
            raise
        finally:
            follower.close()


def _prepare(settings: BoardSettings) -> Path:
    """The folders of a board; returns that of its logs."""
    try:
        private_directory(settings.var)
        private_directory(settings.sockets)
        return private_directory(settings.var / "log")
    except OSError as error:
        raise CannotStart(f"cannot write in {settings.var}: {error.strerror}") from error


class _Board:
    """What happens between the start of the supervisor and its end."""

    def __init__(
        self,
        *,
        settings: BoardSettings,
        programs: Sequence[Program],
        supervisor: Supervisor,
        follower: LogFollower,
        stop: threading.Event,
        console: TextIO,
    ) -> None:
        self._settings = settings
        self._programs = {program.name: program for program in programs}
        self._supervisor = supervisor
        self._follower = follower
        self._stop = stop
        self._console = console
        self._pids: dict[str, int] = {}
        self._final: set[str] = set()
        self._announced = False

    def run(self, environment: Mapping[str, str]) -> int:
        said = self._settings.var / "log" / "database.txt"
        migration = _begin_migration(environment, said)
        try:
            self._until(self._supervised, "the supervisor does not answer")
            self._until(
                self._store_answers,
                "the store does not answer: see REDIS_URL, or var/store/valkey.log for the embedded one",
            )
            self._until(self._exchange_answers, "the simulated exchange does not answer")
            self._until(lambda: migration.poll() is not None, "the database does not answer: see DATABASE_URL")
            if not self._stop.is_set():
                _require_migrated(migration, said)
                self._supervisor.start("board")
            return self._watch()
        finally:
            migration.kill()
            migration.wait()

    def _until(self, condition: Callable[[], bool], complaint: str) -> None:
        """Wait for `condition`, for the end of the run, or complain."""
        give_up = time.monotonic() + START_LIMIT_S
        while not self._stop.is_set() and not condition():
            if not self._supervisor.alive or time.monotonic() > give_up:
                raise CannotStart(complaint)
            self._follower.update()
            self._stop.wait(_TURN_S / 2)

    def _supervised(self) -> bool:
        return self._supervisor.states() is not None

    def _store_answers(self) -> bool:
        client = connect_reader(self._settings.redis_url, max_connections=1)
        try:
            with store_errors():
                return bool(client.ping())
        except StoreError:
            return False
        finally:
            client.close()

    def _exchange_answers(self) -> bool:
        port = self._settings.simulated_port
        if port is None:
            return True
        with socket.socket() as probe:
            probe.settimeout(_TURN_S)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def _watch(self) -> int:
        turn = 0
        while not self._stop.wait(_TURN_S):
            self._follower.update()
            if not self._supervisor.alive:
                self._say("the supervisor was killed: all has ended")
                return 1
            if turn % _LOOK_EVERY == 0:
                for state in self._supervisor.states() or ():
                    self._look_at(state)
            if not self._announced and turn % _LOOK_EVERY == 2:
                self._announce()
            if not self._announced and turn == _PATIENCE_TURNS:
                self._say(f"not ready yet: {self._settings.address}{_HEALTH} says why, once the web server answers")
            turn += 1
        self._say("ending")
        return 0

    def _look_at(self, state: ProcessState) -> None:
        """Say what happened to a process, once; raise `CannotStart` where it is wrongly configured."""
        name = state.name
        program = self._programs[name]
        if state.state == "EXITED" and state.exit_code in program.final_codes and name not in self._final:
            self._final.add(name)
            if state.exit_code == CONFIGURATION_ERROR:
                self._follower.update()
                raise CannotStart(self._follower.last_line.get(name, f"{name} is wrongly configured"))
            self._say(f"{name} has done its work; the rest stays")
        known = self._pids.get(name)
        if state.pid and state.pid != known:
            self._pids[name] = state.pid
            if known is not None:
                self._say(f"{name} had ended and was started again, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")

    def _announce(self) -> None:
        if _healthy(self._settings):
            self._announced = True
            self._say(f"ready at {self._settings.address}")

    def _say(self, text: str) -> None:
        self._console.write(f"spreadboard: {text}\n")
        self._console.flush()


def _healthy(settings: BoardSettings) -> bool:
    connection = HTTPConnection(settings.local_host, settings.port, timeout=0.5)
    try:
        connection.request("GET", _HEALTH)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _begin_migration(environment: Mapping[str, str], said: Path) -> subprocess.Popen[bytes]:
    """Bring the database to this version's form; what it complains of goes to the file `said`."""
    with said.open("wb") as file:
        return subprocess.Popen(
            (*python("store.parent_death", "--"), *python("store.sql", "upgrade")),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
        )


def _require_migrated(migration: subprocess.Popen[bytes], said: Path) -> None:
    if migration.returncode != 0:
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise CannotStart(lines[-1] if lines else "the database could not be prepared")
