"""A part of a venue's instruments, so that several ingestors share the work; each part is written by one of them."""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass

MOST = 64


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` of `count`, from 1. An instrument's part is the CRC16 of its name modulo `count`, and one."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def holds(self, instrument: str) -> bool:
        return crc_hqx(instrument.encode(), 0) % self.count == self.number - 1


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """Read ``1/3``; raises `ValueError` with what is allowed."""
    number, separator, count = text.partition("/")
    if separator and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) <= MOST:
        return Shard(int(number), int(count))
    raise ValueError(f"INGEST_SHARD={text[:80]!r} is not possible: use a part and how many there are, as 1/3")
