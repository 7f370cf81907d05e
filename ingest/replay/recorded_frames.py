"""Recordings of frames: ``<receive time ns> <frame>`` a line.

A line that is not of this shape makes the recording a broken one. What stands inside a frame is the
venue's: frames that do not decode are played and counted as rejected, as they were when live.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from ingest.errors import BrokenRecording
from ingest.replay.recordings import Form, Line, RecordedSymbol, Survey, decimals_of, price_step, read_lines

MIN_NS, MAX_NS = 10**18, 10**19  # the years 2001 to 2286, so that other units are noticed
_TRADE = re.compile(rb'"e"\s*:\s*"(?:aggTrade|trade)"')
_SYMBOL = re.compile(rb'"s"\s*:\s*("(?:[^"\\]|\\.)*")')
_PRICE = re.compile(rb'"p"\s*:\s*"([0-9.]+)"')


class RecordedFrame(NamedTuple):
    """One frame with its receive time."""

    received_ns: int
    raw: bytes


def read_frames(path: Path) -> Iterator[RecordedFrame]:
    """The frames of a recording in their order."""
    for line in read_lines(path):
        yield parse_frame_line(path, line)


def parse_frame_line(path: Path, line: Line) -> RecordedFrame:
    """One line; raises `BrokenRecording` with its number."""
    stamp, _, raw = line.text.partition(b" ")
    if not stamp.isdigit() or not MIN_NS <= int(stamp) < MAX_NS:
        raise BrokenRecording(path, line.number, "does not begin with a receive time in nanoseconds and a space")
    if not (raw.startswith(b"{") and raw.endswith(b"}")) and not (raw.startswith(b"[") and raw.endswith(b"]")):
        raise BrokenRecording(path, line.number, "holds no whole frame after its receive time")
    return RecordedFrame(int(stamp), raw)


def survey_frames(path: Path) -> Survey:
    """Check every line, and find the symbols that have trades."""
    trades: dict[bytes, int] = {}
    decimals: dict[bytes, int] = {}
    for _, raw in read_frames(path):
        symbol = _SYMBOL.search(raw) if _TRADE.search(raw) else None
        if symbol is None:
            continue
        name = symbol[1]
        trades[name] = trades.get(name, 0) + 1
        if price := _PRICE.search(raw):
            decimals[name] = max(decimals.get(name, 0), decimals_of(price[1].decode()))
    if not trades:
        raise BrokenRecording(path, None, "holds no trade")
    symbols = sorted(
        RecordedSymbol(orjson.loads(name), count, price_step(decimals.get(name, 0))) for name, count in trades.items()
    )
    return Survey(Form.FRAMES, tuple(symbols), has_ids=True)
