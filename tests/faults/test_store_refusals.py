"""A store that refuses: it is waited for, said a few times, and what came meanwhile is in it soon after the cure."""

from __future__ import annotations

import logging

import pytest

from ingest.sim.exchange import SimulatedExchange
from tests.faults.live_session import live_session
from tests.faults.store_server import store_server
from tests.faults.store_troubles import TROUBLES, Trouble
from tests.ingest.klines import assert_equal_to_klines, minutes_of
from tests.ingest.processes import stored_ticks
from tests.tools.waiting import until

START_MS = 1_782_907_245_000  # 2026-07-01 12:00:45 UTC
BUSY, NAME = "BTCUSDT", "sim:BTCUSDT"
HELD_MS = 60_000  # of the exchange, at twenty times the pace
MOST_LINES = 3  # of three seconds of trouble; one in ten seconds is meant


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.word)
def test_a_refusal_is_waited_for_calmly_and_nothing_is_missing_after_the_cure(
    trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        store_server(*trouble.options) as store,
        store.client() as client,
        SimulatedExchange(start_ms=START_MS, speed=20.0) as exchange,
    ):
        with live_session(exchange, store.url, [BUSY]):
            until(lambda: minutes_of(client, BUSY) >= 1, "a minute")
            client.connection_pool.disconnect()
            with trouble.of(store):
                until(lambda: trouble.word in caplog.text, "the refusal to be said")
                began_ms = exchange.clock.now_ms()
                until(lambda: exchange.clock.now_ms() > began_ms + HELD_MS, "it to last")
            known = minutes_of(client, BUSY)
            until(lambda: minutes_of(client, BUSY) > known + 1, "minutes after the cure")
        lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
        tens = (lines[-1].created - lines[0].created) // 10  # each of two voices speaks once in ten seconds
        assert len(lines) <= MOST_LINES + 2 * tens, [record.getMessage() for record in lines]
        ids = stored_ticks(client, NAME)["trade_id"].tolist()
        assert ids == list(range(ids[0], ids[-1] + 1))
        assert_equal_to_klines(exchange, client, BUSY)
