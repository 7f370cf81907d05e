"""The system page, its call and the metrics: against what processes wrote into a real store."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from dash_app.answer_times import AnswerTimes
from dash_app.metrics import Sample, exposition
from dash_app.views.system_rows import connection_rows, process_rows
from dash_app.views.system_store import size, versions
from dash_app.views.system_trouble import system_trouble
from engine.board import Board
from engine.system import DatabaseView, ServerInfo, SystemView
from store.feed import FeedState, LegState, encode_feed
from store.keys import VENUES
from store.keys import feed as feed_key
from store.process_state import ProcessState, Vitals, write_process
from store.reader_gaps import ReaderGap, note_reader_gap
from tests.dash_app.conftest import Ask
from tests.dash_app.states import CONNECTION, INGEST, SAID_MS, WEB, grown_old
from tests.store.standing_still import stopped

SERVER = ServerInfo("valkey", "9.1.2", 10.0, 12.0, 100.0, "noeviction", 1.2, 7, 10_000, 50.0, 0, 3_600)
LEG = LegState(1, 2.0, 3.0, gaps=4, gaps_open=2, missing_ids=9)
FEED = FeedState("spot", "LIVE", "streaming", 1, 1, 1, 1, 12.5, 40.0, 9.0, 100, 2, 3, 4, legs={"A": LEG, "B": LEG})
FEED = replace(FEED, dropped_frames=1_234)
MARKUP = re.compile(r"<[^>]*>")


def view_of(*states: ProcessState, now_ms: int = SAID_MS, store: ServerInfo = SERVER) -> SystemView:
    told = tuple(state if state.written_ms else replace(state, written_ms=now_ms) for state in states)
    return SystemView(now_ms, told, store, DatabaseView("sqlite", 3_210_000))


def plain(markup: str) -> str:
    def char(entity: re.Match[str]) -> str:
        return chr(int(entity[1]))

    return re.sub(r"&#(\d+);", char, MARKUP.sub("", markup)).strip()


def props_of(answer: Mapping[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {
        identity: props
        for section in answer["sections"].values()
        for identity, props in section.get("props", {}).items()
    }


def samples_of(web: FlaskClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What Prometheus' own reader makes of our text."""
    answer = web.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            assert sample.name not in found
            found[(sample.name, frozenset(sample.labels.items()))] = sample.value
    return found


def test_the_page_shows_who_lives_and_who_is_silent(client: Redis, ask: Ask) -> None:
    write_process(client, INGEST)
    grown_old(client, WEB, 8_000)
    write_process(client, replace(WEB, pid=23))
    props = props_of(ask({"page": "system"}))
    rows = {plain(row["process"]): row for row in props["processes"]["data"]}
    assert list(rows) == ["ingest desk-1:11", "web desk-1:22", "web desk-1:23"]
    assert [row["tone"] for row in rows.values()] == ["", "stale", ""]
    assert re.fullmatch(r"silent since \d\d:\d\d:\d\d", rows["web desk-1:22"]["since"])
    ingest = rows["ingest desk-1:11"]
    assert (ingest["memory"], ingest["cpu"], ingest["threads"], ingest["files"]) == ("101.5", "25.0", "9", "31")
    assert ingest["does"] == "412 trades/s · 19.5 batches/s"
    assert ingest["counts"] == "dropped frames 1,234"
    latencies = [(plain(row["process"]), row["what"], row["p95"], row["n"]) for row in props["latencies"]["data"]]
    assert latencies == [("ingest desk-1:11", "publish", "4.56", "1,170"), ("web desk-1:23", "refresh", "12.4", "60")]
    assert props["system-processes"]["children"] == "2"
    assert props["system-processes-note"]["children"] == "of 3"
    assert props["system-answers"]["children"] == "12.4"
    facts = {row["name"]: plain(row["value"]) for row in props["store-facts"]["data"]}
    assert facts["server"].startswith("Valkey 9.1")
    assert facts["database"].startswith("SQLite, 0.")


def test_what_a_silent_feed_last_did_is_not_shown_as_done_now(client: Redis, ask: Ask) -> None:
    client.sadd(VENUES, "spot")
    client.set(feed_key("spot"), encode_feed(FEED))
    props = props_of(ask({"page": "system"}))
    assert (props["system-trades"]["children"], props["system-lag"]["children"]) == ("–", "–")
    assert props["system-gaps"]["children"] == "4"
    (row,) = props["feeds"]["data"]
    assert row["tone"] == "stale"
    assert "the ingestor is silent" in row["state"]
    now_ms = time.time_ns() // 1_000_000
    client.set(feed_key("spot"), encode_feed(replace(FEED, written_ms=now_ms, received_ms=now_ms)))
    give_up_s = time.monotonic() + 20
    while (props := props_of(ask({"page": "system"})))["system-trades"]["children"] == "–":
        assert time.monotonic() < give_up_s
    assert (props["system-trades"]["children"], props["system-lag"]["children"]) == ("12", "9")
    assert props["system-dropped"]["children"] == "1,234"


