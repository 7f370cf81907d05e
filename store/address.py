"""In which forms REDIS_URL may name a store."""

from __future__ import annotations

CLUSTER_SCHEMES = ("redis+cluster", "rediss+cluster")
STORE_SCHEMES = ("redis", "rediss", "unix", *CLUSTER_SCHEMES)
STORE_FORMS = ", ".join(f"{scheme}://" for scheme in STORE_SCHEMES)


def is_store_url(text: str) -> bool:
    """Whether an address begins as one of a store does."""
    scheme, separator, _ = text.partition("://")
    return bool(separator) and scheme in STORE_SCHEMES


def is_cluster_url(text: str) -> bool:
    """Whether an address names nodes of a Cluster: ``redis+cluster://host:port,host:port``."""
    return text.partition("://")[0] in CLUSTER_SCHEMES
