"""Gunicorn's settings: threads, since a request waits on Redis; each worker opens its own connections."""

from __future__ import annotations

import os

from engine.platform import on_platform

_host = os.environ.get("HOST") or ("0.0.0.0" if on_platform(os.environ) else "127.0.0.1")  # noqa: S104  # its router's side
bind = f"{_host}:{os.environ.get('PORT') or '8050'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or "2")
worker_class = "gthread"
threads = 8
worker_connections = 4_000
backlog = 2_048
keepalive = 100  # seconds; above the 90 of a platform's router, which else meets closed connections
timeout = 60
graceful_timeout = 8
preload_app = False  # connections must not be shared by a fork
accesslog = None
control_socket_disable = True  # it would stand in the home folder, shared by all boards
loglevel = (os.environ.get("LOG_LEVEL") or "warning").lower()
