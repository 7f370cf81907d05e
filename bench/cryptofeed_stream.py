"""cryptofeed's own way of a trade frame into a Redis stream. Runs in the peers' environment, not in ours.

Its Binance feed parses each frame (`message_handler`) and hands the trade to its `TradeStream`
backend, whose writer task puts what is queued into one pipeline. Nothing of it is changed; in place
of the websocket a list of frames is read, with a turn for the writer after every `--turn` frames.

Run: .bench-venv/bin/python bench/cryptofeed_stream.py FRAMES --port PORT --turn 500
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import uvloop  # type: ignore[import-not-found]
from cryptofeed.backends.redis import TradeStream  # type: ignore[import-not-found]
from cryptofeed.defines import BINANCE, TRADES  # type: ignore[import-not-found]
from cryptofeed.exchanges import Binance  # type: ignore[import-not-found]
from cryptofeed.symbols import Symbols  # type: ignore[import-not-found]


def feed_of(symbols: list[str], backend: Any) -> Any:
    """Its Binance feed with a symbol table of ours, so that it asks no exchange for one."""
    names = {f"{symbol.removesuffix('USDT')}-USDT": symbol for symbol in symbols}
    Symbols.set(BINANCE, names, {})
    quiet = {"log": {"filename": "/dev/null", "level": "ERROR"}}
    return Binance(config=quiet, symbols=list(names), channels=[TRADES], callbacks={TRADES: backend})


async def stream(frames: list[str], feed: Any, backend: Any, turn: int) -> float:
    """Seconds until the last trade is in its stream."""
    backend.start(asyncio.get_running_loop())
    start = time.perf_counter()
    for position, frame in enumerate(frames):
        await feed.message_handler(frame, None, 1.0)
        if position % turn == 0:
            await asyncio.sleep(0)
    await backend.queue.join()
    return time.perf_counter() - start


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("frames", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--turn", type=int, default=500)
    options = parser.parse_args()
    frames = options.frames.read_text().splitlines()
    symbols = sorted({json.loads(frame)["data"]["s"] for frame in frames})
    backend = TradeStream(host="127.0.0.1", port=options.port)
    uvloop.install()
    cpu = time.process_time()
    seconds = asyncio.run(stream(frames, feed_of(symbols, backend), backend, options.turn))
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_seconds": time.process_time() - cpu}))


if __name__ == "__main__":
    main()
