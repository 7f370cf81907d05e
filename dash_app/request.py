"""What a page asks for at each tick, read from the browser and trusted in nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from dash_app.theme import THEMES, Theme

MAX_FIELDS = 32
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What one browser asks for: a page by name, and its view's fields as text.

    `seen` holds the versions of what the browser already shows. An answer carries the request's
    `id`, so that one to an older question can be told.
    """

    id: str
    page: str
    view: Mapping[str, str]
    seen: Mapping[str, str]
    theme: Theme
    narrow: bool

    @property
    def asked(self) -> bytes:
        """All but the id and what is seen: equal bytes, equal sections."""
        return orjson.dumps([self.page, self.view, self.theme, self.narrow], option=orjson.OPT_SORT_KEYS)


def parse_request(raw: Any) -> PageRequest:
    """Read a tick; what is not text, or is too long, is left out."""
    fields = raw if isinstance(raw, dict) else {}
    theme = fields.get("theme")
    return PageRequest(
        id=str(fields.get("id", ""))[:20],
        page=str(fields.get("page", ""))[:20],
        view=_texts(fields.get("view")),
        seen=_texts(fields.get("seen")),
        theme=theme if theme in THEMES else "dark",
        narrow=fields.get("narrow") is True,
    )


def _texts(raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict):
        return {}
    pairs = [(k, v) for k, v in list(raw.items())[:MAX_FIELDS] if isinstance(k, str) and isinstance(v, str)]
    return {key: value[:MAX_TEXT] for key, value in pairs if len(key) <= 40}
