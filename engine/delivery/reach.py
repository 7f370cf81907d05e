"""Which addresses a service would connect to: it is asked to send where nothing leaves the process, and is watched.

So each service says by its own code where it goes, and names are looked up as they will be. Names that cannot be looked
up now may be there tomorrow: that is said, and no refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from engine.delivery.guard import Guard

LIMIT_S = 8.0
NO_ADDRESS = "no address was found for the name of its host: check it, or send a test once there should be one"
NO_TIME = "its host could not be looked up in time: send a test to see whether it can be reached"


@dataclass(frozen=True, slots=True)
class Reach:
    """`refusal`: why none of the addresses may be reached; `doubt`: why nobody knows. Both are blank where one may."""

    refusal: str = ""
    doubt: str = ""


def reach(send: Callable[[], object], guard: Guard) -> Reach:
    """What comes of `send` under a guard that is closed."""
    attempt = Thread(target=_try, args=(send,), daemon=True)
    attempt.start()
    attempt.join(LIMIT_S)
    if guard.tried:
        words = [each for each in guard.tried if each is not None]
        return Reach(refusal=words[0] if len(words) == len(guard.tried) else "")
    if attempt.is_alive():
        return Reach(doubt=NO_TIME)
    return Reach(doubt=NO_ADDRESS if guard.names else "")


def _try(send: Callable[[], object]) -> None:
    with suppress(Exception):  # that it cannot send is what is wanted
        send()
