"""What can be seen of a recording at once: whether it opens, unpacks, and begins as a recording does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from itertools import islice
from pathlib import Path

from ingest.replay.played import is_archive, open_recording
from ingest.replay.recorded_frames import read_frames
from ingest.replay.recorded_ticks import read_ticks
from ingest.replay.recordings import Form, detect_form

HEAD_LINES = 2_000  # some 20 ms; what lies behind is read before playing


def check_head(path: Path, zone: tzinfo | None = None) -> None:
    """Look at the first lines, of a short or doubtful recording all; raises `BrokenRecording` as `open_recording`."""
    if is_archive(path):
        open_recording(path)
        return
    items: Iterator[object] = read_frames(path) if detect_form(path) is Form.FRAMES else read_ticks(path, zone=zone)
    if sum(1 for _ in islice(items, HEAD_LINES)) < HEAD_LINES:
        open_recording(path, zone)
