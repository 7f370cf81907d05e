"""What is wrong with lines: which are left out, why, and how often each reason came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.uploads.errors import UploadRefused

MAX_SHOWN = 200
_MAX_VALUE = 60
_MOST_SHARE = 0.5
"""More lines than this that cannot be used are no table of prices with faults, but something else."""


class LineProblem(NamedTuple):
    """A line (from 1) that was left out: the reason, and the value that is at fault as written."""

    line: int
    what: str
    value: str


class Cleaning:
    """Takes rows out of a table one reason after the other; `kept` are the rows that are left."""

    def __init__(self, lines: NDArray[np.int64]) -> None:
        self.lines = lines
        self.kept = np.ones(len(lines), np.bool_)
        self._found: list[LineProblem] = []
        self._counts: dict[str, int] = {}

    def take_out(self, bad: NDArray[np.bool_], what: str, values: Sequence[str] | None = None) -> None:
        """Leave out the rows marked that are still there; `values` (n,) are what they have there."""
        places = np.flatnonzero(bad & self.kept)
        self.kept[places] = False
        for place in places[:MAX_SHOWN].tolist():
            self._found.append(LineProblem(int(self.lines[place]), what, values[place][:_MAX_VALUE] if values else ""))
        self.count(what, len(places))

    def add(self, problem: LineProblem) -> None:
        """A line that never became a row."""
        if self._counts.get(problem.what, 0) < MAX_SHOWN:
            self._found.append(problem)
        self.count(problem.what, 1)

    def count(self, what: str, lines: int) -> None:
        if lines:
            self._counts[what] = self._counts.get(what, 0) + lines

    @property
    def counts(self) -> Mapping[str, int]:
        """Reason → lines."""
        return dict(self._counts)

    @property
    def problems(self) -> tuple[LineProblem, ...]:
        """The first 200, by line."""
        return tuple(sorted(self._found)[:MAX_SHOWN])

    def require_enough(self) -> None:
        """Raise `UploadRefused` with the first problem where most lines cannot be used, or none is left."""
        out = sum(self._counts.values())
        left = int(self.kept.sum())
        if left and out <= _MOST_SHARE * (out + left):
            return
        if not self._found:
            raise UploadRefused("holds no line of data")
        first = self.problems[0]
        shown = f" {first.value!r}" if first.value else ""
        many = "" if out == 1 else f"; {out:,} of {out + left:,} lines cannot be used"
        raise UploadRefused(f"{first.what}{shown}{many}", first.line)
