"""What a call asks for, read strictly: nothing that was sent is passed over in silence."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from engine.errors import ParameterError
from engine.parameters import Method, PairParameters, parse_parameters


def refuse_repeated(query: MultiDict[str, str]) -> None:
    """Raise `ParameterError` for a parameter that stands in the address more than once."""
    for name, values in query.lists():
        if len(values) > 1:
            raise ParameterError(name, ", ".join(values), "give it once")


def asked_parameters(y: str, x: str, query: Mapping[str, str]) -> PairParameters:
    """As `parse_parameters`, and `ParameterError` too for a ratio that the method does not take."""
    p = parse_parameters(y, x, query)
    if p.method is not Method.FIXED and query.get("beta"):
        raise ParameterError("beta", query["beta"], f"leave it out, as method={p.method} finds its own; or take fixed")
    return p
