"""The list of followed symbols in a real store: the newest stays, whoever writes last."""

from __future__ import annotations

import pytest
from redis import Redis

from store import keys
from store.errors import CorruptRecord
from store.followed import (
    FIRST_SET,
    FollowedList,
    VenueSymbol,
    next_version,
    read_followed_list,
    read_venue_symbols,
    write_followed_list,
    write_venue_symbols,
)

CHINESE = "币安人生USDT"


def test_a_list_that_is_older_does_not_replace_a_newer_one(client: Redis) -> None:
    older, newer = next_version(client, "sim"), next_version(client, "sim")
    assert write_followed_list(client, "sim", FollowedList(newer, ("B", CHINESE)))
    assert not write_followed_list(client, "sim", FollowedList(older, ("A",)))
    assert not write_followed_list(client, "sim", FollowedList(FIRST_SET, ("C",)))
    assert read_followed_list(client, "sim") == FollowedList(newer, ("B", CHINESE))


def test_a_first_set_gives_way_to_another_first_set(client: Redis) -> None:
    for symbols in (("A", "B"), ("C",)):
        assert write_followed_list(client, "sim", FollowedList(FIRST_SET, symbols))
        found = read_followed_list(client, "sim")
        assert found is not None
        assert (found.symbols, found.chosen) == (symbols, False)
    assert read_followed_list(client, "spot") is None


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"version": "x", "symbols": []}', b'{"version": 1}', b"\xff"])
def test_what_is_no_list_is_said_and_written_over(client: Redis, raw: bytes) -> None:
    client.set(keys.followed("sim"), raw)
    with pytest.raises(CorruptRecord):
        read_followed_list(client, "sim")
    assert write_followed_list(client, "sim", FollowedList(FIRST_SET, ("A",)))
    assert read_followed_list(client, "sim") == FollowedList(FIRST_SET, ("A",))


def test_a_key_of_another_type_is_written_over(client: Redis) -> None:
    client.rpush(keys.followed("sim"), "A")
    with pytest.raises(CorruptRecord):
        read_followed_list(client, "sim")
    assert write_followed_list(client, "sim", FollowedList(FIRST_SET, ("A",)))


def test_versions_rise_also_where_the_store_forgot_them(client: Redis) -> None:
    versions = [next_version(client, "sim") for _ in range(20)]
    client.flushall()
    versions.append(next_version(client, "sim"))
    assert versions == sorted(set(versions))


def test_the_symbols_of_a_venue_are_read_back(client: Redis) -> None:
    assert read_venue_symbols(client, "spot") == ()
    listed = (VenueSymbol("BTCUSDT", "BTC", "USDT", "TRADING"), VenueSymbol(CHINESE, "币安人生", "USDT", "CANCEL_ONLY"))
    write_venue_symbols(client, "spot", listed, 7)
    assert read_venue_symbols(client, "spot") == listed
    assert [each.trading for each in listed] == [True, False]
