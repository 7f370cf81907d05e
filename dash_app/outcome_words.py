"""What followed alerts, in words."""

from __future__ import annotations

from analytics.outcomes import Ending
from dash_app.words import number
from engine.desk.outcomes import UNKNOWN, AlertOutcome, RuleHits, Unit

ENOUGH = 10
"""Alerts of which fewer say too little for a share of them to be told."""

UNDER_WAY = "under way"
OF_OUTCOMES = (
    "What followed, of rules on z: “back” once z came to the level at which the rule clears, within as many bars as "
    "the fit window has",
    "Then the spread's largest moves for and against a position that waits for that, by the hedge of the alert's bar, "
    "before costs",
)
OF_HITS = (
    "z came back: after what share of a rule's alerts, with its 95 % interval (Wilson); what is under way or not known "
    f"is not counted, and fewer than {ENOUGH} tell too little",
)


def outcome_words(outcome: AlertOutcome) -> str:
    """``back after 14 bars, +6.1 / −2.0 bp``."""
    if outcome.ending == UNKNOWN:
        return "not known"
    bars = f"{outcome.bars:,} bar{'s' * (outcome.bars != 1)}"
    ended = f"back after {bars}" if outcome.ending == Ending.REVERTED else f"not within {bars}"
    if outcome.favourable is None or outcome.adverse is None:
        return ended
    return f"{ended}, {_moves(outcome.favourable, outcome.adverse, outcome.unit)}"


def hits_words(hits: RuleHits) -> str:
    """``62 % (48–74), 31 of 50``; the count alone where that is too few."""
    rate = hits.rate
    if not rate.n:
        return "none yet"
    counted = f"{rate.hits:,} of {rate.n:,}"
    if rate.n < ENOUGH:
        return f"too few: {counted}"
    return f"{rate.share:.0%} ({100 * rate.low:.0f}–{100 * rate.high:.0f}), {counted}".replace("%", " %", 1)


def _moves(favourable: float, adverse: float, unit: Unit) -> str:
    size = max(favourable, adverse)
    digits = 1 if unit == "bp" else 4 if size < 1 else 2 if size < 100 else 0
    return f"+{number(favourable, digits)} / −{number(adverse, digits)} {'bp' if unit == 'bp' else 'in price'}"
