"""Refusals as plain sentences: the parameter by its own name, what was given, what is allowed."""

from __future__ import annotations

import re

from engine.errors import EngineError, ParameterError, UnknownInstrument

_PLAIN = re.compile(r"[\w.:+−-]+")


def parameter_words(name: str, given: str, allowed: str) -> str:
    """``The parameter window cannot be 0: give a whole number of bars from 10 to 5000.``"""
    fault = f"cannot be {_quoted(given)}" if given else "is missing"
    return f"The parameter {name} {fault}: {allowed.removesuffix('.')}."


def refusal_words(error: EngineError) -> str:
    """What the engine refused, as a sentence."""
    if isinstance(error, ParameterError):
        return parameter_words(error.name, error.given, error.allowed)
    if isinstance(error, UnknownInstrument):
        return f"There is no instrument {_quoted(error.instrument)} here: /api/v1/instruments lists what is there."
    return f"There is {error}."


def _quoted(given: str) -> str:
    """Numbers and names as they are, anything else between quotes, at most 80 characters of it."""
    given = given[:80]
    if not _PLAIN.fullmatch(given):
        return f"“{given}”"
    return given.removesuffix(".0")
