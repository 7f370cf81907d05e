"""The child's side: takes its limits upon itself, reads its task, answers or refuses."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import orjson

from engine.apart.outcome import OUT_OF_MEMORY, REFUSED, encode_refusal
from engine.errors import ParameterError, StoreError, UnknownInstrument
from engine.uploads.errors import UploadRefused
from store.parent_death import end_with_parent

Work = Callable[[dict[str, Any], BinaryIO, BinaryIO], None]
_MB = 1 << 20


def serve(work: Work) -> int:
    """Do the one task that standard input brings: `work(task, body, answer)`; gives the exit status.

    Standard output is a file, so that a refusal can take the place of what was written before it.
    """
    body, answer = sys.stdin.buffer, sys.stdout.buffer
    asked = orjson.loads(body.readline())
    if sys.platform == "linux":
        end_with_parent(asked["limits"]["parent"])
    _limit_memory(asked["limits"]["memory_mb"])
    try:
        work(asked["task"], body, answer)
        answer.flush()
    except MemoryError:
        return OUT_OF_MEMORY
    except (UploadRefused, ParameterError, UnknownInstrument, StoreError) as error:
        answer.seek(0)
        answer.truncate()
        answer.write(encode_refusal(error))
        answer.flush()
        return REFUSED
    return 0


def _limit_memory(memory_mb: int) -> None:
    """Of all that is mapped; where a system has no such limit, that of time is left."""
    most = memory_mb * _MB
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
