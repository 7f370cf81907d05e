"""Errors of the statistics: too little or unusable data is said, never computed around.

AnalyticsError (a ValueError)
├── TooShort            fewer observations than the method needs
├── NotFinite           NaN or infinity where every value is needed
├── ConstantSeries      a series without variation
├── Exploding           a series whose last values dwarf all others
├── Collinear           regressors, or both legs, are the same line
├── LengthMismatch      series of different lengths
├── WrongShape          not the number of dimensions that is asked for
├── NotAscending        times that run backwards
├── NotPositive         a price of zero or less where logarithms are taken
├── InvalidWindow       a window or minimum count that cannot be
├── InvalidOption       an option outside what is allowed
├── NotStationary       no finite answer, because the series does not revert
├── Alternating         no half-life, because the series swings to its other side from bar to bar
└── NumericalTrouble    a library warned or failed: its answer is not used
"""

from __future__ import annotations

LONGEST_GIVEN = 60  # characters of what was given that a message repeats


class AnalyticsError(ValueError):
    """Base of all errors of the statistics."""


class TooShort(AnalyticsError):
    """Fewer observations than the method needs."""

    def __init__(self, need: int, have: int, what: str = "bars") -> None:
        super().__init__(f"needs {need} {what}, has {have}")
        self.need = need
        self.have = have


class NotFinite(AnalyticsError):
    """NaN or infinity where every value is needed."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__(f"{name} has {count} values that are missing or infinite: leave them out or fill them first")
        self.name = name
        self.count = count


class ConstantSeries(AnalyticsError):
    """A series without variation."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is constant: nothing can be estimated from it")
        self.name = name


class Exploding(AnalyticsError):
    """A series whose last values dwarf all others."""

    def __init__(self, name: str) -> None:
        super().__init__(f"exploding {name}: each quarter ranges over ten times the last; take logs or fewer bars")
        self.name = name


class Collinear(AnalyticsError):
    """Regressors, or both legs, are the same line."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: use two instruments that are not multiples of each other")
        self.what = what


class LengthMismatch(AnalyticsError):
    """Series of different lengths."""

    def __init__(self, lengths: tuple[int, ...]) -> None:
        super().__init__(f"series have different lengths {lengths}: align them by time first")
        self.lengths = lengths


class WrongShape(AnalyticsError):
    """Not the number of dimensions that is asked for."""

    def __init__(self, name: str, shape: tuple[int, ...], wanted: str) -> None:
        super().__init__(f"{name} has shape {shape}: give {wanted}")
        self.name = name
        self.shape = shape
        self.wanted = wanted


class NotAscending(AnalyticsError):
    """Times that run backwards."""

    def __init__(self, name: str, at: int) -> None:
        super().__init__(f"{name} runs backwards at place {at}: sort the trades by time first")
        self.name = name
        self.at = at


class NotPositive(AnalyticsError):
    """A price of zero or less where logarithms are taken."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__(f"{name} has {count} values of zero or less: no logarithm can be taken of them")
        self.name = name
        self.count = count


class InvalidWindow(AnalyticsError):
    """A window or minimum count that cannot be."""

    def __init__(self, name: str, given: object, allowed: str) -> None:
        super().__init__(f"{name} = {_shortened(given)} is not possible: {allowed}")
        self.name = name
        self.given = given
        self.allowed = allowed


class InvalidOption(AnalyticsError):
    """An option outside what is allowed."""

    def __init__(self, name: str, given: object, allowed: str) -> None:
        super().__init__(f"{name} = {_shortened(given)} is not possible: {allowed}")
        self.name = name
        self.given = given
        self.allowed = allowed


class NotStationary(AnalyticsError):
    """No finite answer, because the series does not revert."""

    def __init__(self, phi: float) -> None:
        super().__init__(f"does not revert in this sample (phi = {phi:.4f}): it has no half-life")
        self.phi = phi


class Alternating(AnalyticsError):
    """No half-life, because the series swings to its other side from bar to bar."""

    def __init__(self, phi: float) -> None:
        super().__init__(f"alternates from bar to bar (phi = {phi:.4f}), and does not return: look at longer bars")
        self.phi = phi


class NumericalTrouble(AnalyticsError):
    """A library warned or failed: its answer is not used."""

    def __init__(self, what: str) -> None:
        super().__init__(f"no result: {what}")
        self.what = what


def _shortened(given: object) -> str:
    text = " ".join(repr(given).split())
    return text if len(text) <= LONGEST_GIVEN else f"{text[:LONGEST_GIVEN]}…"
