"""What may be shown of an address that holds secrets, and texts without them. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import unquote, unquote_plus, urlsplit

HIDDEN = "…"
MAX_SHOWN = 200
_PARTS = re.compile(r"[/?&=@:#,;+\s]+")
_SHORTEST = 3


def shown_address(masked: str) -> str:
    """The service and its host, nothing else: tokens stand anywhere in the rest.

    `masked` is what Apprise makes of the address for other eyes; where a token stands in the place of a host, it is
    masked there.
    """
    service, _, rest = masked.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    host = authority if _is_host(authority) or "..." in authority else ""
    return f"{service}://{host}/{HIDDEN}"[:MAX_SHOWN]


def without_secrets(text: str, url: str, shown: str) -> str:
    """The text with every part of the address but what is shown hidden."""
    for secret in sorted(_secrets(url, shown), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _is_host(authority: str) -> bool:
    """Whether it is the name of a machine, and not a word that a service takes in its place."""
    try:
        host = urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return False
    return host == "localhost" or "." in host.strip(".") or ":" in host


def _secrets(url: str, shown: str) -> set[str]:
    open_parts = {part.lower() for part in _PARTS.split(shown)}
    found: set[str] = set()
    for text in (url, unquote(url), unquote_plus(url)):
        rest = text.partition("://")[2] or text
        parts = {*_PARTS.split(rest), *re.split(r"[/?&=@]", rest)}
        before_host = rest.partition("/")[0].rpartition("@")[0]
        if before_host:
            parts |= {before_host, b64encode(before_host.encode()).decode()}
        found |= parts
    return {part for part in found if len(part) >= _SHORTEST and part.lower() not in open_parts}
