"""Chance against the ingestor: processes killed and stopped, ways cut, a store that forgets; and no trade lost.

Run: python -m bench.chaos --minutes 10 --seed 1

A simulated exchange with faults, a real store and two ingestors, one of which stands by, with TCP proxies between
them. Blows fall by chance of the seed, in acts of two minutes; at the end of each all is cured, and the store must
hold what the exchange sent.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from threading import Event, Thread
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from bench.chaos_blows import Blows
from bench.chaos_scene import Child, chaos_scene
from bench.chaos_truth import Found, compare
from bench.table import table, verdict
from ingest.sim.catalogue import INSTRUMENTS
from ingest.sim.world import World
from store import keys
from store.client import connect_reader
from store.errors import StoreError
from store.feed import FeedState, parse_feed
from store.gap_ledger import read_gaps
from store.ticks import parse_ticks

SPEED = 4.0  # some 500 messages a second
PAUSE_S = (0.5, 3.0)
ACT_S = 120.0
MAY_EMPTY = 0.4  # of an act, from its begin: what is stored after that is compared at its end
FAULTS_S = (2.0, 8.0)
SETTLE_LIMIT_S = 120.0
BEGIN_MS = 5 * 60_000  # of the venue's time, for a store that was emptied to begin anew
EXCHANGE_SEED = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `settled_s`: how long after each act's last blow all was stored, infinite where it never was."""

    found: Found
    blows: dict[str, int]
    settled_s: tuple[float, ...]
    restarts: int
    exit_codes: tuple[int | None, ...]
    tracebacks: tuple[str, ...]

    @property
    def held(self) -> bool:
        calm = not self.found.differences and not self.tracebacks
        return calm and max(self.settled_s) < inf and set(self.exit_codes) == {0}


def run(
    *, seconds: float, seed: int, speed: float = SPEED, symbols: Sequence[str] = (), say: Callable[[str], None]
) -> Outcome:
    """A whole run; `say` hears each blow."""
    names = tuple(symbols) or tuple(spec.symbol for spec in INSTRUMENTS)
    with (
        tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder,
        chaos_scene(Path(folder), symbols=names, speed=speed, seed=EXCHANGE_SEED) as scene,
    ):
        client = connect_reader(scene.store_url)
        began_ms = scene.venue_ms()
        wait_for(lambda: streams(client, names), "all instruments to be followed", SETTLE_LIMIT_S)
        blows = Blows(scene, random.Random(seed), emptied_ms=began_ms)
        acts = max(1, round(seconds / ACT_S))
        found, act_s = Found(), seconds / acts
        settled = [_act(blows, client, names, found, seconds=act_s, say=say) for _ in range(acts)]
        codes = tuple(child.end() for child in scene.ingestors)
        client.close()
        restarts = sum(child.began - 1 for child in scene.ingestors)
        tracebacks = tuple(filter(None, map(_traceback, scene.ingestors)))
    return Outcome(found, blows.told, tuple(settled), restarts, codes, tracebacks)


def _act(
    blows: Blows, client: Redis, names: Sequence[str], found: Found, *, seconds: float, say: Callable[[str], None]
) -> float:
    """Blows for so long, a cure, and a comparison; seconds until all was stored, infinite where it never was."""
    _strike(blows, seconds, say)
    blows.cure()
    cured_s, wanted_ms = time.monotonic(), blows.scene.venue_ms()
    settled = wait_for(lambda: _is_settled(client, names, wanted_ms), "", SETTLE_LIMIT_S)
    settled_s = time.monotonic() - cured_s if settled else inf
    _compare_all(found, client, names, since_ms=blows.emptied_ms + BEGIN_MS, until_ms=wanted_ms)
    for words in (f"cured and settled after {settled_s:.1f} s", *found.differences):
        say(words)
    return settled_s


