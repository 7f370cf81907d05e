"""The state of one instrument as JSON, so that a restart goes on in the middle of a bar. Floats survive exactly."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

import orjson

from ingest.core.forming import Forming
from ingest.core.gaps import Gap
from ingest.core.ledger import GapLedger
from ingest.core.leg import RECENT_TICKS, Leg
from ingest.core.recent import remember
from ingest.core.sequence import Sequencer
from ingest.core.track import Track
from store.bars import PACKED_BAR, parse_bar
from store.errors import CorruptRecord
from store.gap_ledger import GapRecord
from store.ticks import TICK_DTYPE, parse_ticks
from store.timeframes import Timeframe

_VERSION = 4


def encode_state(leg: Leg) -> bytes:
    """All that the bars to come depend on; what is ready must be folded. Ticks held back are not in it: their
    ids are above the expected one, so that they are fetched again."""
    sequencer = leg.sequencer
    return orjson.dumps(
        {
            "version": _VERSION,
            "kind": leg.kind,
            "expected": sequencer.expected,
            "last_ms": sequencer.last_ms,
            "lost": [tuple(gap) for gap in sequencer.lost],
            "doubted_ms": sequencer.lost.doubted_ms,
            "changed": [tuple(gap) for gap in sequencer.changed],
            "ledger": sequencer.ledger.dump(),
            "arrears": [tuple(tick) for tick in leg.arrears],
            "seconds": _track(leg.seconds),
            "minutes": _track(leg.minutes),
            "quotes": list(leg.quotes.by_second.items()),
        }
    )


def parse_state(
    symbol: str,
    raw: bytes,
    *,
    hold_ms: int,
    has_ids: bool,
    ticks: bytes = b"",
    seconds: Sequence[bytes] = (),
    minutes: Sequence[bytes] = (),
) -> Leg:
    """The instrument as it was saved, with packed ticks and closed bars read back from the store.

    Without them bars go on just as well; what comes late for a bar from before the restart then finds
    nothing to revise. Raises `store.errors.CorruptRecord`.
    """
    try:
        saved = orjson.loads(raw)
        if saved["version"] != _VERSION:
            raise CorruptRecord(f"state of {symbol} has version {saved['version']}, this is {_VERSION}")
        lost = [Gap(*gap) for gap in saved["lost"]]
        sequencer = Sequencer(hold_ms=hold_ms, expected=saved["expected"], last_ms=saved["last_ms"], lost=lost)
        if saved["doubted_ms"] is not None:
            sequencer.lost.doubt_from(saved["doubted_ms"])
        sequencer.changed = [Gap(*gap) for gap in saved["changed"]]
        sequencer.ledger = GapLedger(GapRecord(*record) for record in saved["ledger"])
        read_back = ticks if has_ids else b""
        recent = remember(read_back, capacity=RECENT_TICKS, known_from_ms=_known_from_ms(saved, read_back))
        leg = Leg(symbol, sequencer, recent, has_ids=has_ids)
        leg.kind = saved["kind"]
        leg.arrears = [tuple(tick) for tick in saved["arrears"]]
        leg.quotes.by_second = {second: tuple(quote) for second, quote in saved["quotes"]}
        _restore(leg.seconds, saved["seconds"], seconds)
        _restore(leg.minutes, saved["minutes"], minutes)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise CorruptRecord(f"not the state of an instrument: {error!r}") from error
    return leg


def _known_from_ms(saved: dict[str, Any], ticks: bytes) -> int:
    """From when on the ticks read back are all there are: from the first open bar whose first tick is among them."""
    if not ticks:
        return int(saved["last_ms"]) + 1
    oldest = parse_ticks(ticks[: TICK_DTYPE.itemsize])[0]
    tracks = ((saved["seconds"], Timeframe.S1.ms), (saved["minutes"], Timeframe.M1.ms))
    first_id = Forming.__slots__.index("first_id")
    whole: list[int] = [
        number * ms for track, ms in tracks for number, bar in track["forming"] if bar[first_id] >= oldest["trade_id"]
    ]
    return min([int(oldest["time_ms"]) + 1, *whole])


def _track(track: Track) -> dict[str, Any]:
    forming = [[number, [getattr(bar, name) for name in Forming.__slots__]] for number, bar in track.forming.items()]
    last_close = None if track.last_close != track.last_close else track.last_close
    return {
        "closed": track.closed,
        "began": track.began,
        "last_close": last_close,
        "whole": track.whole,
        "doubted": sorted(track.doubted),
        "forming": forming,
    }


def _restore(track: Track, saved: dict[str, Any], closed: Sequence[bytes]) -> None:
    track.closed, track.began = saved["closed"], saved["began"]
    track.last_close = nan if saved["last_close"] is None else saved["last_close"]
    track.whole, track.doubted = saved["whole"], set(saved["doubted"])
    for number, values in saved["forming"]:
        forming = track.forming[number] = Forming((0, 0.0, 0.0, 0, 0, 0), unknown=False)
        for name, value in zip(Forming.__slots__, values, strict=True):
            setattr(forming, name, nan if value is None else value)  # JSON knows no NaN
    newest: dict[int, bytes] = {}
    for packed in closed:
        if len(packed) == PACKED_BAR.itemsize:
            newest[parse_bar(packed).open_time_ms // track.ms] = packed
    for number in sorted(number for number in newest if number < track.closed):
        track.bars.remember(number, newest[number])
