"""The gap ledger over HTTP."""

from __future__ import annotations

from flask.testing import FlaskClient
from redis import Redis

from store import keys
from store.gap_ledger import GapRecord, gap_fields
from store.reader_gaps import ReaderGap, note_reader_gap

X = "sim:XUSDT"
GAPS = f"/api/v1/instruments/{X}/gaps"


def test_gaps_are_told_with_ids_times_and_what_became_of_them(api: FlaskClient, client: Redis) -> None:
    records = [
        GapRecord(50, 59, 4, 1_700_000_000_500, 1_700_000_001_000, 1_700_000_001_000, 1_700_000_009_000, "lost"),
        GapRecord(10, 12, 0, 1_600_000_000_000, 1_600_000_000_100, 1_600_000_000_100, 1_600_000_005_000, "filled"),
    ]
    fields = gap_fields(records)
    client.hset(keys.gaps(X), mapping=dict(zip(fields[::2], fields[1::2], strict=True)))
    body = api.get(GAPS).get_json()
    assert body["missing"] == 4
    assert [(gap["first"], gap["last"], gap["missing"], gap["state"]) for gap in body["items"]] == [
        (10, 12, 0, "filled"),
        (50, 59, 4, "lost"),
    ]
    assert body["items"][1]["before"] == "2023-11-14T22:13:21Z"


def test_an_instrument_without_gaps_has_none(api: FlaskClient) -> None:
    assert api.get(GAPS).get_json() == {"missing": 0, "items": [], "missed": [], "next": None}


def test_what_left_the_store_before_it_was_read_is_told_with_its_ids_or_minutes(
    api: FlaskClient, client: Redis
) -> None:
    note_reader_gap(client, ReaderGap("archive", X, 1_000, 3_899, 1_700_000_000_000))
    note_reader_gap(client, ReaderGap("history", X, 1_699_999_980_000, 1_700_000_040_000, 1_700_000_100_000))
    note_reader_gap(client, ReaderGap("archive", "sim:OTHER", 1, 2, 1_700_000_000_000))
    archive, history = api.get(GAPS).get_json()["missed"]
    assert (archive["reader"], archive["first_id"], archive["last_id"]) == ("archive", 1_000, 3_899)
    assert (history["first_minute"], history["last_minute"]) == ("2023-11-14T22:13:00Z", "2023-11-14T22:14:00Z")


def test_an_unknown_instrument_is_404(api: FlaskClient) -> None:
    answer = api.get("/api/v1/instruments/sim:NOPE/gaps")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
