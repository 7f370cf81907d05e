"""Files over HTTP: shown, kept, listed, deleted; refused with line and reason; never from another site's page."""

from __future__ import annotations

import gzip
import io

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.board import Board

PREFIX = "/api/v1"
START_S = 1_704_067_200
BARS = "timestamp,open,high,low,close,volume\n" + "".join(
    f"{START_S + 300 * n},{n + 1},{n + 3},{n + 0.5},{n + 2},7\n" for n in range(40)
)


def send(
    api: FlaskClient,
    path: str,
    raw: bytes,
    name: str = "ab.csv",
    *,
    headers: dict[str, str] | None = None,
    **fields: str,
) -> TestResponse:
    """As a browser sends a form; Werkzeug's own way leaves a file open."""
    parts = [f'form-data; name="{field}"\r\n\r\n{value}'.encode() for field, value in fields.items()]
    parts.append(f'form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + raw)
    body = b"".join(b"--mark\r\nContent-Disposition: " + part + b"\r\n" for part in parts) + b"--mark--\r\n"
    return api.post(f"{PREFIX}{path}", data=body, content_type="multipart/form-data; boundary=mark", headers=headers)


def test_a_file_is_shown_and_nothing_of_it_kept(api: FlaskClient) -> None:
    raw = BARS.replace("1704067500,2", "1704067500,x").encode()
    shown = send(api, "/uploads/preview", gzip.compress(raw), "ether-2024.csv.gz")
    body = shown.get_json()
    assert shown.status_code == 200
    assert (body["kind"], body["timeframe"], body["rows"], body["symbols"]) == ("bars", "5m", 39, ["ETHER"])
    assert body["problems"] == [{"line": 3, "what": "open is not a number above 0", "value": "x"}]
    assert (body["first"], body["needs_zone"], body["statistics"]["absent"]) == ("2024-01-01T00:00:00Z", False, 1)
    assert len(body["head"]) == 20
    assert api.get(f"{PREFIX}/uploads").get_json() == {"items": [], "next": None}


def test_a_file_becomes_an_instrument_and_goes_again(api: FlaskClient) -> None:
    kept = send(api, "/uploads", BARS.encode(), symbol="mine")
    assert kept.status_code == 201
    (item,) = kept.get_json()["items"]
    assert (item["instrument"], item["rows"], item["last"]) == ("upload:MINE", 40, "2024-01-01T03:15:00Z")
    assert api.get(f"{PREFIX}/uploads").get_json()["items"] == [item]
    bars = api.get(f"{PREFIX}/bars/upload:MINE?timeframe=5m").get_json()["items"]
    assert [(bar["close"], bar["source"]) for bar in bars] == [(float(n + 2), "upload") for n in range(40)]
    finer = api.get(f"{PREFIX}/bars/upload:MINE?timeframe=1m")
    assert finer.status_code == 400
    assert finer.get_json()["allowed"] == "the finest bars of upload:MINE are of 5m: use 5m or 15m or 1h"
    again = send(api, "/uploads", BARS.encode(), symbol="MINE")
    assert (again.status_code, "already" in again.get_json()["detail"]) == (422, True)
    assert api.delete(f"{PREFIX}/uploads/MINE").status_code == 204
    again = api.delete(f"{PREFIX}/uploads/MINE")
    assert (again.status_code, again.get_json()["detail"]) == (404, "There is no upload MINE.")
    assert api.get(f"{PREFIX}/uploads").get_json()["items"] == []


def test_a_file_of_several_symbols_is_kept_whole(api: FlaskClient) -> None:
    lines = [f'{{"symbol":"{s}","ts":{START_S + n},"price":{n + 1},"size":1}}' for n in range(9) for s in ("A", "B")]
    kept = send(api, "/uploads", "\n".join(lines).encode(), "x.ndjson", symbol="A")
    assert [item["instrument"] for item in kept.get_json()["items"]] == ["upload:A", "upload:B"]


def test_a_zone_is_asked_for_and_taken(api: FlaskClient) -> None:
    raw = b"time,close\n2024-07-01 12:00,1\n2024-07-01 12:01,2\n"
    assert send(api, "/uploads/preview", raw).get_json()["needs_zone"]
    refused = send(api, "/uploads", raw)
    assert refused.status_code == 422
    assert refused.get_json()["detail"].startswith("Its times have no zone")
    kept = send(api, "/uploads", raw, zone="America/New_York")
    assert kept.get_json()["items"][0]["first"] == "2024-07-01T16:00:00Z"


@pytest.mark.parametrize("path", ["/uploads/preview", "/uploads"])
@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"PK\x03\x04" + bytes(99), None, "Excel workbook"),
        (b"\x80\x04\x95", None, "pickle"),
        (BARS.encode() + b"\xff", 42, "UTF-8"),
        (b"time,close\n1,nan\n", 2, "time is none"),
        (b"9" * 5_000_000, 1, "5,000,000 bytes"),
    ],
)
def test_what_is_refused_says_line_and_reason(api: FlaskClient, path: str, raw: bytes, line: int, words: str) -> None:
    answer = send(api, path, raw)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.get_json().get("line") == line
    assert words in answer.get_json()["detail"]
    assert api.get(f"{PREFIX}/uploads").get_json()["items"] == []


