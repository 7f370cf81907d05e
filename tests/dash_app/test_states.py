"""What is said of data that are late, lacking or over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from redis import Redis

from dash_app.figures.view import Leg, PairView
from dash_app.views.pair_state import pair_state
from dash_app.views.shell import shell_section
from dash_app.views.silence import bars_stale, feed_stale, leg_stale
from engine.diagnosis import Confidence, Diagnosis, Verdict, save_diagnosis
from engine.parameters import PairParameters
from engine.rows import Note
from engine.views import FeedState, LegState
from store import keys
from store.timeframes import Timeframe
from tests.dash_app.conftest import PAIR, Ask
from tests.dash_app.rows import cut_gap, made_rows, made_snapshot

NOW = 1_770_000_000_000
FEED = FeedState("sim", "SIMULATED", "streaming", NOW, NOW - 60_000, NOW, NOW, 30.0, 90.0, 40.0, 0, 0, 0, 0)
Y, X = Leg("sim:BTCUSDT", "USDT", 0.01), Leg("sim:ETHUSDT", "USDT", 0.01)


def test_a_feed_is_stale_three_seconds_after_its_last_sign() -> None:
    assert feed_stale(FEED, NOW + 2_900) is None
    stale = feed_stale(FEED, NOW + 3_100)
    assert stale is not None
    assert stale.since_ms == NOW
    silent_venue = replace(FEED, written_ms=NOW + 5_000)
    assert feed_stale(silent_venue, NOW + 5_000) is not None


def test_a_feed_whose_store_is_in_trouble_does_not_look_well() -> None:
    alarm = "the store is full: the newest 40% of the usual past is kept, 12 entries were given up"
    section = shell_section((replace(FEED, alarm=alarm),), "sim", 0, NOW)
    raw = (section.raw or b"").decode()
    assert '"connection-word":{"children":"Store in trouble"}' in raw
    assert alarm in raw


@pytest.mark.parametrize(
    ("lag_ms", "shown"),
    [(40.2, "40 ms"), (137.0, "140 ms"), (994.0, "990 ms"), (999.0, "1.0 s"), (1_312.0, "1.3 s"), (12_345.0, "12 s")],
)
def test_the_lag_beside_the_connection_is_short(lag_ms: float, shown: str) -> None:
    section = shell_section((replace(FEED, lag_p95_ms=lag_ms),), "sim", 0, NOW)
    assert f'"connection-lag":{{"children":"{shown}"}}' in (section.raw or b"").decode()


def test_a_replay_that_ended_is_not_stale() -> None:
    assert feed_stale(replace(FEED, state="ended"), NOW + 99_000) is None


def test_a_quiet_leg_is_given_the_time_its_own_rate_explains() -> None:
    leg = LegState(last_trade_ms=NOW - 30_000)
    assert leg_stale(leg, FEED, lambda: 1 / 25, NOW) is None
    assert leg_stale(leg, FEED, lambda: 8.0, NOW) is not None
    assert leg_stale(None, FEED, lambda: 8.0, NOW) is None


def test_a_fast_replay_is_given_more_time() -> None:
    leg = LegState(last_trade_ms=NOW - 20_000)
    assert leg_stale(leg, replace(FEED, speed=20.0), lambda: 8.0, NOW) is None


def test_bars_are_stale_when_the_next_is_overdue_by_the_venues_own_clock() -> None:
    snapshot = made_snapshot()
    as_of = snapshot.as_of_ms or 0
    feed = replace(FEED, venue_time_ms=as_of + 61_000)
    assert bars_stale(snapshot, feed, NOW) is None
    assert bars_stale(snapshot, replace(feed, venue_time_ms=as_of + 64_000), NOW) is not None


def _said(view: PairView, feed: FeedState = FEED, now_ms: int = NOW) -> str:
    return str(pair_state(view, (feed,), now_ms)["state"]["children"])


def test_warming_up_says_how_far() -> None:
    rows = made_rows()[:37]
    snapshot = replace(made_snapshot(rows), have=37, need=60, reason="")
    feed = replace(FEED, venue_time_ms=snapshot.as_of_ms or 0)
    assert "Warming up: 37 of 60 bars" in _said(PairView(snapshot, Y, X, 300), feed)


def test_a_gap_at_the_last_bar_is_named() -> None:
    rows = made_rows()
    cut_gap(rows, 395, 400)
    snapshot = made_snapshot(rows)
    feed = replace(FEED, venue_time_ms=snapshot.as_of_ms or 0)
    assert "Gap" in _said(PairView(snapshot, Y, X, 300), feed)


def test_the_ratio_in_place_of_a_regression_is_said() -> None:
    rows = made_rows()
    rows["note"][-1] = Note.RATIO_FALLBACK
    snapshot = made_snapshot(rows)
    feed = replace(FEED, venue_time_ms=snapshot.as_of_ms or 0)
    assert np.isfinite(rows["z"][-1])
    assert "ratio of prices" in _said(PairView(snapshot, Y, X, 300), feed)


def test_a_pair_without_any_bar_says_so_in_the_place_of_chart_and_table(ask: Ask, client: Redis) -> None:
    for name in ("sim:YUSDT", "sim:XUSDT"):
        client.delete(keys.bars(name, Timeframe.S1))
    answer = ask(PAIR | {"timeframe": "1s"})
    assert answer is not None
    words = answer["sections"]["head"]["props"]["nothing"]["children"]
    assert words.startswith("No closed 1s bar of sim:YUSDT and sim:XUSDT yet.")
    filled = ask(PAIR)
    assert filled is not None
    assert filled["sections"]["head"]["props"]["nothing"]["children"] == ""


def test_a_signal_of_an_ended_replay_is_not_shown_as_live() -> None:
    view = PairView(made_snapshot(), Y, X, 300)
    as_of = view.snapshot.as_of_ms or 0
    ended = pair_state(view, (replace(FEED, state="ended", venue_time_ms=as_of),), NOW)
    alive = pair_state(view, (replace(FEED, venue_time_ms=as_of),), NOW)
    assert "sb-ended-below" in ended["state"]["className"]
    assert "sb-ended-below" not in alive["state"]["className"]


def test_stale_and_ended_are_said_with_their_time() -> None:
    snapshot = made_snapshot()
    view = PairView(snapshot, Y, X, 300)
    as_of = snapshot.as_of_ms or 0
    assert "Stale since" in _said(view, replace(FEED, venue_time_ms=as_of), NOW + 9_000)
    assert "Replay ended" in _said(view, replace(FEED, state="ended", venue_time_ms=as_of), NOW + 9_000)


def test_synchrony_has_its_place_before_there_are_trades_enough_and_says_when(ask: Ask, client: Redis) -> None:
    """All 400 minutes of the legs are of trades: the last look of the tests was before them."""
    p = PairParameters("sim:YUSDT", "sim:XUSDT")
    tested = Diagnosis(0, 1, 400, Verdict.DOUBTFUL, "", 0.5, Confidence.NONE, (), (), (), ())
    save_diagnosis(client, p, tested)
    answer = ask(PAIR | {"tab": "diagnostics"})
    assert answer is not None
    words = str(answer["sections"]["diagnostics"]["props"]["diagnostics"]["children"])
    assert "Synchrony of the legs' trades" in words
    assert "Needs 32 min of trades of both legs; has 1 h, since 05:40 UTC." in words
    assert "The next look is at the bar closed 06:50 UTC." in words
