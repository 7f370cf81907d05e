"""What a caller sees of a store that is there, slow, or gone."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from store.client import READER_TIMEOUT_S, connect_reader, store_errors
from store.epoch import ensure_epoch, read_epoch, renew_epoch
from store.errors import CorruptRecord, StoreUnavailable


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts and never answers, as a frozen server does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_frozen_server_is_given_up_after_one_timeout(silent_port: int) -> None:
    client = connect_reader(f"redis://127.0.0.1:{silent_port}")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable), store_errors():
        client.ping()
    assert time.monotonic() - started < READER_TIMEOUT_S + 0.9
    client.close()


def test_no_server_is_said_at_once(tmp_path: Path) -> None:
    client = connect_reader(f"unix://{tmp_path}/none")
    with pytest.raises(StoreUnavailable, match="does not answer"), store_errors():
        client.ping()
    client.close()


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
