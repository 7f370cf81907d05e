"""The lines between whoever wants messages sent and the process that sends them: JSON, one a line. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import orjson

LIMIT_S = 15.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address; `number` tells it apart in this conversation, `message_id` for its receiver."""

    number: int
    url: str = field(repr=False)
    title: str = ""
    body: str = ""
    message_id: str = ""
    good: bool = False
    """Whether its news are good, for services that have a colour for that."""
    check: bool = False
    """Only look at the address, and send nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a letter. `reason` says in words why not; the rest answers a check.

    `doubt`: why it is not known whether the address can be reached.
    """

    number: int
    ok: bool
    reason: str = ""
    shown: str = ""
    service: str = ""
    doubt: str = ""


def encode_letter(letter: Letter) -> bytes:
    return orjson.dumps(asdict(letter)) + b"\n"


def parse_letter(line: bytes) -> Letter:
    return Letter(**orjson.loads(line))


def encode_answer(answer: Answer) -> bytes:
    return orjson.dumps(asdict(answer)) + b"\n"


def parse_answer(line: bytes) -> Answer:
    return Answer(**orjson.loads(line))
