"""Breaks that somebody plants: a pair comes apart at a time of one's own choice, at a stroke, for a while.

A text names one as ``Y-X``, with more if wanted, ``Y-X=SIZE@START/LENGTH``; several with commas:
``BTCUSDT-ETHUSDT=0.02@2026-01-01T10:00Z/600``. SIZE is by how much the log price of y steps (0.012), START an ISO time
(the next half second), LENGTH in seconds (three hours).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ingest.sim.catalogue import BREAK_CYCLE_H, BREAK_FIRST_H, BREAK_SIZE, HOUR_MS, PAIRS, Relation
from ingest.sim.errors import InvalidBreaks
from ingest.sim.paths import GRID_MS

MAX_SIZE = 0.5
MAX_LENGTH_S = 7 * 86_400.0
MAX_BREAKS = 100
_LENGTH_S = (BREAK_CYCLE_H - BREAK_FIRST_H) * HOUR_MS / 1000.0
_FORM = re.compile(r"(?P<pair>[^=@/]+)(=(?P<size>[^=@/]+))?(@(?P<start>[^=@/]+))?(/(?P<length>[^=@/]+))?")
_BREAKABLE = tuple(plan.name for plan in PAIRS if plan.relation is not Relation.LOOKALIKE)


@dataclass(frozen=True, slots=True)
class PlantedBreak:
    """The legs of a pair are `size` (log) further apart during ``start_ms <= t < end_ms``, both multiples of 500 ms."""

    pair: str
    size: float
    start_ms: int
    end_ms: int

    @property
    def text(self) -> str:
        """What `parse_breaks` reads as this again."""
        start = datetime.fromtimestamp(self.start_ms / 1000, UTC)
        words = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"{self.pair}={self.size!r}@{words}/{(self.end_ms - self.start_ms) / 1000:g}"

    def path(self, time_ms: NDArray[np.float64]) -> NDArray[np.float64]:
        """What it adds to the spread at some times: it comes, and goes, within half a second."""
        corners = (self.start_ms, self.start_ms + GRID_MS, self.end_ms, self.end_ms + GRID_MS)
        return np.asarray(np.interp(time_ms, corners, (0.0, self.size, self.size, 0.0)))


def parse_breaks(
    text: str, next_ms: int, *, earliest_ms: int | None = None, most: int = MAX_BREAKS
) -> tuple[PlantedBreak, ...]:
    """The breaks that a text names; raises `InvalidBreaks` with all that are none.

    Those without a start begin at `next_ms`; none may begin before `earliest_ms`. There may be so many at most.
    """
    found, wrong = [], {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(_break(part, next_ms, earliest_ms))
        except ValueError as error:
            wrong[part] = str(error)
    if len(found) > most:
        wrong[text] = f"an exchange has {MAX_BREAKS} planted breaks at most, until it is started anew"
    if wrong:
        raise InvalidBreaks(wrong)
    return tuple(found)


def write_breaks(breaks: Iterable[PlantedBreak]) -> str:
    return ",".join(each.text for each in breaks)


def next_step_ms(time_ms: int) -> int:
    """The first time after one at which a break can begin: what happened before is not touched."""
    return (time_ms // GRID_MS + 1) * GRID_MS


def _break(part: str, next_ms: int, earliest_ms: int | None) -> PlantedBreak:
    form = _FORM.fullmatch(part)
    if form is None:
        raise ValueError("write it as BTCUSDT-ETHUSDT=0.02@2026-01-01T10:00Z/600, or less of it")
    if form["pair"] not in _BREAKABLE:
        raise ValueError(f"the pairs are {', '.join(_BREAKABLE)}")
    start_ms = next_ms if form["start"] is None else next_step_ms(_time_ms(form["start"]) - 1)
    if earliest_ms is not None and start_ms < earliest_ms:
        raise ValueError("it would change what was told already: give a start to come, or none")
    length_ms = int(_number(form["length"], _LENGTH_S, 1.0, MAX_LENGTH_S, "seconds") * 1000)
    return PlantedBreak(form["pair"], _size(form["size"]), start_ms, next_step_ms(start_ms + length_ms - 1))


def _size(text: str | None) -> float:
    size = _number(text, BREAK_SIZE, -MAX_SIZE, MAX_SIZE, "of log price")
    if size == 0.0:
        raise ValueError("a break of 0 is none")
    return size


def _number(text: str | None, usual: float, lowest: float, highest: float, unit: str) -> float:
    try:
        value = usual if text is None else float(text)
    except ValueError:
        raise ValueError(f"{text} is no number") from None
    if not lowest <= value <= highest:
        raise ValueError(f"{text} is not from {lowest:g} to {highest:g} {unit}")
    return value


def _time_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{text} is no time with a zone, as 2026-01-01T10:00Z")
    return int(moment.timestamp() * 1000)
