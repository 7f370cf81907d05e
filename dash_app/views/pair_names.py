"""A pair as rows of tables name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash_app.components.cells import text
from dash_app.views.pair_head import leg_of
from engine.parameters import PairParameters


def pair_name(p: PairParameters, infos: Mapping[str, Any]) -> str:
    """``BTC / ETH``, as plain text."""
    return " / ".join(leg_of(name, dict(infos)).short for name in (p.y, p.x))


def pair_link(p: PairParameters, infos: Mapping[str, Any]) -> str:
    """The name with a link to its page, as markup."""
    y, x = (leg_of(name, dict(infos)).short for name in (p.y, p.x))
    return f'<a class="sb-pair" href="{text(p.path)}"><b>{text(y)}</b> <i>/</i> <b>{text(x)}</b></a>'


def pair_how(p: PairParameters) -> str:
    """``1m · 120/60 · rolling``, as plain text."""
    return f"{p.timeframe} · {p.window}/{p.z_window} · {p.method}"


def pair_cell(p: PairParameters, infos: Mapping[str, Any]) -> str:
    """Link and parameters, as markup."""
    return f'{pair_link(p, infos)} <span class="sb-pair-how">{text(pair_how(p))}</span>'
