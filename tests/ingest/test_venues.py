"""Addresses of streams: routes, quoting, and how many go over one connection."""

from __future__ import annotations

from ingest.live.venues import COINBASE, SPOT, STREAMS_PER_CONNECTION, USDM, simulated, stream_addresses


def test_futures_trades_and_quotes_take_two_connections() -> None:
    trades, quotes = stream_addresses(USDM, ["BTCUSDT", "ETHUSDT"])
    assert trades.url.startswith("wss://fstream.binance.com/market/stream?streams=btcusdt@aggTrade/")
    assert quotes.url == "wss://fstream.binance.com/public/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker"
    assert not any("bookTicker" in stream for stream in trades.streams)


def test_spot_takes_one_with_the_ticker_array_as_clock() -> None:
    (only,) = stream_addresses(SPOT, ["BTCUSDT"])
    assert only.streams == ("btcusdt@aggTrade", "btcusdt@bookTicker", "!miniTicker@arr")


def test_symbols_that_are_not_ascii_are_quoted() -> None:
    (only,) = stream_addresses(SPOT, ["币安人生USDT"])
    assert only.url.isascii()
    assert only.streams[0] == "币安人生usdt@aggTrade"


def test_many_symbols_are_spread_over_connections() -> None:
    symbols = [f"S{number}USDT" for number in range(250)]
    addresses = stream_addresses(SPOT, symbols)
    assert all(len(address.streams) <= STREAMS_PER_CONNECTION for address in addresses)
    streams = [stream for address in addresses for stream in address.streams]
    assert len(streams) == len(set(streams)) == 501


def test_the_simulated_exchange_answers_both_on_one_port() -> None:
    venue = simulated("http://127.0.0.1:9001")
    assert venue.stream_url == "ws://127.0.0.1:9001"
    assert venue.rest_url.startswith("http://127.0.0.1:9001/")
    assert venue.origin == "SIMULATED"


def test_a_venue_with_another_wire_has_one_address_and_symbols_as_they_are() -> None:
    (only,) = stream_addresses(COINBASE, ["BTC-USD", "ETH-USD"])
    assert only.url == "wss://ws-feed.exchange.coinbase.com"
    assert only.streams[:4] == ("BTC-USD@matches", "BTC-USD@ticker", "BTC-USD@heartbeat", "ETH-USD@matches")
    assert only.carrying(["ETH-USD@matches"]).url == only.url
