"""Errors of the engine.

EngineError
├── ParameterError        a parameter of a view that is not allowed (also a ValueError)
├── UnknownInstrument     no such instrument in the store (also a LookupError)
├── NotFound              no such rule, alert or watched pair (also a LookupError)
├── Busy                  as many files and tables are worked on as there is room for
└── ChildFailed           a process that worked on a file or a table ended without an answer, and why

A store that is down is `StoreUnavailable`, a slow one `StoreSlow`, passed on as they are; pages and API name them from
here.
"""

from __future__ import annotations

from store.errors import StoreError as StoreError
from store.errors import StoreSlow as StoreSlow
from store.errors import StoreUnavailable as StoreUnavailable


class EngineError(Exception):
    """Base of all errors of the engine."""


class ParameterError(EngineError, ValueError):
    """A parameter that is not allowed: which, what was given, what would do.

    `choices` are all the values that would, where they are fewer than usual.
    """

    def __init__(self, name: str, given: object, allowed: str, *, choices: tuple[str, ...] = ()) -> None:
        super().__init__(f"{name} = {str(given)[:80]!r} is not possible: {allowed}")
        self.name = name
        self.given = str(given)[:80]
        self.allowed = allowed
        self.choices = choices


class UnknownInstrument(EngineError, LookupError):
    """No such instrument in the store."""

    def __init__(self, instrument: str) -> None:
        super().__init__(f"no instrument {instrument[:80]!r} here: /api/v1/instruments lists what is there")
        self.instrument = instrument


class NotFound(EngineError, LookupError):
    """No such rule, alert or watched pair."""


class Busy(EngineError):
    """As many files and tables are worked on as there is room for: ask again."""

    def __init__(self) -> None:
        super().__init__("other files and tables are worked on: ask again in a few seconds")


class ChildFailed(EngineError):
    """A process that worked on a file or a table ended without an answer: it took too long, too much, or broke off."""