def test_calls_that_are_no_upload_are_refused(api: FlaskClient) -> None:
    too_long = send(api, "/uploads/preview", b"a\n" * (6 << 20))
    assert (too_long.status_code, "10,551,296 bytes" in too_long.get_json()["detail"]) == (413, True)
    bodies = [
        {"data": {}},
        {"data": {"file": "text"}},
        {"data": b"{", "content_type": "application/json"},
        {"json": {"file": "a"}},
        {"data": b"\0" * 99, "content_type": "multipart/form-data; boundary=x"},
        {"data": {"file": (io.BytesIO(BARS.encode()), "a.csv"), "zoen": "UTC"}},
    ]
    for body in bodies:
        answer = api.post(f"{PREFIX}/uploads", **body)  # type: ignore[arg-type]
        assert answer.status_code in (400, 415), (body, answer.status_code, answer.text)
        assert answer.content_type == "application/problem+json"
    api.application.config["MAX_CONTENT_LENGTH"] = 1_000_000
    long_json = api.post(f"{PREFIX}/watchlist", data=b" " * 1_100_000, content_type="application/json")
    assert (long_json.status_code, "1,000,000 bytes" in long_json.get_json()["detail"]) == (413, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:81"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_change_nothing(api: FlaskClient, board: Board, headers: dict[str, str]) -> None:
    assert send(api, "/uploads", BARS.encode(), headers=headers).status_code == 403  # type: ignore[arg-type]
    assert api.put(f"{PREFIX}/settings", json={"entry": 3.0}, headers=headers).status_code == 403
    assert api.delete(f"{PREFIX}/uploads/AB", headers=headers).status_code == 403
    assert api.get(f"{PREFIX}/uploads", headers=headers).get_json()["items"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "https://board.desk", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://board.desk", "X-Forwarded-Host": "board.desk"},
    ],
)
def test_own_pages_and_programs_may(api: FlaskClient, headers: dict[str, str]) -> None:
    assert send(api, "/uploads", BARS.encode(), headers=headers).status_code == 201  # type: ignore[arg-type]
    assert api.put(f"{PREFIX}/settings", json={"entry": 3.0}, headers=headers).status_code == 200
    pair = {"y": "sim:YUSDT", "x": "sim:XUSDT", "timeframe": "1m"}
    watched = api.post(f"{PREFIX}/watchlist", json=pair, headers=headers)
    assert watched.status_code == 201
    assert api.delete(f"{PREFIX}/watchlist/{watched.get_json()['id']}", headers=headers).status_code == 204
    assert api.delete(f"{PREFIX}/uploads/AB", headers=headers).status_code == 204
