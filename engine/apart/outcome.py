"""What a child and its parent agree on: how a refusal comes across."""

from __future__ import annotations

from typing import NoReturn

import orjson

from engine.errors import EngineError, ParameterError, StoreError, StoreSlow, StoreUnavailable, UnknownInstrument
from engine.uploads.errors import UploadRefused

REFUSED, OUT_OF_MEMORY = 3, 4
"""Exit statuses."""


def encode_refusal(error: EngineError | StoreError) -> bytes:
    match error:
        case UploadRefused():
            return orjson.dumps(["upload", error.reason, error.line])
        case ParameterError():
            return orjson.dumps(["parameter", error.name, error.given, error.allowed])
        case UnknownInstrument():
            return orjson.dumps(["instrument", error.instrument])
        case StoreSlow():
            return orjson.dumps(["slow", str(error)])
        case _:
            return orjson.dumps(["store", str(error)])


def raise_refusal(told: bytes) -> NoReturn:
    kind, *arguments = orjson.loads(told)
    match kind:
        case "upload":
            raise UploadRefused(*arguments)
        case "parameter":
            raise ParameterError(*arguments)
        case "instrument":
            raise UnknownInstrument(*arguments)
        case "slow":
            raise StoreSlow(*arguments)
        case _:
            raise StoreUnavailable(*arguments)