def test_what_readers_left_unread_is_counted(client: Redis, ask: Ask) -> None:
    assert props_of(ask({"page": "system"}))["system-missed"]["children"] == "0"
    note_reader_gap(client, ReaderGap("archive", "spot:A", 7, 1_210, 1_700_000_000_000))
    note_reader_gap(client, ReaderGap("archive", "spot:B", 5, 5, 1_700_000_000_000))
    note_reader_gap(client, ReaderGap("history", "spot:A", 1_699_999_980_000, 1_700_000_040_000, 1_700_000_100_000))
    give_up_s = time.monotonic() + 20
    while (props := props_of(ask({"page": "system"})))["system-missed"]["children"] == "0":
        assert time.monotonic() < give_up_s
    assert props["system-missed"]["children"] == "1,205"
    assert props["system-missed-note"]["children"] == "and 2 min"


def test_an_answer_with_nothing_new_is_none_and_a_beat_is_news(client: Redis, ask: Ask) -> None:
    write_process(client, INGEST)
    first = ask({"page": "system"})
    assert first is not None
    seen = first["seen"]
    assert {"processes", "links", "facts", "strip", "state"} <= seen.keys()
    other = props_of(ask({"page": "system"}, {name: version for name, version in seen.items() if name != "links"}))
    assert set(other) >= {"connections", "feeds"}
    assert "processes" not in other


def test_a_connection_is_said_with_its_host_its_silence_and_its_day() -> None:
    (row,) = connection_rows(view_of(INGEST))
    assert plain(row["connection"]) == "spot spot-1"
    assert (row["host"], plain(row["state"]), row["streams"], row["frame"]) == (
        "stream.example:9443", "delivers", "24", "250 ms ago",
    )  # fmt: skip
    assert (row["tried"], row["lost"], row["replaced"], row["skew"]) == ("3", "1", "0", "−0.12")
    assert (row["since"], row["rotation"]) == ("12:00:46", "02 Jul 11:30")
    silent = replace(CONNECTION, silent=tuple(f"{name}usdt@trade" for name in "abcde"))
    (row,) = connection_rows(view_of(with_connection(silent)))
    assert plain(row["state"]) == "silent: ausdt@trade, busdt@trade, cusdt@trade and 2 more"
    (row,) = connection_rows(view_of(with_connection(replace(CONNECTION, connected=False, detail="cut: reset"))))
    assert plain(row["state"]) == "cut: reset"


def with_connection(connection: Any) -> ProcessState:
    return replace(INGEST, vitals=Vitals(connections=(connection,)))


def test_of_a_connection_that_two_ingestors_told_of_the_living_one_is_shown() -> None:
    old = replace(INGEST, written_ms=SAID_MS - 60_000)
    (row,) = connection_rows(view_of(old))
    assert (row["tone"], row["frame"]) == ("stale", "1 min ago")
    assert "silent since" in plain(row["state"])
    for order in ((old, replace(INGEST, pid=12)), (replace(INGEST, pid=12), old)):
        (row,) = connection_rows(view_of(*order))
        assert (row["tone"], plain(row["state"])) == ("", "delivers")


def test_names_from_data_are_inert_in_a_cell() -> None:
    evil = replace(INGEST, host="<b onclick=x>", vitals=Vitals(notes=("<i>",)))
    (row,) = process_rows(view_of(evil))
    assert "<b onclick" not in row["process"]
    assert "<b onclick=x>:11" in plain(row["process"])


def test_trouble_is_said_and_peace_is_not() -> None:
    assert system_trouble(view_of(INGEST, WEB)) == []
    silent = system_trouble(view_of(replace(INGEST, written_ms=SAID_MS - 7_000), WEB))
    assert [words for _, _, words in silent] == [
        "No ingestor has spoken since 13:00:38 UTC: it ended, hangs or lacks the store"
    ]
    one_of_two = system_trouble(view_of(replace(WEB, pid=1, written_ms=SAID_MS - 7_000), WEB))
    assert one_of_two == []
    (full,) = system_trouble(view_of(WEB, store=replace(SERVER, used_mb=95.0)))
    assert "95 % full" in full[2]
    assert system_trouble(view_of(WEB, store=replace(SERVER, limit_mb=None))) == []
    (alarm,) = system_trouble(view_of(WEB), [replace(FEED, alarm="the store is full"), FEED])
    assert alarm[2] == "spot: the store is full"
    (clock,) = system_trouble(view_of(replace(WEB, said_ms=SAID_MS - 5_000, written_ms=SAID_MS)))
    assert clock[2] == "The clock of desk-1 is 5 s behind the store's"
    (mixed,) = system_trouble(view_of(WEB, replace(INGEST, versions={"spreadboard": "0.2.0"})))
    assert mixed[2] == "2 versions run at once: 0.1.0, 0.2.0"


def test_versions_that_differ_say_who_has_which() -> None:
    spans = versions(view_of(WEB, replace(INGEST, versions={"python": "3.12.1", "spreadboard": "0.1.0"})))
    said = ["".join(part.children for part in span.children) for span in spans]
    assert said == ["python 3.11.7 (web); 3.12.1 (ingest)", "spreadboard 0.1.0"]


