"""Templates of messages: words with named places and nothing else, so that a text from outside stays a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.errors import ParameterError

PLACES = (
    "pair", "y", "x", "timeframe", "what", "kind", "event", "value", "fire", "clear", "z", "spread", "beta",
    "correlation", "time", "link", "alert", "rule",
)  # fmt: skip
DEFAULT = """{pair} {timeframe}: {what}
{time} · z {z} · spread {spread} · beta {beta} · correlation {correlation}
{link}"""
MAX_TEMPLATE = 2_000
_PLACE = re.compile(r"\{([^{}\s]*)\}")


def check_template(text: str) -> str | None:
    """A template that knows all its places, None for an empty one; raises `ParameterError`."""
    if len(text) > MAX_TEMPLATE or not all(letter.isprintable() or letter in "\n\t" for letter in text):
        raise ParameterError("template", text, f"give plain text of up to {MAX_TEMPLATE} characters")
    unknown = [name for name in _PLACE.findall(text) if name not in PLACES]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACES)
        raise ParameterError("template", f"{{{unknown[0]}}}", f"use any of {known}")
    return text if text.strip() else None


def fill(template: str | None, values: Mapping[str, str]) -> str:
    """The text with its places filled, once: what a value holds is not read as a template. Empty lines are left out."""
    text = _PLACE.sub(lambda place: values.get(place[1], place[0]), template or DEFAULT)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())
