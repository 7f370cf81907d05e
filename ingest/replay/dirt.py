"""What of a recording cannot be used: lines left out, counted by what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_SHARE = 0.5
"""A file of which more lines than this are broken is another thing than it was taken for."""


class Fault(StrEnum):
    """What is wrong with a line; a closed set, so that every line that is left out is counted somewhere."""

    BROKEN = "torn or broken"
    TEXT = "no UTF-8 text"
    LACKING = "a field is absent"
    SYMBOL = "no symbol"
    TIME = "no time"
    ZONE = "time without its zone"
    PRICE = "price not above 0"
    SIZE = "size not above 0"
    ID = "no trade id"
    REPEATED = "repeated behind later ones"


class LineFault(ValueError):
    """A line that is no trade; the message says what stands there, and what to do about it."""

    def __init__(self, fault: Fault, words: str) -> None:
        super().__init__(words)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Dirt:
    """Lines with one fault: how many, where the first of them stands, and what it has."""

    fault: Fault
    lines: int
    first_line: int
    words: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a packed file ends before its end: what comes after `line` cannot be unpacked."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"the packed file is cut or damaged after line {self.line:,}: what follows it is lost"


class DirtCount:
    """Counts them as the lines are read. `alike` are rows without ids that equal the one before: these are kept."""

    def __init__(self) -> None:
        self._found: dict[Fault, Dirt] = {}
        self.cut: Cut | None = None
        self.alike = 0

    @property
    def lines(self) -> int:
        return sum(dirt.lines for dirt in self._found.values())

    def note(self, line: int, error: LineFault) -> None:
        """One line more that is left out."""
        before = self._found.get(error.fault)
        if before is None:
            self._found[error.fault] = Dirt(error.fault, 1, line, str(error))
        else:
            self._found[error.fault] = Dirt(error.fault, before.lines + 1, before.first_line, before.words)

    def get(self) -> tuple[Dirt, ...]:
        """What was found, the most frequent first."""
        return tuple(sorted(self._found.values(), key=lambda dirt: (-dirt.lines, dirt.first_line)))

    def require_usable(self, used: int, refused: Callable[[int | None, str], Exception]) -> None:
        """Raise what `refused` makes of a line and words where too little of the recording, or none, is of use."""
        found = self.get()
        if not found:
            if not used:
                raise refused(None, "holds no trade")
            return
        if not used or self.lines > MOST_SHARE * (used + self.lines):
            first = min(found, key=lambda dirt: dirt.first_line)
            raise refused(first.first_line, f"{first.words} ({_share(self.lines, used + self.lines)})")


def dirt_words(found: Sequence[Dirt]) -> str:
    """``3 lines left out: 2 price not above 0 (first: line 7: …), 1 …``; empty where nothing is wrong."""
    if not found:
        return ""
    total = sum(dirt.lines for dirt in found)
    parts = [f"{dirt.lines:,} {dirt.fault} (first: line {dirt.first_line}: {dirt.words})" for dirt in found]
    return f"{total:,} line{'s' * (total != 1)} left out: {', '.join(parts)}"


def alike_words(rows: int) -> str:
    """Of rows that are kept although each equals the one before it."""
    rows_equal = "row equals" if rows == 1 else "rows equal"
    return f"{rows:,} {rows_equal} the one before; kept, as the file has no ids"


def _share(broken: int, total: int) -> str:
    return f"{broken:,} of {total:,} lines cannot be used" if total > 1 else "the only line there is"
