"""Asks the sender's own reading of an address, in a process that can reach nothing, before the address is kept."""

from __future__ import annotations

import os
import subprocess

from engine.delivery.post import sender_command, sender_environment
from engine.delivery.protocol import Answer, Letter, encode_letter, parse_answer
from engine.errors import ParameterError

MAX_URL = 2_000
_TIMEOUT_S = 20.0


def check_address(url: str) -> Answer:
    """What may be shown of an address, and its service; raises `ParameterError`, which does not repeat it."""
    text = url.strip()
    if not text or len(text) > MAX_URL or not text.isprintable():
        raise ParameterError("url", "…", f"give an address as Apprise has them, of up to {MAX_URL} characters")
    command = sender_command(_TIMEOUT_S, ())
    try:
        run = subprocess.run(
            command,
            input=encode_letter(Letter(0, text, check=True)),
            stdout=subprocess.PIPE,
            env=sender_environment(os.environ),
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ParameterError("url", "…", "it could not be checked in time: try again in a moment") from None
    answer = parse_answer(run.stdout) if run.stdout else Answer(0, ok=False, reason="it could not be checked")
    if not answer.ok:
        raise ParameterError("url", "…", answer.reason)
    return answer
