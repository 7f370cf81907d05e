"""Parameters of REST calls, read as strictly as the venue reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ingest.sim.catalogue import InstrumentSpec
from ingest.sim.errors import RestRefusal, UnknownSymbol
from ingest.sim.world import instrument_spec

INTERVALS_MS = {
    "1s": 1_000,
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
}
"""Kline intervals. `1s` is offered on the futures path as well, unlike the real one, so that a board
starts quickly; longer ones than an hour are not."""

_MAX_TIME_MS = 4_102_444_800_000  # 2100-01-01: later times are typing errors


class Query:
    """One call's parameters; every reading raises `RestRefusal` with the venue's own code."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters

    def has(self, name: str) -> bool:
        return name in self._parameters

    def instrument(self) -> InstrumentSpec:
        symbol = self._required("symbol")
        try:
            return instrument_spec(symbol)
        except UnknownSymbol as error:
            raise RestRefusal(400, -1121, "Invalid symbol.") from error

    def interval_ms(self) -> int:
        try:
            return INTERVALS_MS[self._required("interval")]
        except KeyError as error:
            raise RestRefusal(400, -1120, "Invalid interval.") from error

    def integer(self, name: str) -> int:
        """A required whole number, not negative."""
        text = self._required(name)
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise RestRefusal(400, -1100, f"Illegal characters found in parameter '{name}'.")
        return int(text)

    def limit(self, default: int, largest: int) -> int:
        value = self.integer("limit") if self.has("limit") else default
        if not 1 <= value <= largest:
            raise RestRefusal(400, -1130, "Data sent for parameter 'limit' is not valid.")
        return value

    def time_ms(self, name: str, default: int) -> int:
        """A time as epoch ms; ``time`` may also be ISO 8601 with a zone."""
        if not self.has(name):
            return default
        text = self._parameters[name]
        value = self.integer(name) if text.isdigit() else self._iso_ms(name, text)
        if value > _MAX_TIME_MS:
            raise RestRefusal(400, -1130, f"Data sent for parameter '{name}' is not valid.")
        return value

    def _iso_ms(self, name: str, text: str) -> int:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or name != "time":
            raise RestRefusal(400, -1100, f"Illegal characters found in parameter '{name}'.")
        return int(moment.timestamp() * 1000)

    def _required(self, name: str) -> str:
        value = self._parameters.get(name, "")
        if not value:
            raise RestRefusal(400, -1102, f"Mandatory parameter '{name}' was not sent, was empty or malformed.")
        return value