def _strike(blows: Blows, seconds: float, say: Callable[[str], None]) -> None:
    """Blows one after another, and the exchange's faults beside them in a rhythm of their own."""
    over, began_s = Event(), time.monotonic()
    faulty = random.Random(blows.chance.random())

    def bring_faults() -> None:
        other = Blows(blows.scene, faulty)
        while not over.wait(faulty.uniform(*FAULTS_S)):
            say(f"{time.monotonic() - began_s:6.1f} s  exchange: {other.new_faults() or 'sound'}")

    beside = Thread(target=bring_faults, daemon=True)
    beside.start()
    while time.monotonic() - began_s < seconds:
        time.sleep(blows.chance.uniform(*PAUSE_S))
        at_s = time.monotonic() - began_s
        name = blows.strike(may_empty=at_s < MAY_EMPTY * seconds)
        say(f"{at_s:6.1f} s  {name}, over at {time.monotonic() - began_s:.1f} s")
    over.set()
    beside.join()


def streams(client: Redis, names: Sequence[str]) -> bool:
    """Whether the feed says that all of these are followed and data comes."""
    feed = feed_of(client)
    return feed is not None and feed.state == "streaming" and set(feed.legs) == set(names)


def feed_of(client: Redis) -> FeedState | None:
    """What the ingestor last said, None where the store does not tell."""
    try:
        raw = client.get(keys.feed("sim"))
    except RedisError:
        return None
    return parse_feed(raw) if isinstance(raw, bytes) else None


def _is_settled(client: Redis, names: Sequence[str], wanted_ms: int) -> bool:
    """Whether trades of after a venue time are stored of the whole venue, and no gap is open."""
    feed = feed_of(client)
    if feed is None or feed.state != "streaming" or feed.venue_time_ms < wanted_ms + 70_000:
        return False
    if any(leg.gaps_open for leg in feed.legs.values()):
        return False
    try:
        return all(_is_filled(client, name) for name in names)
    except (RedisError, StoreError):
        return False


def _is_filled(client: Redis, symbol: str) -> bool:
    """Whether every gap that can still be filled was."""
    oldest: Any = client.xrange(keys.ticks(f"sim:{symbol}"), count=1)
    if not oldest:
        return False
    first = int(parse_ticks(oldest[0][1][keys.FIELD])["trade_id"][0])
    return all(gap.state == "filled" or gap.last < first for gap in read_gaps(client, f"sim:{symbol}"))


def _compare_all(whole: Found, client: Redis, names: Sequence[str], *, since_ms: int, until_ms: int) -> None:
    for name in names:
        found = compare(client, World(EXCHANGE_SEED), name, since_ms=since_ms, until_ms=until_ms)
        whole.trades += found.trades
        whole.twice += found.twice
        whole.bars += found.bars
        whole.differences += found.differences


def _traceback(child: Child) -> str:
    """The end of what a process said, if it tripped."""
    said = child.said.read_text(errors="replace")
    return said[said.index("Traceback") :][-1500:] if "Traceback" in said else ""


def wait_for(condition: Callable[[], bool], what: str, limit_s: float, *, every_s: float = 0.1) -> bool:
    """Whether a condition came true in time; with `what`, raises where it did not."""
    give_up = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > give_up:
            if what:
                raise TimeoutError(f"waited {limit_s:.0f} s for {what}")
            return False
        time.sleep(every_s)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="say each blow")
    options = parser.parse_args(arguments)

    def say(words: str) -> None:
        if options.verbose:
            sys.stderr.write(f"{words}\n")

    outcome = run(seconds=60 * options.minutes, seed=options.seed, say=say)
    found = outcome.found
    print(table(("blow", "times"), [(name, str(count)) for name, count in sorted(outcome.blows.items())]))
    rows = [
        ("trades compared, each once", f"{found.trades:,}"),
        ("written twice or more", f"{found.twice:,}"),
        ("bars compared", f"{found.bars:,}"),
        ("ingestors started again", str(outcome.restarts)),
        ("s from the last blow of an act until all was stored", f"{max(outcome.settled_s):.0f}"),
        ("differences from what was sent", str(len(found.differences))),
    ]
    print("\n" + table((f"seed {options.seed}, {options.minutes:g} minutes", ""), rows))
    for words in (*found.differences, *outcome.tracebacks):
        print(words)
    print(f"wanted: every trade and every bar as sent: {verdict(outcome.held)}")
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
