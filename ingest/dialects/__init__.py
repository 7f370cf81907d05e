"""What venues say and want to hear, each in its own words; nothing here opens a socket, keeps a clock or waits.

The ingestor works with streams, events and calls, the same for every venue:

* A **stream** has a name, ``<symbol>@<kind>`` (``btcusdt@aggTrade``, ``BTC-USD@matches``), by which it is subscribed,
  watched for silence and moved to another connection. A venue that names no streams is given such names by its dialect.
* An **event** (`ingest.core.events`) is what a frame says. Trades have ids that are consecutive for each symbol: what
  is missing is noticed by them and fetched over REST. A venue without such ids needs another sequencer, not a dialect.
* A **call** (`ingest.dialects.calls`) is a path, a query, its weight, and how to read the answer.

`Dialect` (`dialect.py`) is all that differs: how an address is written and what it has subscribed by itself, the
message that subscribes or ends streams, which stream a frame belongs to, how frames become events, and the calls.
Whatever else a venue needs is a value of `ingest.live.venues.Venue`: hosts, routes, weights, limits.

`binance.py` is the first, for spot, futures and the simulated exchange. `coinbase.py` is the second:

* One address for all. It has nothing subscribed; a message within five seconds subscribes channels for products:
  ``matches`` (trades, with consecutive ids for each product), ``ticker`` (best bid and ask at each trade) and
  ``heartbeat`` (each second: the venue's clock where nothing is traded).
* ``last_match``, the last trade before a subscription, is left out: the past comes over REST.
* ``side`` is the maker's, so the aggressor is the other side.
* REST gives trades newest first, older ones than an id by ``after``. Ids are consecutive, so the page that begins at
  an id is the one older than that id plus the page's length.
* Candles have minutes at the least, 300 a call, and no count of trades: a minute with volume had one at the least,
  and 1 is what its bar says. Where nothing was traded there is no candle: such minutes between two candles are made
  here, without trades; at the end they are left out, as the venue may only be late.
"""
