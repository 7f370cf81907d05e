"""The stream messages as the futures venue writes them, by the thousand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ingest.sim.catalogue import InstrumentSpec
from ingest.sim.funding import funding_rate, next_funding_ms, premium
from ingest.sim.tape import Quotes, Trades
from ingest.sim.ticker import DayTicker

RAW_ID_OFFSET = 3_000_000_000
"""Raw trade ids (`f`, `l`) lie this far above the aggregate ids: two sequences, never one."""


class Frame(NamedTuple):
    """One message of one stream: when the venue says it, and its data as JSON text."""

    event_ms: int
    stream: str
    data: str

    @property
    def combined(self) -> str:
        """The message as a combined connection carries it."""
        return f'{{"stream":"{self.stream}","data":{self.data}}}'


def trade_frames(stream: str, spec: InstrumentSpec, trades: Trades, delay_ms: int) -> list[Frame]:
    """One `aggTrade` a trade; each aggregate holds one raw trade."""
    price, quantity = f'"%.{spec.price_decimals}f"', f'"%.{spec.quantity_decimals}f"'
    template = (
        f'{{"e":"aggTrade","E":%d,"s":"{spec.symbol}","a":%d,"p":{price},"q":{quantity},"nq":{quantity},'
        '"f":%d,"l":%d,"T":%d,"m":%s,"st":1}'
    )
    times = trades.time_ms.tolist()
    ids = range(trades.first_id, trades.first_id + len(trades))
    prices = (trades.price_ticks / 10**spec.price_decimals).tolist()
    quantities = (trades.quantity_steps / 10**spec.quantity_decimals).tolist()
    makers = np.where(trades.seller_aggressed, "true", "false").tolist()
    rows = zip(times, ids, prices, quantities, makers, strict=True)
    return [
        Frame(
            t + delay_ms,
            stream,
            template % (t + delay_ms, a, p, q, q, a + RAW_ID_OFFSET, a + RAW_ID_OFFSET, t, m),
        )
        for t, a, p, q, m in rows
    ]


def quote_frames(stream: str, spec: InstrumentSpec, quotes: Quotes, delay_ms: int) -> list[Frame]:
    """One `bookTicker` a quote, in the futures form with its times."""
    price, quantity = f'"%.{spec.price_decimals}f"', f'"%.{spec.quantity_decimals}f"'
    template = (
        f'{{"e":"bookTicker","u":%d,"E":%d,"T":%d,"s":"{spec.symbol}","b":{price},"B":{quantity},'
        f'"a":{price},"A":{quantity},"st":1}}'
    )
    times = quotes.time_ms.tolist()
    ids = range(quotes.first_id, quotes.first_id + len(quotes))
    bids = (quotes.bid_ticks / 10**spec.price_decimals).tolist()
    asks = ((quotes.bid_ticks + spec.spread_ticks) / 10**spec.price_decimals).tolist()
    bid_sizes = (quotes.bid_steps / 10**spec.quantity_decimals).tolist()
    ask_sizes = (quotes.ask_steps / 10**spec.quantity_decimals).tolist()
    rows = zip(times, ids, bids, bid_sizes, asks, ask_sizes, strict=True)
    return [Frame(t + delay_ms, stream, template % (u, t + delay_ms, t, b, bs, a, as_)) for t, u, b, bs, a, as_ in rows]


def mark_price_frame(stream: str, spec: InstrumentSpec, event_ms: int, fair_price: float) -> Frame:
    """One `markPriceUpdate`: the mark is the fair price, the index what the premium leaves of it."""
    digits = spec.price_decimals + 2
    index = fair_price / (1.0 + premium(spec.symbol, event_ms))
    data = (
        f'{{"e":"markPriceUpdate","E":{event_ms},"s":"{spec.symbol}","p":"{fair_price:.{digits}f}",'
        f'"i":"{index:.{digits}f}","r":"{funding_rate(spec.symbol, event_ms):.8f}",'
        f'"T":{next_funding_ms(spec.symbol, event_ms)}}}'
    )
    return Frame(event_ms, stream, data)


def mini_tickers_frame(stream: str, event_ms: int, tickers: Iterable[DayTicker]) -> Frame:
    """One array of `24hrMiniTicker`, a row for each instrument that changed."""
    return Frame(event_ms, stream, f"[{','.join(_mini_ticker(event_ms, ticker) for ticker in tickers)}]")


def _mini_ticker(event_ms: int, ticker: DayTicker) -> str:
    spec = ticker.spec
    d = spec.price_decimals
    prices = {"c": ticker.close, "o": ticker.open, "h": ticker.high, "l": ticker.low}
    texts = "".join(f',"{key}":"{ticks / 10**d:.{d}f}"' for key, ticks in prices.items())
    volume = f"{ticker.volume / 10**spec.quantity_decimals:.{spec.quantity_decimals}f}"
    turnover = f"{ticker.turnover / 10 ** (d + spec.quantity_decimals):.2f}"
    return f'{{"e":"24hrMiniTicker","E":{event_ms},"s":"{spec.symbol}"{texts},"v":"{volume}","q":"{turnover}","st":1}}'
