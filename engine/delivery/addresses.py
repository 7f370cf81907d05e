"""Which network addresses a message may go to: public ones, and those of networks that are allowed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_TEREDO = IPv6Network("2001::/32")
_NAT64 = IPv6Network("64:ff9b::/96")


class InvalidNetwork(ValueError):
    """Not a network; the message says which and how to write one."""


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as CIDR, or single addresses; raises `InvalidNetwork`."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ip_network(text.strip()))
        except ValueError:
            raise InvalidNetwork(f"{text.strip()[:80]!r} is not a network: write 10.1.0.0/16 or fd00:1::/64") from None
    return tuple(found)


def refusal(address: object, allowed: Sequence[Network]) -> str | None:
    """Why no socket may go to an address, None where it may. `address` is what a socket is given.

    A name is refused: what it means could be another thing at the look-up that follows. IPv6 forms that stand for
    an IPv4 address (mapped, 6to4, NAT64) are judged by that.
    """
    host = address[0] if isinstance(address, tuple) and address else None
    text = host.decode("latin-1") if isinstance(host, bytes | bytearray) else host
    if not isinstance(text, str):
        return "only internet addresses can be reached"
    try:
        given = ip_address(text)
    except ValueError:
        return "this service wants its address in numbers, not by a name"
    meant = _meant(given)
    if any(each in network for network in allowed for each in (given, meant) if each.version == network.version):
        return None
    if _public(meant):
        return None
    return f"{given} is not a public address: ALERT_ALLOWED_NETS does not allow it"


def _meant(given: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(given, IPv4Address):
        return given
    if given in _NAT64:
        return IPv4Address(int(given) & 0xFFFFFFFF)
    return given.ipv4_mapped or given.sixtofour or given


def _public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_UNICAST or address in _TEREDO):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
