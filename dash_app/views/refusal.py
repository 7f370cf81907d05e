"""What the pair page shows in place of a view that is not possible: why not, what is, and links to that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from dash import html

from dash_app import ids
from dash_app.components.pair_header import DEFAULTS, METHODS, TIMEFRAMES, controls_line
from dash_app.refusals import refusal_words
from dash_app.views.pair_controls import leg_options
from dash_app.views.pair_state import Props, state_line
from dash_app.words import symbol
from engine.errors import ParameterError, UnknownInstrument

MOST_LEGS = 24
View = Mapping[str, str]
_CHOICES: dict[str, Sequence[tuple[str, str]]] = {
    "timeframe": [(name, name) for name in TIMEFRAMES],
    "method": [choice for choice in METHODS if choice[0] != "fixed"],
    "scale": [(name, name) for name in ("log", "raw")],
    "field": [(name, name) for name in ("close", "mid")],
    "window": [(DEFAULTS["window"], DEFAULTS["window"])],
    "z_window": [(DEFAULTS["z_window"], DEFAULTS["z_window"])],
}


def refusal_props(error: ParameterError | UnknownInstrument, view: View, instruments: Sequence[str]) -> Props:
    """The refusal of a view as the address has it; its controls keep what they say, and offer what is there."""
    legs = (view.get("y", ""), view.get("x", ""))
    options = leg_options(instruments, {leg.partition(":")[0] for leg in legs}, [leg for leg in legs if leg])
    content = [state_line("bad", "bad-text", _words(error, legs)), *_ways(error, view, instruments)]
    return {
        ids.STATE: {"children": content, "className": "sb-state sb-shown-state sb-refused-below"},
        ids.LEG_Y: {"options": options},
        ids.LEG_X: {"options": options},
        ids.CONTROLS_LINE: {"children": controls_line(DEFAULTS | {k: v for k, v in view.items() if k in DEFAULTS})},
    }


def nothing_here() -> Props:
    """Before any instrument is known there is nothing to choose from."""
    words = "No instruments here yet: they come when the feed's ingestor has read its list."
    return {
        ids.STATE: {
            "children": [state_line("warming", "dim", words)],
            "className": "sb-state sb-shown-state sb-refused-below",
        }
    }


def _words(error: ParameterError | UnknownInstrument, legs: tuple[str, str]) -> str:
    if isinstance(error, UnknownInstrument):
        name = "y" if error.instrument == legs[0] else "x"
        return f"There is no instrument {error.instrument[:80]} here, so it cannot be {name}."
    return refusal_words(error)


def _at_fault(error: ParameterError | UnknownInstrument, view: View) -> str:
    """The parameter that would have to be another."""
    if isinstance(error, UnknownInstrument):
        return "y" if error.instrument == view.get("y") else "x"
    return "method" if error.name == "beta" else error.name


def _ways(error: ParameterError | UnknownInstrument, view: View, instruments: Sequence[str]) -> list[Any]:
    """Links to the same view with something possible in the place of what is not."""
    name, few = _at_fault(error, view), getattr(error, "choices", ())
    choices: Sequence[tuple[str, str]]
    if name in ("y", "x"):
        choices = _legs(view.get("x" if name == "y" else "y", ""), instruments)
        lead = f"Choose {name} in the list above, or here: "
    else:
        choices = [(each, each) for each in few] or _CHOICES.get(name, ())
        lead = f"Change the {name.replace('_', '-')} above, or take: "
    if not choices:
        return []
    links = [html.A(label, href=_address({**view, name: value})) for value, label in choices]
    return [html.P([lead, *links], className="sb-ways")]


def _legs(other: str, instruments: Sequence[str]) -> list[tuple[str, str]]:
    """Instruments that can stand beside the other leg, those of its venue."""
    venue = other.partition(":")[0]
    near = [name for name in instruments if name.partition(":")[0] == venue]
    return [(name, symbol(name)) for name in near or instruments if name != other][:MOST_LEGS]


def _address(view: View) -> str:
    path = "/".join(quote(view.get(leg, ""), safe=":") for leg in ("y", "x"))
    query = {name: view[name] for name in (*DEFAULTS, "show", "tab") if view.get(name)}
    return f"/pair/{path}?{urlencode(query)}"
