"""The one CSV file within a zip, block by block; whatever else a zip can be is refused before or while it is read."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from store.imports.errors import BrokenImport

MOST_BYTES = 32 << 30  # a month of the busiest symbol's trades has some ten
MOST_RATIO = 100  # such text shrinks to a fifth; only a bomb to a hundredth
LONGEST_LINE = 4_096
_BLOCK = 4 << 20


class Block(NamedTuple):
    """Whole lines that are not blank, the number of the first, and the share of the file that is read with them."""

    first_line: int
    lines: list[bytes]
    share: float


def read_blocks(path: Path) -> Iterator[Block]:
    """The lines of the CSV file in a zip. Raises `BrokenImport`; that it is whole is known at the end alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            entry = _the_one(path, archive)
            with archive.open(entry) as stream:
                yield from _blocks(path, stream, entry.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BrokenImport(path, None, f"is no whole zip file: {error}") from error
    except OSError as error:
        raise BrokenImport(path, None, f"cannot be read: {error.strerror or error}") from error


def check_sum(path: Path) -> None:
    """Compare with the venue's own ``.CHECKSUM`` file, where it lies beside; raises `BrokenImport`."""
    beside = path.with_name(f"{path.name}.CHECKSUM")
    if not beside.is_file():
        return
    words = beside.read_text("ascii", "replace").split()
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not words or words[0].lower() != found:
        raise BrokenImport(path, None, f"is not the file that {beside.name} speaks of: load it again")


def _the_one(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) != 1 or not entries[0].filename.lower().endswith(".csv"):
        raise BrokenImport(path, None, "does not hold one CSV file and nothing else")
    (entry,) = entries
    if entry.flag_bits & 1:
        raise BrokenImport(path, None, "is encrypted")
    if entry.file_size > MOST_BYTES or entry.file_size > MOST_RATIO * max(entry.compress_size, 1_000):
        raise BrokenImport(path, None, f"would unpack to {entry.file_size:,} bytes: that is no file of trades or bars")
    return entry


def _blocks(path: Path, stream: IO[bytes], size: int) -> Iterator[Block]:
    number, rest, done = 1, b"", 0
    while True:
        read = stream.read(_BLOCK)
        done += len(read)
        text = rest + read
        whole, _, rest = text.rpartition(b"\n") if read else (text, b"", b"")
        lines = whole.split(b"\n") if whole else []
        lengths = [*map(len, lines), len(rest)]
        if max(lengths) > LONGEST_LINE:
            too_long = next(place for place, length in enumerate(lengths) if length > LONGEST_LINE)
            raise BrokenImport(path, number + too_long, f"has more than {LONGEST_LINE} bytes")
        if lines:
            yield Block(number, lines, done / size if size else 1.0)
            number += len(lines)
        if not read:
            return
