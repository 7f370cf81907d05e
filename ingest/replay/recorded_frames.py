"""Recordings of frames: ``<receive time ns> <frame>`` a line.

A line that is not of this shape is left out and counted. What stands inside a frame is the venue's: frames that do
not decode are played and counted as rejected, as they were when live.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from ingest.errors import BrokenRecording
from ingest.replay.dirt import DirtCount, Fault, LineFault
from ingest.replay.recordings import Form, Line, RecordedSymbol, Survey, decimals_of, price_step, read_lines

MIN_NS, MAX_NS = 10**18, 10**19  # the years 2001 to 2286, so that other units are noticed
_TRADE = re.compile(rb'"e"\s*:\s*"(?:aggTrade|trade)"')
_SYMBOL = re.compile(rb'"s"\s*:\s*("(?:[^"\\]|\\.)*")')
_PRICE = re.compile(rb'"p"\s*:\s*"([0-9.]+)"')


class RecordedFrame(NamedTuple):
    """One frame with its receive time."""

    received_ns: int
    raw: bytes


def read_frames(path: Path, *, dirt: DirtCount | None = None) -> Iterator[RecordedFrame]:
    """The frames of a recording in their order; `dirt` counts the lines that are none."""
    dirt = DirtCount() if dirt is None else dirt
    for line in read_lines(path, dirt):
        try:
            frame = _parse_frame_line(line)
        except LineFault as fault:
            dirt.note(line.number, fault)
        else:
            yield frame


def _parse_frame_line(line: Line) -> RecordedFrame:
    stamp, _, raw = line.text.partition(b" ")
    if not stamp.isdigit() or not MIN_NS <= int(stamp) < MAX_NS:
        raise LineFault(Fault.TIME, "does not begin with a receive time in nanoseconds and a space")
    if not (raw.startswith(b"{") and raw.endswith(b"}")) and not (raw.startswith(b"[") and raw.endswith(b"]")):
        raise LineFault(Fault.BROKEN, "holds no whole frame after its receive time")
    return RecordedFrame(int(stamp), raw)


def survey_frames(path: Path) -> Survey:
    """Look at every line, and find the symbols that have trades.

    Raises `BrokenRecording` where there are none, or most lines are no frames.
    """
    trades: dict[bytes, int] = {}
    decimals: dict[bytes, int] = {}
    dirt, frames = DirtCount(), 0
    for _, raw in read_frames(path, dirt=dirt):
        frames += 1
        symbol = _SYMBOL.search(raw) if _TRADE.search(raw) else None
        if symbol is None:
            continue
        name = symbol[1]
        trades[name] = trades.get(name, 0) + 1
        if price := _PRICE.search(raw):
            decimals[name] = max(decimals.get(name, 0), decimals_of(price[1].decode()))
    dirt.require_usable(frames, lambda line, words: BrokenRecording(path, line, words))
    if not trades:
        raise BrokenRecording(path, None, "holds no trade")
    symbols = sorted(
        RecordedSymbol(orjson.loads(name), count, price_step(decimals.get(name, 0))) for name, count in trades.items()
    )
    return Survey(Form.FRAMES, tuple(symbols), has_ids=True, dirt=dirt.get(), cut=dirt.cut)
