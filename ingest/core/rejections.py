"""Why a frame was not used: a closed set, so that everything that arrives is counted somewhere."""

from __future__ import annotations

from enum import StrEnum


class Rejection(StrEnum):
    """One reason per refused frame."""

    BROKEN_JSON = "broken_json"
    NOT_AN_EVENT = "not_an_event"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_SYMBOL = "unknown_symbol"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_NUMBER = "bad_number"
    CROSSED_QUOTE = "crossed_quote"
    IMPLAUSIBLE_TIME = "implausible_time"
    OTHER_SEQUENCE = "other_sequence"
