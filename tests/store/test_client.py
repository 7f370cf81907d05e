"""What a caller sees of a store that is there, slow, or gone."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from store.client import READER_TIMEOUT_S, connect_reader, store_errors
from store.epoch import ensure_epoch, read_epoch, renew_epoch
from store.errors import CorruptRecord, StoreSlow, StoreUnavailable
from tests.store.standing_still import stopped


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts and never answers, as a frozen server does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full: connecting to it takes without end, as to a machine that is gone."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        yield listener.getsockname()[1]
        for one in waiting:
            one.close()


def test_a_frozen_server_is_given_up_after_one_timeout(silent_port: int) -> None:
    client = connect_reader(f"redis://127.0.0.1:{silent_port}")
    started = time.monotonic()
    with pytest.raises(StoreSlow), store_errors():
        client.ping()
    assert time.monotonic() - started < READER_TIMEOUT_S + 0.9
    client.close()


def test_no_server_is_said_at_once(tmp_path: Path) -> None:
    client = connect_reader(f"unix://{tmp_path}/none")
    unreachable(client)
    client.close()


def test_a_machine_that_cannot_be_reached_is_not_slow(full_port: int) -> None:
    client = connect_reader(f"redis://127.0.0.1:{full_port}")
    unreachable(client)
    client.close()


def test_a_server_that_pauses_is_slow_and_then_goes_on(client: Redis, redis_url: str) -> None:
    other = connect_reader(redis_url)
    other.ping()
    client.client_pause(int(1000 * READER_TIMEOUT_S) + 400)
    with pytest.raises(StoreSlow, match="slow to answer"), store_errors():
        other.ping()
    assert other.ping()  # within its second, once the pause is over
    other.close()


@pytest.mark.parametrize("known", [True, False])
def test_a_server_that_is_stopped_is_slow_whether_it_was_connected_before_or_not(
    client: Redis, redis_url: str, known: bool
) -> None:
    other = connect_reader(redis_url)
    if known:
        other.ping()
    with stopped(client), pytest.raises(StoreSlow, match="slow to answer"), store_errors():
        other.ping()
    assert other.ping()
    other.close()


def test_a_server_that_was_killed_cannot_be_reached(silent_port: int, tmp_path: Path) -> None:
    """Its connections are closed, and none can be made."""
    path = tmp_path / "s"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    client = connect_reader(f"unix://{path}")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(unreachable, client)
        accepted, _ = listener.accept()
        path.unlink()
        listener.close()
        accepted.close()
        asked.result(10)
    unreachable(client)
    client.close()


def test_who_finds_all_connections_busy_finds_the_store_slow(client: Redis, redis_url: str) -> None:
    one = connect_reader(redis_url, max_connections=1)
    with stopped(client), ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: failure(one), range(4)))
    assert found == [StoreSlow] * 4
    one.close()


def test_a_server_that_still_loads_its_data_is_slow() -> None:
    """A real socket that speaks the one line of such a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        client = connect_reader(f"redis://127.0.0.1:{listener.getsockname()[1]}")
        asked = pool.submit(failure, client)
        accepted, _ = listener.accept()
        with accepted:
            accepted.recv(1000)
            accepted.sendall(b"-LOADING Valkey is loading the dataset in memory\r\n")
            assert asked.result(10) is StoreSlow
        client.close()


def unreachable(client: Redis) -> None:
    assert failure(client) is StoreUnavailable


def failure(client: Redis) -> type[Exception] | None:
    try:
        with store_errors():
            client.ping()
    except StoreUnavailable as error:
        return type(error)
    return None


def test_a_password_is_in_no_message(silent_port: int) -> None:
    client = connect_reader(f"redis://user:canary@127.0.0.1:{silent_port}")
    with pytest.raises(StoreUnavailable) as raised, store_errors():
        client.ping()
    assert "canary" not in str(raised.value)
    client.close()


def test_a_key_of_another_type_is_corrupt_and_not_down(client: Redis) -> None:
    client.set("k", "v")
    with pytest.raises(CorruptRecord), store_errors():
        client.xlen("k")


def test_an_epoch_stays_until_it_is_renewed(client: Redis) -> None:
    assert read_epoch(client) is None
    first = ensure_epoch(client)
    assert ensure_epoch(client) == read_epoch(client) == first
    assert renew_epoch(client) == read_epoch(client) != first
