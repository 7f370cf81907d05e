"""How far the venue's clock is from this machine's, asked for now and then. Bars go by the venue's clock alone."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread

from ingest.errors import IngestError
from ingest.live.rest import RestClient

EVERY_S = 60.0
SHOWN_S = 2.0


class SkewWatch:
    """Asks the venue for the time, once a minute; `RestClient.skew_s` keeps the answer."""

    def __init__(self, rest: RestClient, *, every_s: float = EVERY_S) -> None:
        self._rest = rest
        self._every_s = every_s
        self._stop = Event()
        self._thread = Thread(target=self._run, name="venue-clock", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End soon; a call under way is not waited for."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            with suppress(IngestError):
                self._rest.server_time_ms()


def skew_words(skew_s: float | None) -> str:
    """A sentence about clocks that differ; empty when they do not, or nobody knows."""
    if skew_s is None or abs(skew_s) < SHOWN_S:
        return ""
    return f"this machine's clock is {abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} the exchange's"
