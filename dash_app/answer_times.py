"""How long this worker takes to answer, by what was asked for; a note costs about two microseconds."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING

from engine.system import Latencies, Vitals

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REFRESH = "/_dash-update-component"
_CALLS = ("/api/", "/export/", "/metrics")
_FILES = ("/assets/", "/_dash", "/_favicon", "/_reload")


class AnswerTimes:
    """Stands before a WSGI application. What is streamed is timed until it begins."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._refreshes, self._calls, self._files, self._pages = (Latencies() for _ in range(4))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began_s = perf_counter()
        try:
            return self._application(environ, start_response)
        finally:
            self._of(environ.get("PATH_INFO", "")).note(perf_counter() - began_s)

    def vitals(self) -> Vitals:
        """For the heartbeat."""
        kinds = {"refresh": self._refreshes, "API": self._calls, "page": self._pages, "file": self._files}
        return Vitals(
            rates={"answers": round(sum(times.per_s for times in kinds.values()), 2)},
            counts={"answers": sum(times.total for times in kinds.values())},
            latencies={name: times.last_minute() for name, times in kinds.items()},
        )

    def _of(self, path: str) -> Latencies:
        if path == REFRESH:
            return self._refreshes
        if path.startswith(_CALLS):
            return self._calls
        return self._files if path.startswith(_FILES) else self._pages
