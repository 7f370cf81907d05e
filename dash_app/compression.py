"""Compressed answers."""

from __future__ import annotations

from flask_compress import Compress
from flask_openapi3 import OpenAPI

from dash_app.envelope import GZIP_LEVEL, LEAST_COMPRESSED, ZSTD_LEVEL


def add_compression(server: OpenAPI) -> None:
    """Compress what the server answers; must come before whatever changes bodies after the view."""
    server.config["COMPRESS_ALGORITHM"] = ["zstd", "br", "gzip"]
    server.config["COMPRESS_MIN_SIZE"] = LEAST_COMPRESSED
    server.config["COMPRESS_ZSTD_LEVEL"] = ZSTD_LEVEL
    server.config["COMPRESS_LEVEL"] = GZIP_LEVEL
    server.config["COMPRESS_BR_LEVEL"] = 4
    Compress(server)
