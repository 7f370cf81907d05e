"""Why a frame was not used: a closed set, so that everything that arrives is counted somewhere."""

from __future__ import annotations

from enum import StrEnum


class Rejection(StrEnum):
    """One reason per frame, or row of a ticker array, that was not used; those in `IGNORED` find no fault in it."""

    BROKEN_JSON = "broken_json"
    NOT_AN_EVENT = "not_an_event"
    UNKNOWN_EVENT = "unknown_event"
    UNUSED_EVENT = "unused_event"
    UNKNOWN_SYMBOL = "unknown_symbol"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_NUMBER = "bad_number"
    CROSSED_QUOTE = "crossed_quote"
    IMPLAUSIBLE_TIME = "implausible_time"
    OTHER_SEQUENCE = "other_sequence"


IGNORED = frozenset({Rejection.UNKNOWN_SYMBOL, Rejection.UNUSED_EVENT, Rejection.OTHER_SEQUENCE})
"""Nothing is wrong with such a frame, it is only of no use here: a symbol or a kind that nobody asked for, or
trades that are counted by another sequence of ids already."""
