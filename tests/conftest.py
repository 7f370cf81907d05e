"""What every worker of the test run has once: a real Valkey server, emptied for each test, and a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from redis import Redis
from redis.exceptions import RedisError

from store.client import connect_reader
from store.embedded import server_command
from store.sql.database import Database, open_database
from store.sql.migrate import upgrade

ROOT = Path(__file__).parents[1]
SYSTEM = ROOT / "tests" / "system"

# A machine that does other things too is slow at times: that is no failure.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


_QUIET = (
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
)  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of the running board come first, in their random order: it takes a good part of the machine until they
    are done, and they are the longest."""
    items.sort(key=lambda item: SYSTEM not in item.path.parents)


@pytest.fixture(scope="session")
def _valkey() -> Iterator[str]:
    """The address of a server that lives as long as this worker, and dies with it."""
    directory = Path(tempfile.mkdtemp(prefix="sb-", dir="/tmp"))
    socket = directory / "s"
    command = server_command(directory, socket, persist=False)
    server = subprocess.Popen(
        [sys.executable, "-m", "store.parent_death", "--", *command], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    url = f"unix://{socket}"
    probe = connect_reader(url)
    deadline = time.monotonic() + 20
    while True:
        try:
            probe.ping()
            break
        except RedisError:
            assert server.poll() is None, f"the server ended with {server.returncode}"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.01)
    probe.close()
    yield url
    server.terminate()
    server.wait(10)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def redis_url(_valkey: str) -> str:
    """The address of a real, empty server."""
    client = connect_reader(_valkey)
    client.flushall()
    client.close()
    return _valkey


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    """A client of a real, empty server."""
    connection = connect_reader(redis_url)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def _upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables of this version. A test gets a copy, as making them takes longer than most tests."""
    path: Path = tmp_path_factory.mktemp("upgraded") / "board.sqlite"
    database = open_database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def database_url(_upgraded: Path, tmp_path: Path) -> str:
    """The address of an upgraded, empty SQLite database."""
    path = tmp_path / "board.sqlite"
    shutil.copyfile(_upgraded, path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An upgraded, empty SQLite database."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "the browser tests need Chromium: install it (Debian: sudo apt-get install chromium)"
    arguments = [*_QUIET, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
