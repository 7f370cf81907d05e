"""How the numbers of every bar are made: a method card for each, by the method of the view."""

from __future__ import annotations

from typing import NamedTuple

from engine.broken_assumptions import broken_assumption
from engine.diagnosis import Diagnosis
from engine.findings.finding import MethodCard
from engine.parameters import Method, PairParameters


class BarMethod(NamedTuple):
    """`n` is how many bars go into the number. `broken` says which assumption this sample breaks, as far as is seen."""

    name: str
    n: str
    card: MethodCard
    broken: str = ""


_INTERVAL = "95 % interval: β ± t(n / 2k)·√k·s.e., k for the memory of the spread"
_BETA = {
    Method.ROLLING: MethodCard(
        f"least squares of y = α + β·x + e over the window that ends with the bar; {_INTERVAL}",
        "Engle & Granger 1987; Kendall 1954 and Andrews & Monahan 1992 on memory",
        "one line within the window; legs that trade at the same time, else β is drawn to zero",
    ),
    Method.OLS: MethodCard(
        f"least squares over the last window, drawn back over it: hindsight; {_INTERVAL}",
        "Engle & Granger 1987",
        "as rolling OLS; only the last value could have been known",
    ),
    Method.TLS: MethodCard(
        "first principal direction of the centred points of the last window, drawn back over it: hindsight; "
        "95 % interval: angle ± d, sin 2d = 2·t(n / 2k)·√k·s.e. of the angle",
        "Golub & Van Loan 1980; Gregory et al. 2011 on pairs; Creasy 1956 and Jolicoeur 1973 on the interval",
        "noise of both legs alike in size: noise of y alone draws β away from zero, out of its interval",
    ),
    Method.KALMAN: MethodCard(
        "three filters of y = α + β·x + e with α and β that walk, from hardly to swinging, started by least squares on "
        "the first window and weighed by how likely they found the bars; 95 % band of the mixture",
        "Elliott, van der Hoek & Malcolm 2005; Magill 1965 on the mixture; Durbin & Koopman 2012",
        "a spread whose memory stays what it was on the first window; the band is wide where β stands still",
    ),
    Method.FIXED: MethodCard(
        "your own ratio; α is the mean of y − β·x over the window that ends with the bar",
        "–",
        "a ratio that was not chosen on these bars",
    ),
}
_SPREAD = MethodCard(
    "y − α − β·x with the line of the same bar", "Engle & Granger 1987", "prices of both legs that are not stale"
)
_OWN_SPREAD = MethodCard(
    "y − α − β·x, α the level: the mean of y − β·x over the window that ends with the bar",
    "least squares of α alone",
    "prices of both legs that are not stale; a level that stands still within the window",
)
_LEVEL = MethodCard(
    "y − α₋₁ − β₋₁·x with α and β of the bar before: the level that the line leaves; its mean is what a second filter, "
    "an autoregression of this level, expected of it",
    "Durbin & Koopman 2012",
    "noises that stay what they were on the formation window",
)
_Z = MethodCard(
    "(spread − its mean) / its deviation over the z-window, ddof = 1",
    "Avellaneda & Lee 2010 on its reading",
    "a spread with a mean; without one |z| passes 2 on 13 to 15 % of bars, so read it with its rank",
)
_INNOVATION = MethodCard(
    "(spread − what the second filter expected of it) / the deviation that it gives this difference",
    "Durbin & Koopman 2012",
    "innovations of variance 1 without memory: see the health of the filter",
)
_CORRELATION = MethodCard(
    "Pearson's, of one-bar changes of log prices over the window",
    "Epps 1979 on short bars",
    "legs that trade in the same bars: see synchrony",
)


_SIGNAL = MethodCard(
    "short from z ≥ entry until z ≤ exit, long from z ≤ −entry until z ≥ −exit, by the levels of the bar's own time",
    "Gatev, Goetzmann & Rouwenhorst 2006",
    "a spread that comes back: see the verdict; costs are not in it",
)
_LAST_SIGNAL = MethodCard(
    "short if the last z ≥ entry, long if it is ≤ −entry: no path led to it",
    "Gatev, Goetzmann & Rouwenhorst 2006",
    "as by rolling OLS; earlier bars of today's fit signal nothing",
)


def bar_methods(p: PairParameters, diagnosis: Diagnosis | None = None) -> tuple[BarMethod, ...]:
    """For the columns of a snapshot, in the order in which the page shows them; `diagnosis` is the last one."""
    kalman, own = p.method is Method.KALMAN, p.method is Method.FIXED
    window = f"{p.window} bars, the formation" if kalman else f"{p.window} bars"
    spread = _LEVEL if kalman else _OWN_SPREAD if own else _SPREAD
    path = ("every bar with a z so far", _SIGNAL) if p.method.causal else ("1 bar", _LAST_SIGNAL)
    numbers = (
        ("z", "1 bar" if kalman else f"{p.z_window} bars", _INNOVATION if kalman else _Z),
        ("signal", *path),
        ("beta", "none" if own else window, _BETA[p.method]),
        ("spread", window if own else "1 bar", spread),
        ("correlation", f"{p.window} bars", _CORRELATION),
    )
    return tuple(BarMethod(name, n, card, broken_assumption(name, p, diagnosis)) for name, n, card in numbers)
