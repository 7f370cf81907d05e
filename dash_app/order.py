"""The fields of an order from a page, as texts that are trusted in nothing."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import ParameterError

Order = Mapping[str, str]


def fields_of(order: object) -> dict[str, str]:
    """What of it is text."""
    if not isinstance(order, dict):
        return {}
    return {k: v for k, v in order.items() if isinstance(k, str) and isinstance(v, str)}


def entry_number(order: Order, name: str) -> int:
    """The number of an entry that stands in a list; raise `ParameterError`."""
    return _entry(name, order.get(name, ""))


def entry_numbers(order: Order, name: str, most: int) -> list[int]:
    """Several of them, parted by commas, none where the text is blank."""
    texts = [text for text in order.get(name, "").split(",") if text]
    if len(texts) > most:
        raise ParameterError(name, len(texts), f"choose at most {most}")
    return [_entry(name, text) for text in texts]


def level(order: Order, name: str, example: str) -> float:
    """A number as it was typed, a true minus too; raise `ParameterError` with an example of what would do."""
    text = order.get(name, "").strip().replace("−", "-")
    try:
        return float(text)
    except ValueError:
        raise ParameterError(name, text, f"give a number{example}") from None


def whole(order: Order, name: str, of: str) -> int:
    """A whole number as it was typed, 0 where the text is blank; raise `ParameterError` says a number `of` what."""
    text = order.get(name, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ParameterError(name, text, f"give a whole number of {of}")
    return int(text)


def _entry(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ParameterError(name, text, "give the number of an entry that is there")
    return int(text)
