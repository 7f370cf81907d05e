"""The feeds and instruments that are in the store."""

from __future__ import annotations

from typing import Any

from redis import Redis

from engine.views import InstrumentView
from store import keys
from store.bars import UNKNOWN_MISSING, parse_bars
from store.catalogue import InstrumentInfo, parse_info
from store.client import store_errors
from store.feed import FeedState, parse_feed
from store.feed_parts import as_one, parts_wanted
from store.instruments import VENUES
from store.marks import parse_mark
from store.timeframes import KEPT, Timeframe

_COMPLETENESS_BARS = 60


def read_feeds(client: Redis) -> tuple[FeedState, ...]:
    """The last state of every venue's feed, by venue's name; raises `StoreUnavailable`."""
    with store_errors():
        names = parts_wanted(_text(name) for name in client.smembers(keys.VENUES))
        raws: Any = client.mget([keys.feed(name) for name in names]) if names else []
    return as_one({name: None if raw is None else parse_feed(raw) for name, raw in zip(names, raws, strict=True)})


def read_instruments(client: Redis) -> tuple[InstrumentView, ...]:
    """Every registered instrument with what is kept of it; raises `StoreUnavailable`."""
    with store_errors():
        registered: Any = client.hgetall(keys.INSTRUMENTS)
        infos = sorted(map(parse_info, registered.values()), key=_place)
        pipeline = client.pipeline(transaction=False)
        for info in infos:
            for timeframe in KEPT:
                pipeline.xrange(keys.bars(info.id, timeframe), count=1)
                pipeline.xrevrange(keys.bars(info.id, timeframe), count=_COMPLETENESS_BARS)
            pipeline.hgetall(keys.marks(info.id))
        replies = pipeline.execute()
    step = 2 * len(KEPT) + 1
    return tuple(_view(info, replies[i * step : (i + 1) * step]) for i, info in enumerate(infos))


def _view(info: InstrumentInfo, replies: list[Any]) -> InstrumentView:
    *replies, mark = replies
    firsts, lasts, completeness = [], [], None
    for timeframe, oldest, newest in zip(KEPT, replies[::2], replies[1::2], strict=True):
        if not oldest or not newest:
            continue
        firsts.append(int(_bars(oldest)["open_time_s"][0]) * 1000)
        bars = _bars(newest)
        lasts.append(int(bars["open_time_s"].max()) * 1000 + timeframe.ms)
        if timeframe is Timeframe.M1:
            known = bars[bars["missing"] != UNKNOWN_MISSING]
            trades, lost = int(known["trades"].sum()), int(known["missing"].sum())
            if len(known):
                completeness = trades / (trades + lost) if lost else 1.0
    if info.completeness is not None:
        completeness = info.completeness
    return InstrumentView(info, min(firsts, default=None), max(lasts, default=None), completeness, parse_mark(mark))


def _bars(entries: list[Any]) -> Any:
    return parse_bars([fields[keys.FIELD] for _, fields in entries])


def _place(info: InstrumentInfo) -> tuple[int, bool, int, str]:
    """By venue; what is followed in the order of its list, before what is not any more."""
    venue = info.id.partition(":")[0]
    return (VENUES.index(venue) if venue in VENUES else len(VENUES), not info.followed, info.position, info.id)


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode()
