"""What the desk keeps, refuses and tells the other processes."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from redis import Redis

from engine.desk.desk import Desk, open_desk
from engine.desk.types import RuleKind, RuleWords
from engine.errors import NotFound, ParameterError
from engine.parameters import Method, PairParameters
from engine.rules.kinds import KINDS
from engine.thresholds import DEFAULT_THRESHOLD, Threshold, threshold_at
from store import keys
from store.client import connect_reader
from store.feed import FeedState, encode_feed
from store.sql.alerts import AlertRecord, append_alert
from store.sql.pairs import PairRecord
from store.timeframes import Timeframe

PAIR = PairParameters("sim:BTCUSDT", "sim:ETHUSDT")
FIXED = PairParameters("sim:LTCUSDT", "sim:BCHUSDT", Timeframe.M5, 240, 120, Method.FIXED, -0.25)


def _say_time(client: Redis, venue: str, venue_time_ms: int, written_ms: int) -> None:
    state = FeedState(venue, "SIMULATED", "streaming", written_ms, 0, venue_time_ms, 0, 0.0, 0.0, None, 0, 0, 0, 0)
    client.sadd(keys.VENUES, venue)
    client.set(keys.feed(venue), encode_feed(state))


def _log_alert(desk: Desk, rule_id: int, pair: PairParameters, bar_ms: int, event: str = "above") -> None:
    record = PairRecord(pair.key, pair.y, pair.x, pair.query)
    alert = AlertRecord(rule_id, record, "z", event, bar_ms, bar_ms + 60_000, 2.5, 2.5, 0.1, 0.9, 0.8, 2.0, 0.5, 7)
    with desk.database.write() as connection:
        append_alert(connection, alert)
    desk.changed()


def test_a_fresh_desk_has_the_defaults(desk: Desk) -> None:
    settings = desk.settings()
    assert (settings.entry, settings.exit, settings.refresh_ms, settings.min_correlation) == (2.0, 0.5, 1_000, 0.7)
    assert desk.thresholds() == (DEFAULT_THRESHOLD,)
    assert (desk.watchlist(), desk.rules(), desk.alerts(), desk.unacknowledged()) == ((), (), (), 0)


def test_a_change_holds_for_bars_that_close_a_little_after_what_the_feed_last_told(desk: Desk, client: Redis) -> None:
    _say_time(client, "replay", 1_700_000_000_400, written_ms=50_000)
    _say_time(client, "sim", 1_900_000_000_000, written_ms=1_000)  # long silent
    settings = desk.change_settings(entry=2.5)
    assert settings.effective_ms == 1_700_000_003_000
    history = desk.thresholds()
    assert threshold_at(history, 1_700_000_000_000) == DEFAULT_THRESHOLD
    assert threshold_at(history, 1_700_000_003_000) == Threshold(1_700_000_003_000, 2.5, 0.5)


def test_a_later_word_counts_over_earlier_ones_from_its_own_time_on(desk: Desk) -> None:
    desk.change_settings(entry=3.0, effective_ms=2_000)
    desk.change_settings(entry=4.0, exit=1.0, effective_ms=5_000)
    desk.change_settings(exit=0.25, effective_ms=3_000)
    assert desk.thresholds() == (DEFAULT_THRESHOLD, Threshold(2_000, 3.0, 0.5), Threshold(3_000, 4.0, 0.25))
    assert desk.settings().entry == 4.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("entry", 0.0),
        ("entry", -1.0),
        ("entry", math.nan),
        ("entry", math.inf),
        ("entry", 1e9),
        ("entry", 0.4),
        ("exit", 2.0),
        ("exit", -0.1),
        ("exit", math.nan),
        ("refresh_ms", 499),
        ("refresh_ms", 60_001),
        ("refresh_ms", 1_000.5),
        ("min_correlation", 1.01),
        ("min_correlation", -0.5),
        ("effective_ms", -1),
    ],
)
def test_impossible_settings_are_refused_by_name_and_change_nothing(desk: Desk, name: str, value: float) -> None:
    with pytest.raises(ParameterError) as refused:
        desk.change_settings(**{name: value})  # type: ignore[arg-type]
    assert refused.value.name in (name, "exit")
    assert desk.settings_history() == ()


def test_a_watched_pair_comes_with_its_rules_and_comes_once(desk: Desk) -> None:
    entry = desk.watch(FIXED, effective_ms=7_000)
    assert desk.watch(FIXED) == entry
    assert [watched.parameters for watched in desk.watchlist()] == [FIXED]
    assert [(rule.parameters, rule.kind, rule.words, rule.effective_ms) for rule in desk.rules()] == [
        (FIXED, RuleKind.Z, RuleWords(), 7_000),
        (FIXED, RuleKind.VOLATILITY, RuleWords(), 7_000),
    ]


def test_unwatching_ends_the_rules_that_came_along_and_no_other(desk: Desk) -> None:
    entry = desk.watch(PAIR)
    own = desk.add_rule(PAIR, words=RuleWords(3.0, 1.0))
    _log_alert(desk, desk.rules()[0].id, PAIR, 60_000)
    desk.unwatch(entry.id)
    assert desk.watchlist() == ()
    assert [rule.id for rule in desk.rules()] == [own.id]
    assert len(desk.alerts()) == 1
    with pytest.raises(NotFound):
        desk.unwatch(entry.id)


def test_a_pair_that_has_a_usual_rule_already_gets_no_second_one(desk: Desk) -> None:
    usual = KINDS[RuleKind.VOLATILITY]
    own = desk.add_rule(PAIR, RuleKind.VOLATILITY, RuleWords(usual.fire, usual.clear))  # the same, written out
    off = desk.add_rule(PAIR, RuleKind.Z, RuleWords(enabled=False))  # judges nothing
    entry = desk.watch(PAIR)
    assert [rule.kind for rule in desk.rules()] == [RuleKind.VOLATILITY, RuleKind.Z, RuleKind.Z]
    desk.unwatch(entry.id)
    assert desk.rules() == (own, off)


def test_a_number_is_what_a_blank_means_where_that_does_not_follow_the_settings(desk: Desk) -> None:
    desk.add_rule(PAIR, RuleKind.CORRELATION)
    with pytest.raises(ParameterError, match="says the same"):
        desk.add_rule(PAIR, RuleKind.CORRELATION, RuleWords(0.5, 0.7))
    desk.add_rule(PAIR, RuleKind.Z)
    settings = desk.settings()
    fixed = desk.add_rule(PAIR, RuleKind.Z, RuleWords(settings.entry, settings.exit))
    assert desk.rule(fixed.id).words.fire == settings.entry, "it stays when the settings change"


def test_words_that_another_rule_has_are_refused_unless_they_switch_off(desk: Desk) -> None:
    first = desk.add_rule(PAIR, words=RuleWords(3.0, 1.0))
    second = desk.add_rule(PAIR, words=RuleWords(2.5, 1.0))
    with pytest.raises(ParameterError, match=f"rule {first.id}, says the same: change that one"):
        desk.put_rule(second.id, RuleWords(3.0, 1.0))
    assert desk.rule(second.id).words == RuleWords(2.5, 1.0)
    assert desk.put_rule(first.id, RuleWords(3.0, 1.0)).words == first.words, "its own words are no twin's"
    assert not desk.put_rule(second.id, RuleWords(3.0, 1.0, enabled=False)).words.enabled
    assert desk.put_rule(first.id, RuleWords(3.0, 1.0)).words == first.words, "what is off is in nobody's way"
    with pytest.raises(ParameterError, match="says the same") as refused:
        desk.put_rule(second.id, RuleWords(3.0, 1.0))
    assert (refused.value.name, refused.value.given) == ("enabled", "on")


def test_what_a_desk_removed_is_not_put_back(desk: Desk) -> None:
    assert desk.watch_once(PAIR, effective_ms=0)
    desk.unwatch(desk.watchlist()[0].id)
    assert not desk.watch_once(PAIR, effective_ms=0)
    assert desk.watchlist() == ()


def test_rules_are_changed_refused_and_ended(desk: Desk) -> None:
    rule = desk.add_rule(PAIR, words=RuleWords(3.0))
    changed = desk.put_rule(rule.id, RuleWords(2.5, 1.0, enabled=False), effective_ms=9_000)
    assert (changed.words, changed.effective_ms) == (RuleWords(2.5, 1.0, enabled=False), 9_000)
    assert desk.rule(rule.id) == changed
    with pytest.raises(ParameterError) as refused:
        desk.put_rule(rule.id, RuleWords(fire=0.4))
    assert refused.value.name == "clear"
    desk.delete_rule(rule.id)
    for call in (lambda: desk.rule(rule.id), lambda: desk.delete_rule(rule.id)):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(NotFound):
        desk.put_rule(rule.id, RuleWords())


def test_alerts_wait_until_somebody_acknowledges_them(desk: Desk) -> None:
    desk.watch(PAIR)
    rule_id = desk.rules()[0].id
    for bar_ms, event in ((60_000, "above"), (120_000, "clear"), (180_000, "below")):
        _log_alert(desk, rule_id, PAIR, bar_ms, event)
    assert desk.unacknowledged() == 2
    newest = desk.alerts(limit=1)[0]
    assert (newest.event, newest.open_time_ms, newest.at_ms, newest.waits) == ("below", 180_000, 240_000, True)
    assert desk.last_alerts() == {PAIR.key: newest}
    seen = desk.acknowledge(newest.id, "  Ann\tB ", "looks right")
    assert (seen.acknowledged_by, seen.note, seen.waits) == ("Ann B", "looks right", False)
    assert desk.acknowledge(newest.id, "Ben").acknowledged_by == "Ann B"
    assert desk.unacknowledged() == 1
    assert [alert.event for alert in desk.alerts(unacknowledged=True)] == ["above"]
    assert desk.alerts(pair=FIXED) == ()


def test_acknowledging_refuses_what_is_not_there_and_what_is_not_text(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.acknowledge(404, "Ann")
    for by, note in (
        ("", "seen"),
        (" \t", ""),
        ("x" * 121, ""),
        ("Ann\x00", ""),
        ("Ann", "y" * 2_001),
        ("Ann", "\x1b[31m"),
    ):
        with pytest.raises(ParameterError):
            desk.acknowledge(1, by, note)
    with pytest.raises(ParameterError):
        desk.alerts(limit=0)


def test_a_change_is_seen_by_another_process_at_once(desk: Desk, database_url: str, client: Redis) -> None:
    """The other desk stands for another process: it shares nothing with the first but database and store."""
    other = open_desk(database_url, client)
    assert other.settings().entry == 2.0
    before = other.version()
    desk.change_settings(entry=3.0)
    deadline = time.monotonic() + 2.0
    while other.settings().entry != 3.0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert other.version() != before
    other.database.close()


def test_repeated_reads_ask_the_database_once(desk: Desk) -> None:
    assert desk.watchlist() is desk.watchlist()


def test_durable_state_answers_while_the_store_is_dead(database_url: str, tmp_path: Path) -> None:
    desk = open_desk(database_url, connect_reader(f"unix://{tmp_path / 'nobody'}"))
    assert desk.settings().entry == 2.0
    assert desk.change_settings(entry=3.0).entry == 3.0
    assert desk.watch(PAIR).parameters == PAIR
    assert [watched.parameters for watched in desk.watchlist()] == [PAIR]
    desk.database.close()
