"""Recordings as files: plain or gzip, in one of three forms, read line by line with the line's number.

============  ======================================================================================
frames        ``<receive time, UTC ns> <frame as received>``, what ``make record`` writes
NDJSON        ``{"symbol": …, "ts": ISO 8601 with its zone, "price": …, "size": …}``, a trade
CSV           one trade a line below a header that names the columns
============  ======================================================================================
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.errors import BrokenRecording
from ingest.replay.dirt import Cut, Dirt, DirtCount
from ingest.replay.disorder import Disorder

GZIP_MAGIC = b"\x1f\x8b"
MAX_LINE = 4 << 20  # bytes; a ticker array of a whole market has about 0.5 MB
_FRAME_LINE = re.compile(rb"\d+ ")


class Form(StrEnum):
    """How a recording is written."""

    FRAMES = "frames"
    NDJSON = "NDJSON"
    CSV = "CSV"
    ARCHIVE = "archive"


class Line(NamedTuple):
    """A line without its end, numbered from 1."""

    number: int
    text: bytes


@dataclass(frozen=True, slots=True, order=True)
class RecordedSymbol:
    """A symbol with trades in a recording. `tick_size` is the finest price step seen."""

    symbol: str
    trades: int
    tick_size: float


@dataclass(frozen=True, slots=True)
class Survey:
    """What a recording holds, found by reading it once from end to end.

    `has_ids`: trades are numbered. `disorder`: trades without frames that step back in time, if any do.
    `dirt`: lines that are left out, by what is wrong with them; `cut`: where a packed file breaks off. `alike`: rows
    without ids that equal the one before of their symbol, and are played.
    """

    form: Form
    symbols: tuple[RecordedSymbol, ...]
    has_ids: bool
    disorder: Disorder | None = None
    dirt: tuple[Dirt, ...] = ()
    cut: Cut | None = None
    alike: int = 0

    @property
    def left_out(self) -> int:
        """Lines that are not played."""
        return sum(found.lines for found in self.dirt)


def read_lines(path: Path, dirt: DirtCount | None = None) -> Iterator[Line]:
    """The lines that are not blank. Raises `BrokenRecording` for what cannot be opened, or breaks off at once.

    A packed file that breaks off later ends there: a collector that is killed leaves such. It stands in `dirt`.
    """
    number = 0
    try:
        with _opened(path) as file:
            while text := file.readline(MAX_LINE):
                number += 1
                if len(text) == MAX_LINE:
                    raise BrokenRecording(path, number, f"longer than {MAX_LINE >> 20} MB")
                if stripped := text.strip(b" \t\r\n"):
                    yield Line(number, stripped)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        if not number:
            raise BrokenRecording(path, 1, f"the compressed file is cut or damaged here ({error})") from error
        if dirt is not None:
            dirt.cut = Cut(number, str(error))
    except OSError as error:
        raise BrokenRecording(path, None, f"cannot be read: {error.strerror}") from error


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")


def detect_form(path: Path) -> Form:
    """The form of a recording, by its first line."""
    for line in read_lines(path):
        if _FRAME_LINE.match(line.text):
            return Form.FRAMES
        if line.text.removeprefix(b"\xef\xbb\xbf").startswith(b"{"):
            return Form.NDJSON
        if b"," in line.text:
            return Form.CSV
        raise BrokenRecording(
            path, line.number, "is no recording: it begins neither with a receive time, nor a trade, nor a CSV header"
        )
    raise BrokenRecording(path, None, "is empty")


def price_step(decimals: int) -> float:
    """The step of prices written with so many decimals."""
    return float(f"1e-{decimals}")


def decimals_of(price: str) -> int:
    """Decimals of a price as written, zeros at its end left out."""
    return len(price.partition(".")[2].rstrip("0"))
