"""The bytes of an upload as lines of text; whatever is no text is refused, and said what it is."""

from __future__ import annotations

import zlib

import numpy as np

from engine.uploads.errors import UploadRefused

MAX_BYTES = 10 << 20
MAX_UNPACKED = 64 << 20
MAX_RATIO = 20  # prices shrink to a fifth, the names in NDJSON to a tenth, a bomb to a thousandth
SMALL = 1 << 20  # what unpacks to no more is no bomb, whatever its ratio
LONGEST_LINE = 4_096  # characters
_SHOWN = 60
_GZIP = b"\x1f\x8b"
_KNOWN = (
    (b"PK", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ", "packed by xz"),
    (b"7z\xbc\xaf", "packed by 7-Zip"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"ARROW1", "an Arrow file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe", "text in UTF-16, not in UTF-8"),
    (b"\xfe\xff", "text in UTF-16, not in UTF-8"),
)
_WANTED = "bring CSV or NDJSON as UTF-8 text, plain or packed by gzip"
_TEXT_CONTROLS = frozenset(b"\t\n\r")
_CONTROLS = bytes(code for code in range(32) if code not in _TEXT_CONTROLS)


def read_lines(raw: bytes) -> list[str]:
    """The lines without their ends, blank ones among them, so that line n stands at place n - 1.

    Raises `UploadRefused` for what is empty, too long, packed too tightly, or no text.
    """
    if len(raw) > MAX_BYTES:
        raise UploadRefused(f"the file has {len(raw):,} bytes, and {MAX_BYTES:,} are taken: cut it into parts")
    text = _unpacked(raw) if raw.startswith(_GZIP) else raw
    if not text.strip():
        raise UploadRefused("the file is empty")
    _refuse_binary(text)
    _refuse_long_lines(text)
    return _decoded(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _unpacked(raw: bytes) -> bytes:
    most = min(max(MAX_RATIO * len(raw), SMALL), MAX_UNPACKED)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(raw, most + 1)
    except zlib.error as error:
        raise UploadRefused(f"the file's gzip is damaged: {error}") from error
    if len(text) > most:
        raise UploadRefused(f"the file unpacks to more than {most:,} bytes: no table of prices packs so tightly")
    if not unpacker.eof:
        raise UploadRefused("the file's gzip is cut: send it again")
    if unpacker.unused_data.strip(b"\0"):
        raise UploadRefused("the file's gzip has more behind its end: pack one file alone")
    return text


def _refuse_binary(text: bytes) -> None:
    for magic, words in _KNOWN:
        if text.startswith(magic):
            raise UploadRefused(f"the file is {words}: {_WANTED}")
    if text[:200].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise UploadRefused(f"the file is a web page or XML: {_WANTED}")
    if len(text) != len(text.translate(None, _CONTROLS)):
        place = next(place for place, code in enumerate(text) if code in _CONTROLS)
        raise UploadRefused(
            f"has a control character (0x{text[place]:02x}), as text has none: {_WANTED}", _line(text, place)
        )


def _refuse_long_lines(text: bytes) -> None:
    """Before it is decoded: a character has at most four bytes."""
    codes = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero((codes == ord("\n")) | (codes == ord("\r")))
    lengths = np.diff(ends, prepend=-1, append=len(codes)) - 1
    if lengths.max() > LONGEST_LINE:
        place = int((lengths > LONGEST_LINE).argmax())
        begin = int(ends[place - 1]) + 1 if place else 0
        words = f"has {int(lengths[place]):,} bytes, and no row of prices has more than {LONGEST_LINE:,}"
        raise UploadRefused(words, _line(text, begin))


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        code = text[error.start]
        raise UploadRefused(
            f"is not UTF-8 text (byte 0x{code:02x}): save the file as UTF-8", _line(text, error.start)
        ) from error


def _line(text: bytes, place: int) -> int:
    before = text[:place].replace(b"\r\n", b"\n")
    return before.count(b"\n") + before.count(b"\r") + 1
