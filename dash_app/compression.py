"""Compressed answers."""

from __future__ import annotations

from flask_compress import Compress
from flask_openapi3 import OpenAPI


def add_compression(server: OpenAPI) -> None:
    """Compress what the server answers; must come before whatever changes bodies after the view."""
    server.config["COMPRESS_ALGORITHM"] = ["zstd", "br", "gzip"]
    server.config["COMPRESS_BR_LEVEL"] = 4
    Compress(server)
