"""An archive at an ``s3://`` address does what one in a folder does.

S3_ARCHIVE names a bucket to try it in, ``s3://key:secret@bucket/folder?region=…``; a server of one's own is given as
``&endpoint_override=127.0.0.1:5000&scheme=http``. What is written there is deleted again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from secrets import token_hex

import pytest
from pyarrow import fs

from store.archive.archive import WHOLE, Archive, open_archive
from store.archive.layout import UNFINISHED
from tests.store.archive.tick_data import NAME, made_ticks

ADDRESS = os.environ.get("S3_ARCHIVE", "")

pytestmark = pytest.mark.skipif(
    not ADDRESS, reason="S3_ARCHIVE names no bucket: s3://key:secret@bucket/folder?region=…"
)


@pytest.fixture
def archive() -> Iterator[Archive]:
    """One in a folder of its own, which is gone afterwards."""
    place, _, query = ADDRESS.partition("?")
    made = open_archive(f"{place.rstrip('/')}/{token_hex(4)}?{query}")
    yield made
    made.files.filesystem.delete_dir_contents(made.files.path(""), missing_dir_ok=True)


def _read(archive: Archive) -> bytes:
    return b"".join(part.tobytes() for part in archive.read(NAME))


def test_ticks_come_back_to_the_bit_and_a_part_of_the_same_name_is_replaced(archive: Archive) -> None:
    assert list(archive.read(NAME)) == []
    archive.write(NAME, made_ticks(0, 300), "a")
    archive.write(NAME, made_ticks(0, 1_000), "a")
    assert _read(archive) == made_ticks(0, 1_000).tobytes()
    assert archive.instruments() == (NAME,)
    assert [len(archive.parts(NAME, day)) for day in archive.days(NAME)] == [1, 1]


def test_a_day_in_parts_becomes_one_file_and_nothing_unfinished_stays(archive: Archive) -> None:
    for part, start in enumerate(range(400, 4_900, 500)):
        archive.write(NAME, made_ticks(start, start + 600), f"p{part}")  # a hundred of each stand twice
    (day,) = archive.days(NAME)
    assert archive.compact(NAME, day)
    (whole,) = archive.parts(NAME, day)
    assert whole.endswith(WHOLE)
    assert _read(archive) == made_ticks(400, 5_000).tobytes()
    names = [info.base_name for info in archive.files.list("", recursive=True) if info.type is fs.FileType.File]
    assert not [name for name in names if name.startswith(UNFINISHED)]


def test_small_files_are_written_replaced_and_read(archive: Archive) -> None:
    assert archive.files.read_bytes("cursor.json") is None
    archive.files.write_bytes("cursor.json", b"one")
    archive.files.write_bytes("cursor.json", b"two")
    assert archive.files.read_bytes("cursor.json") == b"two"
