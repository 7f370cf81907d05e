"""The gap ledger over HTTP."""

from __future__ import annotations

from flask.testing import FlaskClient
from redis import Redis

from store import keys
from store.gap_ledger import GapRecord, gap_fields

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
    assert api.get(GAPS).get_json() == {"missing": 0, "items": [], "next": None}


def test_an_unknown_instrument_is_404(api: FlaskClient) -> None:
    answer = api.get("/api/v1/instruments/sim:NOPE/gaps")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
