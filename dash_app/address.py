"""What the address of a page says, and what of it is left out: a page says so, and shows the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Address:
    """`texts` by parameter, valid or not; `left_out` in words."""

    texts: Mapping[str, str]
    left_out: tuple[str, ...]


def read_address(query: Mapping[str, Any], known: Collection[str]) -> Address:
    """The query as Dash gives it, which has a list for a parameter that stands more than once: the first is taken."""
    texts, left_out = {}, []
    for name, value in query.items():
        first, *more = value if isinstance(value, list) else [value]
        texts[name] = str(first)[:MAX_TEXT]
        if more and name in known:
            shown = ", ".join(map(str, [first, *more]))[:MAX_TEXT]
            left_out.append(f"The address has {name} more than once ({shown}): the first is taken")
    return Address(texts, tuple(left_out))


def without_idle_ratio(address: Address) -> Address:
    """A ratio of one's own is left out unless the method takes one."""
    beta = address.texts.get("beta")
    if not beta or address.texts.get("method") == "fixed":
        return address
    words = f"The address has beta = {beta}, which only the own ratio takes: it is left out"
    texts = {name: text for name, text in address.texts.items() if name != "beta"}
    return Address(texts, (*address.left_out, words))
