"""Which alerts of the log a page or an export shows, by the texts of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import ParameterError
from engine.rules.kinds import KINDS, RuleKind

SHOWS = {"all": "All", "fired": "Fired", "waiting": "Not acknowledged"}

_ALLOWED = {
    "pair": "name two legs with a space between them, as sim:BTCUSDT sim:ETHUSDT",
    "kind": f"use one of {', '.join(KINDS)}",
    "show": f"use one of {', '.join(SHOWS)}",
    "before": "give the number of an alert",
}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """`legs` are (y, x); `before` is the id of the last alert of the page before."""

    legs: tuple[str, str] | None = None
    kind: RuleKind | None = None
    show: str = "all"
    before: int | None = None

    @property
    def chosen(self) -> bool:
        """Whether it may leave something out."""
        return self != ALL

    def asked(self) -> dict[str, Any]:
        """As `Desk.alerts` is asked, the page left out."""
        return {
            "legs": self.legs,
            "kind": self.kind,
            "fired": self.show == "fired",
            "unacknowledged": self.show == "waiting",
        }


ALL = LogFilter()


def left_out(view: Mapping[str, str]) -> tuple[str, ...]:
    """What `read_filter` leaves out of an address, in words."""
    said = []
    pair, kind, show = (view.get(name, "") for name in ("pair", "kind", "show"))
    if pair and read_filter({"pair": pair}).legs is None:
        said.append(f"The address has pair = {pair}, which is not two instruments with a space between")
    if kind and kind not in KINDS:
        said.append(f"The address has kind = {kind}, which is none of {', '.join(KINDS)}")
    if show and show not in SHOWS:
        said.append(f"The address has show = {show}, which is none of {', '.join(SHOWS)}")
    return tuple(f"{each}: it is left out" for each in said)


def read_filter(view: Mapping[str, str]) -> LogFilter:
    """What the texts say; what is none of the choices is left out."""
    y, _, x = view.get("pair", "").partition(" ")
    kind, show, before = view.get("kind", ""), view.get("show", ""), view.get("before", "")
    return LogFilter(
        legs=(y, x) if y and x else None,
        kind=RuleKind(kind) if kind in KINDS else None,
        show=show if show in SHOWS else "all",
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
    )


def strict_filter(view: Mapping[str, str]) -> LogFilter:
    """As `read_filter`; raise `ParameterError` for what it would leave out. A blank text chooses nothing."""
    chosen = read_filter(view)
    understood = {"pair": chosen.legs, "kind": chosen.kind, "show": view.get("show") in SHOWS, "before": chosen.before}
    for name, text in view.items():
        if name not in understood:
            raise ParameterError(name, text, f"the log is filtered by {', '.join(understood)}")
        if text and not understood[name]:
            raise ParameterError(name, text, _ALLOWED[name])
    return chosen
