"""The processes of a board, and what supervisord is told about them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.allinone.settings import SOURCE, BoardSettings

CONFIGURATION_ERROR = 2
"""Exit code of a process that cannot work as configured: said once, never started again."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process. Those of the `base` are up before the `board` starts, and end after it.

    `final_codes` are exit codes after which it is not started again; `stop_after_s` is how long it
    may take to end when told to.
    """

    name: str
    command: tuple[str, ...]
    group: Literal["base", "board"]
    final_codes: tuple[int, ...] = ()
    stop_after_s: int = 4


def board_programs(settings: BoardSettings) -> tuple[Program, ...]:
    """What runs where `settings` ask for it."""
    programs = []
    if settings.embedded_store:
        store = (str(settings.var / "store"), "--socket", str(settings.store_socket))
        programs.append(Program("store", python("store.embedded", *store), "base", stop_after_s=3))
    if settings.simulated_port is not None:
        port = str(settings.simulated_port)
        programs.append(Program("exchange", python("ingest.sim", "--port", port), "base", stop_after_s=2))
    archive = Program("archive", python("store.archive"), "board", final_codes=(CONFIGURATION_ERROR,), stop_after_s=8)
    ended = (0, CONFIGURATION_ERROR) if settings.replay_only else (CONFIGURATION_ERROR,)
    gunicorn = python("gunicorn", "-c", str(SOURCE / "dash_app" / "gunicorn_conf.py"), "dash_app.wsgi:server")
    return (
        *programs,
        Program("ingest", python("ingest"), "board", final_codes=ended),
        Program("monitor", python("engine.monitor"), "board", final_codes=(CONFIGURATION_ERROR,)),
        Program("web", gunicorn, "board"),
        *((archive,) if settings.archives_ticks else ()),
    )


def python(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs one of our modules."""
    return (sys.executable, "-m", module, *arguments)


def supervisor_config(programs: Sequence[Program], *, sockets: Path, logs: Path) -> str:
    """The text of a supervisord configuration for `programs`; each ends when supervisord does."""
    parts = [
        _section(
            "supervisord",
            nodaemon="true",
            silent="true",
            logfile=logs / "supervisord.log",
            logfile_maxbytes="1MB",
            logfile_backups=1,
            pidfile=sockets / "supervisord.pid",
            childlogdir=logs,
        ),
        _section("unix_http_server", file=sockets / "supervisor.sock", chmod="0700"),
        _section(
            "rpcinterface:supervisor",
            **{"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    for priority, group in enumerate(("base", "board"), start=1):
        names = [program.name for program in programs if program.group == group]
        if names:
            parts.append(_section(f"group:{group}", programs=",".join(names), priority=priority))
    parts += [_program(program, logs) for program in programs]
    return "\n".join(parts)


def _program(program: Program, logs: Path) -> str:
    command = (*python("store.parent_death", "--"), *program.command)
    return _section(
        f"program:{program.name}",
        command=shlex.join(command),
        autostart="true" if program.group == "base" else "false",
        autorestart="unexpected" if program.final_codes else "true",
        exitcodes=",".join(map(str, program.final_codes)) or "0",
        # An early end counts as a failed start, whose exit code supervisord forgets and whose
        # repetitions it delays: wanted where no code is final.
        startsecs=0 if program.final_codes else 1,
        startretries=1_000_000,
        stopwaitsecs=program.stop_after_s,
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile=logs / f"{program.name}.log",
        stdout_logfile_maxbytes="5MB",
        stdout_logfile_backups=1,
    )


def _section(name: str, **options: object) -> str:
    lines = [f"{option} = {str(value).replace('%', '%%')}" for option, value in options.items()]
    return "\n".join((f"[{name}]", *lines, ""))
