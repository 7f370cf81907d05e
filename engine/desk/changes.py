"""Which values settings and rules may take, each refusal named."""

from __future__ import annotations

import math

from engine.errors import ParameterError

MIN_ENTRY, MAX_ENTRY = 0.1, 20.0
MIN_REFRESH_MS, MAX_REFRESH_MS = 500, 60_000
MAX_NAME, MAX_NOTE = 120, 2_000


def check_levels(
    entry: float | None, exit_level: float | None, *, names: tuple[str, str] = ("entry", "exit")
) -> tuple[float | None, float | None]:
    """Levels of |z|: entry from 0.1 to 20, exit from 0 to less than entry. None stands for "as the settings say"."""
    if entry is not None and not MIN_ENTRY <= entry <= MAX_ENTRY:
        raise ParameterError(names[0], entry, f"give a number of standard deviations from {MIN_ENTRY} to {MAX_ENTRY:g}")
    if exit_level is not None and not 0 <= exit_level <= MAX_ENTRY:
        raise ParameterError(names[1], exit_level, f"give a number of standard deviations from 0 to {MAX_ENTRY:g}")
    if entry is not None and exit_level is not None and exit_level >= entry:
        raise ParameterError(names[1], exit_level, f"must be lower than {names[0]}, which is {entry:g}")
    return entry, exit_level


def check_refresh_ms(value: float) -> int:
    if not MIN_REFRESH_MS <= value <= MAX_REFRESH_MS or value != int(value):
        allowed = f"give whole milliseconds from {MIN_REFRESH_MS} to {MAX_REFRESH_MS}"
        raise ParameterError("refresh_ms", value, allowed)
    return int(value)


def check_min_correlation(value: float) -> float:
    if not 0 <= value <= 1:
        raise ParameterError("min_correlation", value, "give a number from 0 to 1; 0 lets every rule fire")
    return value


def check_effective_ms(value: int) -> int:
    if not 0 <= value <= 4_102_444_800_000:
        raise ParameterError("effective_ms", value, "give UTC milliseconds from 1970 to 2100")
    return value


def check_number(name: str, value: object) -> float:
    """A finite number that came from outside, as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ParameterError(name, value, "give a number")
    if not math.isfinite(value):
        raise ParameterError(name, value, "give a finite number, of less than 1e308 in size")
    return float(value)


def check_text(name: str, value: str, longest: int) -> str:
    text = " ".join(value.split()) if name != "note" else value.strip()
    if len(text) > longest or not all(letter.isprintable() or letter in "\n\t" for letter in text):
        raise ParameterError(name, value, f"give plain text of up to {longest} characters")
    return text


def check_needed(name: str, value: str, longest: int) -> str:
    """`check_text` of what may not be blank."""
    text = check_text(name, value, longest)
    if not text:
        raise ParameterError(name, value, "give your name" if name == "by" else "write a few words")
    return text
