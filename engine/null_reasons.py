"""Why a column of a snapshot's rows has no value, where that is no trouble of the row's own."""

from __future__ import annotations

from collections.abc import Mapping

from engine.parameters import Method, PairParameters
from engine.snapshots.rolling_rows import min_count

_R_SQUARED = {"r_squared": "R² is of least squares only"}
_INTERVAL = ("beta_low", "beta_high", "effective_n")
_YOURS = "beta is your own: nothing was estimated, so it has no interval"
_NEVER: Mapping[Method, Mapping[str, str]] = {
    Method.ROLLING: {},
    Method.OLS: {},
    Method.TLS: _R_SQUARED,
    Method.KALMAN: {**_R_SQUARED, "effective_n": "counted for fits of a window only: a filter has none"},
    Method.FIXED: {**_R_SQUARED, **dict.fromkeys(_INTERVAL, _YOURS)},
}
UNBOUNDED = "nothing bounds beta: with 95 % confidence the line may be upright"
_UNREAD = "no two neighbouring bars have prices of both legs"
_NO_BAR = "no bar"
_UNTOLD = "nobody can tell whether trades are missing: they have no ids, or nobody listened"
_WINDOW_UNTOLD = f"of all its bars {_UNTOLD}"


def never_given(method: Method) -> Mapping[str, str]:
    """Columns that the method leaves empty in every row, and why."""
    return _NEVER[method]


def null_reasons(p: PairParameters) -> dict[str, str]:
    """What an empty column of a row means where the row's own reason does not say it."""
    full = f"not {p.window} bars yet"
    need = f"{min_count(p.window)} of {p.window} bars with prices of both legs"
    reasons = {
        "correlation": f"needs {p.window + 1} bars, one-bar changes of both legs in four fifths, and legs that move",
        **dict.fromkeys(("completeness_y", "completeness_x"), f"{_NO_BAR} where there is no price, else {_UNTOLD}"),
        **dict.fromkeys(
            ("window_completeness_y", "window_completeness_x"),
            f"{full} where window_absent is empty too, else {_WINDOW_UNTOLD}",
        ),
        **dict.fromkeys(("window_absent", "window_unknown"), full),
    }
    if p.method is Method.FIXED:
        reasons |= dict.fromkeys(("alpha", "spread", "spread_mean"), f"the level is a mean: it needs {need}")
    if p.method in (Method.ROLLING, Method.OLS):
        reasons |= dict.fromkeys(_INTERVAL, _UNREAD) | {"r_squared": "leg y does not move"}
    if p.method is Method.TLS:
        reasons |= dict.fromkeys(("beta_low", "beta_high"), UNBOUNDED)
    return reasons | dict(never_given(p.method))


def reasons_of_row(row: Mapping[str, object], p: PairParameters) -> dict[str, str]:
    """Why each empty column of a row is empty; `row` has its own reason, if any, under ``reason``."""
    own, never, otherwise = row.get("reason"), never_given(p.method), null_reasons(p)
    shares = _share_reasons(row, p)
    return {
        name: never.get(name) or shares.get(name) or (str(own) if own else otherwise.get(name, "not known"))
        for name, value in row.items()
        if value is None and name != "reason"
    }


def _share_reasons(row: Mapping[str, object], p: PairParameters) -> dict[str, str]:
    """Why the shares of a row are not known, which its own reason, of z, does not tell."""
    window = f"not {p.window} bars yet" if row.get("window_absent") is None else _WINDOW_UNTOLD
    reasons = {f"window_completeness_{leg}": window for leg in ("y", "x")}
    for leg in ("y", "x"):
        absent = row.get(leg) is None and not row.get(f"trades_{leg}")
        reasons[f"completeness_{leg}"] = _NO_BAR if absent else _UNTOLD
    return reasons
