"""What the venue says between two times, on a set of streams, in order: the same for a live server and a file."""

from __future__ import annotations

from collections.abc import Collection
from math import exp
from operator import itemgetter

from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.klines import KlineBook
from ingest.sim.streams import Kind, Stream
from ingest.sim.ticker import day_ticker
from ingest.sim.wire import Frame, mark_price_frame, mini_tickers_frame, quote_frames, trade_frames
from ingest.sim.world import EVENT_DELAY_MS, World, instrument_spec

_SECOND_MS = 1_000


class Broadcast:
    """The venue's voice: frames of any streams between any two event times."""

    def __init__(self, world: World, book: KlineBook) -> None:
        self._world = world
        self._book = book

    def frames(self, streams: Collection[Stream], after_ms: int, until_ms: int) -> list[Frame]:
        """Frames with ``after_ms < event time <= until_ms``, by event time; quotes before trades of their time."""
        found: list[Frame] = []
        for stream in sorted(streams, key=_quotes_first):
            found += self._frames_of(stream, after_ms, until_ms)
        found.sort(key=itemgetter(0))
        return found

    def _frames_of(self, stream: Stream, after_ms: int, until_ms: int) -> list[Frame]:
        window = (after_ms - EVENT_DELAY_MS, until_ms - EVENT_DELAY_MS)
        match stream.kind:
            case Kind.AGG_TRADE:
                trades = self._world.trades_between(stream.symbol, *window)
                return trade_frames(stream.name, instrument_spec(stream.symbol), trades, EVENT_DELAY_MS)
            case Kind.BOOK_TICKER:
                quotes = self._world.quotes_between(stream.symbol, *window)
                return quote_frames(stream.name, instrument_spec(stream.symbol), quotes, EVENT_DELAY_MS)
            case Kind.MARK_PRICE:
                return [self._mark_price(stream, second) for second in _seconds(after_ms, until_ms)]
            case Kind.MINI_TICKERS:
                return [
                    frame for second in _seconds(after_ms, until_ms) for frame in self._mini_tickers(stream, second)
                ]
            case Kind.SILENT:
                return []

    def _mark_price(self, stream: Stream, second_ms: int) -> Frame:
        fair = exp(self._world.log_price_at(stream.symbol, second_ms))
        return mark_price_frame(stream.name, instrument_spec(stream.symbol), second_ms, fair)

    def _mini_tickers(self, stream: Stream, second_ms: int) -> list[Frame]:
        until_ms = second_ms - EVENT_DELAY_MS
        changed = [s for s in INSTRUMENTS if len(self._world.trades_between(s.symbol, until_ms - _SECOND_MS, until_ms))]
        if not changed:
            return []
        tickers = [day_ticker(self._book, spec, until_ms) for spec in changed]
        return [mini_tickers_frame(stream.name, second_ms, tickers)]


def _seconds(after_ms: int, until_ms: int) -> range:
    return range((after_ms // _SECOND_MS + 1) * _SECOND_MS, until_ms + 1, _SECOND_MS)


def _quotes_first(stream: Stream) -> tuple[bool, str]:
    return stream.kind is not Kind.BOOK_TICKER, stream.name
