"""A real Cluster: three nodes on free ports of loopback, each with a third of the slots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise

from redis import Redis
from redis.crc import key_slot

from engine.allinone.settings import free_port
from tests.faults.store_server import StoreServer, store_server
from tests.tools.waiting import until

NODES = 3
SLOTS = 16_384
_BORDERS = [SLOTS * number // NODES for number in range(NODES + 1)]


@dataclass(frozen=True)
class Cluster:
    """Its nodes, in the order of their slots."""

    nodes: tuple[StoreServer, ...]

    @property
    def url(self) -> str:
        """Two of the nodes: the third is found by them."""
        return f"redis+cluster://{','.join(node.netloc for node in self.nodes[:2])}/0"

    def node_of(self, key: str) -> StoreServer:
        """The node that has a key."""
        slot = key_slot(key.encode())
        return self.nodes[next(number for number, border in enumerate(_BORDERS[1:]) if slot < border)]


@contextmanager
def cluster_servers() -> Iterator[Cluster]:
    """A Cluster whose nodes have met and agree."""
    with ExitStack() as stack:
        buses = [free_port() for _ in range(NODES)]
        nodes = [
            stack.enter_context(store_server("--cluster-enabled", "yes", "--cluster-port", str(bus))) for bus in buses
        ]
        clients = [stack.enter_context(node.client()) for node in nodes]
        for client, (first, end) in zip(clients, pairwise(_BORDERS), strict=True):
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, end - 1)
        for node, bus in zip(nodes[1:], buses[1:], strict=True):
            clients[0].execute_command("CLUSTER MEET", "127.0.0.1", node.port, bus)
        until(lambda: all(map(_agrees, clients)), "the nodes to agree")
        yield Cluster(tuple(nodes))


def _agrees(client: Redis) -> bool:
    told = client.execute_command("CLUSTER INFO")
    return told["cluster_state"] == "ok" and told["cluster_known_nodes"] == str(NODES)
