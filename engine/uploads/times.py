"""The times of a table's rows in UTC, with a zone where the file has none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.uploads.cells import Cells
from engine.uploads.errors import UploadRefused
from engine.uploads.problems import Cleaning
from engine.uploads.stamps import parse_stamps
from engine.uploads.zones import parse_zone, place_in_utc

NO_TIME = "time is none that is known, as 2026-11-21T08:00:00Z or 1795248000000"


@dataclass(frozen=True, slots=True)
class Times:
    """UTC ms (n,) of each row. `needs_zone`: the file writes none, and UTC was taken for the time being."""

    ms: NDArray[np.int64]
    needs_zone: bool
    notes: tuple[str, ...]


def read_times(cells: Cells, cleaning: Cleaning, zone: str | None) -> Times:
    """Read the time column, and take out the rows without a time. Raises `UploadRefused` for zones that are mixed."""
    texts = cells.columns["time"]
    if "clock" in cells.columns:
        texts = [f"{date.strip()} {clock.strip()}" for date, clock in zip(texts, cells.columns["clock"], strict=True)]
    given = None if zone is None else parse_zone(zone)
    stamps = parse_stamps(texts)
    cleaning.take_out(stamps.bad, NO_TIME, texts)
    _refuse_mixed(cells, texts, stamps.naive & cleaning.kept, ~stamps.naive & cleaning.kept)
    naive = bool((stamps.naive & cleaning.kept).any())
    notes = [f"times with {stamps.zones} offsets from UTC: each was taken at its own"] if stamps.zones > 1 else []
    if not naive:
        if given is not None and zone:
            notes.append(f"each time tells its own zone: {zone} was not needed")
        return Times(stamps.ms, False, tuple(notes))
    if given is None:
        return Times(stamps.ms, True, tuple(notes))
    placed = place_in_utc(np.where(stamps.bad, 0, stamps.ms), given)
    cleaning.take_out(placed.skipped, f"time that clocks of {zone} skipped", texts)
    cleaning.take_out(placed.twice, f"time that clocks of {zone} showed twice: write it with its offset", texts)
    return Times(placed.utc_ms, False, tuple(notes))


def _refuse_mixed(cells: Cells, texts: object, naive: NDArray[np.bool_], zoned: NDArray[np.bool_]) -> None:
    if not (naive.any() and zoned.any()):
        return
    odd = naive if naive.sum() <= zoned.sum() else zoned
    place = int(odd.argmax())
    written: str = texts[place]  # type: ignore[index]
    words = "no zone, and other lines have one" if naive[place] else "a zone, and other lines have none"
    raise UploadRefused(f"time {written[:40]!r} has {words}: write all of them alike", int(cells.lines[place]))
