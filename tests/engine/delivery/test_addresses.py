"""Which addresses messages may go to; the ranges are those of IANA's registries of special-purpose addresses."""

from __future__ import annotations

import pytest

from engine.delivery.addresses import InvalidNetwork, parse_networks, refusal

# RFC 6890 and IANA's special-purpose registries, with what else stands for such an address.
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.9", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_what_is_not_public_is_refused(host: str) -> None:
    assert refusal((host, 80), ()) is not None
    assert refusal((host.encode(), 80), ()) is not None
    assert refusal((bytearray(host, "ascii"), 80, 0, 0), ()) is not None


@pytest.mark.parametrize("host", PUBLIC)
def test_what_is_public_is_not(host: str) -> None:
    assert refusal((host, 443), ()) is None


NO_ADDRESSES = [
    ("localhost", 80), ("", 80), ("<broadcast>", 9), ("127.1", 80), ("2130706433", 80), ("0x7f.1", 80), (7, 80),
    "/run/docker.sock", b"\0abstract", (), None, 7,
]  # fmt: skip


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_names_and_what_is_no_internet_address_are_refused(address: object) -> None:
    assert refusal(address, parse_networks(["0.0.0.0/0", "::/0"])) is not None


def test_allowed_networks_open_their_addresses_in_each_form_and_no_other() -> None:
    allowed = parse_networks(["10.1.0.0/16", "127.0.0.1", "fd00:1::/64"])
    for host in ("10.1.2.3", "127.0.0.1", "::ffff:10.1.2.3", "fd00:1::5"):
        assert refusal((host, 80), allowed) is None
    for host in ("10.2.0.1", "127.0.0.2", "::1", "fd00:2::5", "169.254.169.254"):
        assert refusal((host, 80), allowed) is not None


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(InvalidNetwork, match=r"'10\.0\.0\.1/8' is not a network"):
        parse_networks(["192.168.0.0/16", "10.0.0.1/8"])
