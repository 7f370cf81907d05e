"""What the ingestor cannot work with is refused before anything of a board starts."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.allinone.precheck import ingest_complaint
from engine.allinone.settings import SOURCE, free_port

TRADE = b'{"symbol":"BTCUSDT","ts":"2024-07-18T23:57:02.707Z","price":63943.9,"size":0.5}\n'
BROKEN = {
    "empty.ndjson": (b"", "is empty"),
    "cut.ndjson": (TRADE[:30], "line 1: is no JSON"),
    "zoneless.ndjson": (TRADE.replace(b"Z", b""), "line 1: time '2024-07-18T23:57:02.707' has no zone"),
    "damaged.gz": (gzip.compress(TRADE)[:9] + b"nonsense", "line 1: the compressed file is cut or damaged"),
    "picture.png": (b"\x89PNG\r\n\x1a\n", "line 1: is no recording"),
}


def environ(folder: Path, file: Path) -> dict[str, str]:
    """An environment that asks for a replay and has nothing else of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "FEED": "replay", "FILE": str(file), "PORT": str(free_port()), "TMPDIR": str(folder)}


@pytest.mark.parametrize("name", BROKEN)
def test_a_recording_that_begins_broken_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    body, reason = BROKEN[name]
    (tmp_path / name).write_bytes(body)
    complaint = ingest_complaint(environ(tmp_path, tmp_path / name))
    assert complaint.startswith(str(tmp_path / name))
    assert reason in complaint
    assert "\n" not in complaint


@pytest.mark.parametrize("end", [b"", TRADE[:30]])
def test_a_recording_of_use_is_not_complained_of(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "t.ndjson.gz").write_bytes(gzip.compress(TRADE + end))
    assert ingest_complaint(environ(tmp_path, tmp_path / "t.ndjson.gz")) == ""


def test_local_times_are_of_use_where_their_zone_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.ndjson").write_bytes(TRADE.replace(b"Z", b""))
    named = environ(tmp_path, tmp_path / "t.ndjson")
    assert ingest_complaint(named | {"FILE_ZONE": "Europe/Berlin"}) == ""
    assert "FILE_ZONE='Atlantis' is not known" in ingest_complaint(named | {"FILE_ZONE": "Atlantis"})


def test_nothing_is_started_for_a_broken_recording(tmp_path: Path) -> None:
    file = tmp_path / "broken.ndjson"
    file.write_bytes(TRADE + 2 * b"half a line\n")
    ended = subprocess.run(
        [sys.executable, "-m", "engine.allinone"],
        cwd=tmp_path,
        env={**environ(tmp_path, file), "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"spreadboard: {file}, line 2: is no JSON")
    assert not (tmp_path / "var").exists()
