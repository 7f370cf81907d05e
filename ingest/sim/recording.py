"""Recordings of the simulated exchange: what a client would have received, written without any clock."""

from __future__ import annotations

import gzip
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ingest.sim.broadcast import Broadcast
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.klines import KlineBook
from ingest.sim.streams import Kind, Stream, stream_of
from ingest.sim.world import World, instrument_spec

LATENCY_NS = 2_000_000
"""From the venue's message to its receipt."""

_CHUNK_MS = 10_000  # bounds memory, whatever the length of the recording
_DEFAULT_KINDS = (Kind.AGG_TRADE, Kind.BOOK_TICKER, Kind.MARK_PRICE)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was written."""

    path: Path
    frames: int
    trades: int
    quotes: int


def write_frames(
    path: str | Path,
    *,
    seed: int,
    start_ms: int,
    seconds: float,
    symbols: Collection[str] | None = None,
    kinds: Collection[Kind] = _DEFAULT_KINDS,
) -> Recording:
    """Write ``<receive ns> <combined frame json>`` lines, compressed when the name ends in ``.gz``.

    Covers event times after `start_ms` up to `seconds` later, for all instruments unless `symbols` says which.
    The same arguments give the same lines. Raises `UnknownSymbol`.
    """
    chosen = [instrument_spec(symbol).symbol for symbol in symbols] if symbols else [s.symbol for s in INSTRUMENTS]
    streams = _streams(chosen, kinds)
    world = World(seed)
    broadcast = Broadcast(world, KlineBook(world))
    counts = dict.fromkeys(Kind, 0)
    kind_of = {stream.name: stream.kind for stream in streams}
    end_ms = start_ms + round(seconds * 1000)
    last_ns = 0
    with _open_text(Path(path)) as out:
        for chunk_ms in range(start_ms, end_ms, _CHUNK_MS):
            lines = []
            for event_ms, name, data in broadcast.frames(streams, chunk_ms, min(chunk_ms + _CHUNK_MS, end_ms)):
                # Messages of one millisecond arrive one after the other.
                last_ns = max(event_ms * 1_000_000 + LATENCY_NS, last_ns + 1_000)
                lines.append(f'{last_ns} {{"stream":"{name}","data":{data}}}\n')
                counts[kind_of[name]] += 1
            out.write("".join(lines))
    return Recording(Path(path), sum(counts.values()), counts[Kind.AGG_TRADE], counts[Kind.BOOK_TICKER])


def _streams(symbols: Collection[str], kinds: Collection[Kind]) -> list[Stream]:
    per_symbol = [kind for kind in kinds if kind is not Kind.MINI_TICKERS]
    streams = [stream_of(kind, symbol) for symbol in symbols for kind in per_symbol]
    return [*streams, stream_of(Kind.MINI_TICKERS)] if Kind.MINI_TICKERS in kinds else streams


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "wt", compresslevel=4, encoding="utf-8", newline="\n")
    return path.open("w", encoding="utf-8", newline="\n")
