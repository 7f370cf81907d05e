"""Chance against two ingestors, their store and their exchange, for a moment; `python -m bench.chaos` runs longer."""

from __future__ import annotations

from bench.chaos import run

SECONDS, SPEED = 12.0, 10.0
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


def test_whatever_falls_on_it_the_store_holds_what_was_sent() -> None:
    said: list[str] = []
    outcome = run(seconds=SECONDS, seed=4, speed=SPEED, symbols=SYMBOLS, say=said.append)
    assert outcome.found.differences == [], said
    assert outcome.held, (outcome, said)
    assert sum(outcome.blows.values()) >= 3
    assert outcome.found.trades > 500
