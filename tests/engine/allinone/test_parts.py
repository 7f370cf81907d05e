"""The parts of a board that need no process: settings, the supervisor's configuration, the console."""

from __future__ import annotations

import configparser
import io
import socket
from pathlib import Path

import pytest

from engine.allinone.console import LogFollower
from engine.allinone.errors import CannotStart, PortInUse
from engine.allinone.programs import Program, board_programs, supervisor_config
from engine.allinone.settings import read_settings, require_port, socket_directory


def names(environ: dict[str, str]) -> list[str]:
    return [program.name for program in board_programs(read_settings(environ, Path("/srv/board")))]


def test_only_what_is_needed_runs() -> None:
    assert names({}) == ["store", "exchange", "ingest", "monitor", "web"]
    assert names({"SIM_URL": "http://127.0.0.1:9000"}) == ["store", "ingest", "monitor", "web"]
    assert names({"FEED": "binance-spot", "REDIS_URL": "redis://elsewhere"}) == ["ingest", "monitor", "web"]
    assert names({"FEED": "sim,replay"}) == ["store", "exchange", "ingest", "monitor", "web"]


def test_only_a_replay_alone_is_done_when_it_ends() -> None:
    def final(feed: str) -> tuple[int, ...]:
        programs = board_programs(read_settings({"FEED": feed}, Path("/srv/board")))
        return next(program.final_codes for program in programs if program.name == "ingest")

    assert (final("replay"), final("sim,replay"), final("sim")) == ((0, 2), (2,), (2,))


def test_every_process_is_told_the_same_addresses() -> None:
    settings = read_settings({"PORT": "9001"}, Path("/srv/board"))
    environment = settings.environment({"PORT": "9001", "LANG": "C"})
    assert environment["REDIS_URL"] == "unix:///srv/board/var/run/valkey.sock"
    assert environment["DATABASE_URL"] == "sqlite:////srv/board/var/spreadboard.sqlite"
    assert environment["SIM_URL"] == f"http://127.0.0.1:{settings.simulated_port}"
    assert (environment["MALLOC_ARENA_MAX"], environment["MALLOC_MMAP_THRESHOLD_"]) == ("1", "131072")
    assert settings.environment({"MALLOC_ARENA_MAX": "4"})["MALLOC_ARENA_MAX"] == "4"
    assert (environment["PORT"], environment["LANG"], settings.address) == ("9001", "C", "http://127.0.0.1:9001")


def test_a_board_for_the_whole_network_is_reached_here_too() -> None:
    assert read_settings({"HOST": "0.0.0.0"}, Path("/srv/board")).address == "http://127.0.0.1:8050"
    assert read_settings({"HOST": "::1"}, Path("/srv/board")).address == "http://[::1]:8050"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8050x", "٨٠", "1e3"])
def test_an_impossible_port_is_said(port: str) -> None:
    with pytest.raises(CannotStart, match="1 to 65535"):
        read_settings({"PORT": port}, Path("/srv/board"))


def test_a_port_or_an_address_that_cannot_be_had_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUse, match="in use"):
            require_port("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(PortInUse, match="choose another"):
        require_port("192.0.2.1", 8050)


def test_a_long_folder_name_gets_short_sockets(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120) / "var"
    assert len(str(socket_directory(long))) < 60
    assert socket_directory(long) != socket_directory(tmp_path / ("y" * 120))
    assert socket_directory(Path("/srv/board/var")) == Path("/srv/board/var/run")


def test_the_supervisors_configuration_keeps_odd_paths() -> None:
    program = Program("ingest", ("python", "/a b/100%/x.py"), "board", final_codes=(2,))
    text = supervisor_config([program], sockets=Path("/s"), logs=Path("/l"))
    config = configparser.ConfigParser()
    config.read_string(text)
    section = config["program:ingest"]
    assert section["command"].endswith("-m store.parent_death -- python '/a b/100%/x.py'")
    assert (section["autorestart"], section["exitcodes"], section["autostart"]) == ("unexpected", "2", "false")
    assert config["group:board"]["programs"] == "ingest"


def test_the_console_follows_lines_files_and_their_successors(tmp_path: Path) -> None:
    console, log = io.StringIO(), tmp_path / "web.log"
    follower = LogFollower(tmp_path, ["web", "ingest"], console)
    follower.update()
    log.write_text("one\ntw")
    follower.update()
    with log.open("a") as file:
        file.write("o\nthree\n")
    log.rename(tmp_path / "web.log.1")
    log.write_text("four\n\nfi")
    follower.update()
    follower.close()
    assert console.getvalue().splitlines() == [
        f"web      | {text}" for text in ("one", "two", "three", "four", "", "fi")
    ]
    assert follower.last_line == {"web": "fi"}
