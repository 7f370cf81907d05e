"""Asks the sender's own reading of an address, in a process that can reach nothing, before the address is kept."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty, SimpleQueue

from engine.delivery.addresses import Network
from engine.delivery.post import Post, sender_command
from engine.delivery.protocol import Answer, Letter
from engine.errors import ParameterError

MAX_URL = 2_000
_TIMEOUT_S = 20.0


def check_address(url: str, allowed: Sequence[Network] = ()) -> Answer:
    """What may be shown of an address, its service, and what is doubtful about it.

    Raises `ParameterError`, which does not repeat it, for one that means no public address nor one in `allowed`.
    """
    text = url.strip()
    if not text or len(text) > MAX_URL or not text.isprintable():
        raise ParameterError("url", "…", f"give an address as Apprise has them, of up to {MAX_URL} characters")
    answers: SimpleQueue[Answer] = SimpleQueue()
    post = Post(sender_command(_TIMEOUT_S, allowed), answers.put)
    try:
        post.send(Letter(0, text, "Spreadboard", "…", check=True))
        answer = answers.get(timeout=_TIMEOUT_S)
    except Empty:
        raise ParameterError("url", "…", "it could not be checked in time: try again in a moment") from None
    finally:
        post.close()
    if not answer.ok:
        raise ParameterError("url", "…", answer.reason)
    return answer
