"""A real server that stands still for a while."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis


@contextmanager
def stopped(client: Redis) -> Iterator[None]:
    """While the block runs the server of this client takes connections, and answers nothing."""
    server: Any = client.info("server")
    os.kill(server["process_id"], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server["process_id"], signal.SIGCONT)
