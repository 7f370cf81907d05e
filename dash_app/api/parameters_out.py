"""A pair's parameters, written out for the API: numbers as numbers."""

from __future__ import annotations

from engine.parameters import PairParameters


def parameters_out(p: PairParameters) -> dict[str, str | int | float | None]:
    """Legs and parameters by the names that a URL has; `beta` is the user's own ratio, None for other methods."""
    return {
        "y": p.y,
        "x": p.x,
        "timeframe": p.timeframe.value,
        "window": p.window,
        "z_window": p.z_window,
        "method": p.method.value,
        "scale": p.scale.value,
        "field": p.field.value,
        "beta": p.beta,
    }


def pair_out(p: PairParameters) -> dict[str, str | int | float | None]:
    """The same with the page that shows it."""
    return {**parameters_out(p), "page": p.path}
