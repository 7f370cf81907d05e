"""``python -m ingest.sim``: the simulated exchange as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from datetime import datetime

from ingest.sim.clock import VenueClock
from ingest.sim.errors import InvalidBreaks, InvalidFaults
from ingest.sim.exchange import exchange_server
from ingest.sim.fault_settings import ChosenFaults
from ingest.sim.planted_breaks import next_step_ms, parse_breaks
from ingest.sim.server import ExchangeServer
from ingest.sim.world import LISTED_MS, World


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code is 0 then, 2 when it cannot do what it was asked to."""
    options = _parser().parse_args(arguments)
    try:
        faults = ChosenFaults(options.faults if options.faults is not None else os.environ.get("SIM_FAULTS", ""))
        start_ms = int(time.time() * 1000) if options.start is None else options.start
        text = options.breaks if options.breaks is not None else os.environ.get("SIM_BREAKS", "")
        breaks = parse_breaks(text, next_step_ms(start_ms))
    except (InvalidFaults, InvalidBreaks) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    server = exchange_server(
        World(options.seed, breaks),
        VenueClock(start_ms, options.speed),
        host=options.host,
        port=options.port,
        faults=faults,
    )
    try:
        asyncio.run(_serve(server, options.host))
    except OSError as error:
        sys.stderr.write(f"the simulated exchange cannot listen on {options.host}:{options.port}: {error}\n")
        return 2
    return 0


async def _serve(server: ExchangeServer, host: str) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    listening: asyncio.Future[int] = loop.create_future()
    listening.add_done_callback(lambda port: _announce(host, port.result()))
    await server.run(stop, listening)


def _announce(host: str, port: int) -> None:
    sys.stdout.write(f"simulated exchange: streams ws://{host}:{port} REST http://{host}:{port}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest.sim", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--seed", type=int, default=7, help="which world (default 7)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="simulated seconds a second (default 1)")
    parser.add_argument("--start", type=_start_ms, default=None, metavar="ISO|now", help="venue time at start")
    parser.add_argument("--breaks", default=None, help="pairs that come apart, as in SIM_BREAKS")
    parser.add_argument("--faults", default=None, help="how it fails, as in SIM_FAULTS (docs/simulated-exchange.md)")
    return parser


def _speed(text: str) -> float:
    value = float(text)
    if not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not a speed between 0 and 100000")
    return value


def _start_ms(text: str) -> int | None:
    if text == "now":
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.timestamp() * 1000 < LISTED_MS:
        raise argparse.ArgumentTypeError(f"{text} needs a zone (as in 2026-01-01T00:00Z) and a year from 2020 on")
    return int(moment.timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(main())