@pytest.mark.parametrize(
    ("count", "words"), [(None, None), (0, ("0.0", "MB")), (3_210_000, ("3.2", "MB")), (1_234_000_000, ("1.23", "GB"))]
)
def test_sizes_have_a_unit(count: int | None, words: tuple[str, str] | None) -> None:
    assert size(count) == words


def test_the_call_gives_all_of_it_at_full_precision(client: Redis, web: FlaskClient) -> None:
    write_process(client, INGEST)
    grown_old(client, WEB, 8_000)
    body = web.get("/api/v1/system").get_json()
    ingest, worker = body["processes"]
    assert (ingest["kind"], ingest["pid"], ingest["stale"], worker["stale"]) == ("ingest", 11, False, True)
    assert ingest["started"] == "2026-07-01T12:00:45Z"
    assert ingest["latencies"] == {"publish": {"p50": 1.23, "p95": 4.56, "p99": 7.89, "n": 1_170}}
    assert ingest["counts"] == {"trades": 90_000, "dropped_frames": 1_234}
    (connection,) = ingest["connections"]
    assert (connection["last_frame"], connection["skew_s"]) == ("2026-07-01T13:00:44.750Z", -0.125)
    assert body["store"]["used_mb"] == pytest.approx(client.info("memory")["used_memory"] / 1e6, rel=0.2)
    assert body["database"]["dialect"] == "sqlite"
    assert body["database"]["size_bytes"] > 10_000


def test_metrics_are_read_by_prometheus_own_reader(client: Redis, web: FlaskClient) -> None:
    write_process(client, INGEST)
    grown_old(client, WEB, 8_000)
    client.sadd(VENUES, "spot")
    client.set(feed_key("spot"), encode_feed(FEED))
    samples = samples_of(web)
    ingest = frozenset({"kind": "ingest", "host": "desk-1", "pid": "11"}.items())
    worker = frozenset({"kind": "web", "host": "desk-1", "pid": "22"}.items())
    spot = frozenset({"venue": "spot"}.items())
    assert samples["spreadboard_store_up", frozenset()] == 1
    assert samples["spreadboard_process_memory_bytes", ingest] == 101_500_000
    assert samples["spreadboard_process_count", ingest | {("of", "dropped_frames")}] == 1_234
    assert samples["spreadboard_latency_seconds", ingest | {("of", "publish"), ("quantile", "0.95")}] == 0.00456
    assert samples["spreadboard_process_silent_seconds", worker] == pytest.approx(8, abs=4)
    assert ("spreadboard_process_memory_bytes", worker) not in samples  # what it last said is not how it is
    assert samples["spreadboard_feed_trades_total", spot] == 100
    assert samples["spreadboard_feed_gaps_open", spot] == 4
    assert samples["spreadboard_feed_dropped_frames_total", spot] == 1_234
    assert samples["spreadboard_feed_lag_p95_seconds", spot] == 0.009
    connection = frozenset({"venue": "spot", "connection": "spot-1", "pid": "11"}.items())
    assert samples["spreadboard_connection_frame_age_seconds", connection] == 0.25
    assert samples["spreadboard_connection_lost_total", connection] == 1


def test_any_label_survives_prometheus_reader() -> None:
    nasty = 'a "quoted" \\ back\\nslash\nand a line'
    (family,) = text_string_to_metric_families(exposition([Sample("sb_x", "gauge", "X", 1.5e-7, {"of": nasty})]))
    (sample,) = family.samples
    assert (sample.labels, sample.value) == ({"of": nasty}, 1.5e-7)


def test_without_a_store_the_call_is_refused_and_metrics_say_that_it_is_down(
    board: Board, client: Redis, web: FlaskClient
) -> None:
    with stopped(client):
        assert samples_of(web) == {("spreadboard_store_up", frozenset()): 0.0}
        answer = web.get("/api/v1/system")
        assert answer.status_code in (503, 504)
        assert answer.content_type == "application/problem+json"
    assert board.clock_ms() > 0


def test_answers_are_timed_by_what_was_asked_for(web: FlaskClient) -> None:
    times = AnswerTimes(web.application.wsgi_app)
    web.application.wsgi_app = times  # type: ignore[method-assign]
    for path in ("/", "/alerts", "/api/v1/settings", "/metrics", "/assets/44-shell.js", "/nothing"):
        web.get(path).close()
    vitals = times.vitals()
    assert {name: latency.n for name, latency in vitals.latencies.items()} == {
        "refresh": 0, "API": 2, "page": 3, "file": 1,
    }  # fmt: skip
    assert vitals.counts == {"answers": 6}


def test_an_answer_that_fails_is_timed_too() -> None:
    def broken(environ: object, start_response: object) -> Any:
        raise RuntimeError

    times = AnswerTimes(broken)
    with pytest.raises(RuntimeError):
        times({"PATH_INFO": "/"}, lambda *_: lambda _: None)  # type: ignore[arg-type, return-value]
    assert times.vitals().counts == {"answers": 1}
