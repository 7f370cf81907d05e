"""Stages of pairs as pages show them: a mark, a word, and what somebody may do about one."""

from __future__ import annotations

from types import MappingProxyType

from dash_app.words import full_time, sentence
from engine.desk.stages import PairStage
from engine.stages import BY_HAND, Stage

STAGE_MARKS = MappingProxyType(
    {
        Stage.CANDIDATE: ("ring", "dim"),
        Stage.WATCHED: ("star", "dim"),
        Stage.ACTIVE: ("star-fill", ""),
        Stage.BROKEN: ("bad", "bad-text"),
        Stage.COOLING: ("clock", "dim"),
        Stage.REMOVED: ("flat", "dim"),
    }
)
"""Icon and tone."""

_DECISIONS = MappingProxyType(
    {
        (Stage.CANDIDATE, Stage.WATCHED): "Promote to watched",
        (Stage.WATCHED, Stage.CANDIDATE): "Back to candidate",
        (Stage.ACTIVE, Stage.WATCHED): "Back to watched",
        (Stage.BROKEN, Stage.COOLING): "Say the break is over",
        (Stage.COOLING, Stage.WATCHED): "End cooling down",
    }
)
_BREAK = "Mark as broken"


def stage_word(stage: Stage) -> str:
    return sentence(stage.value)


def stage_title(stage: PairStage) -> str:
    """Since when, why and by whom, in a line."""
    since = f"since {full_time(stage.at_ms)}" if stage.at_ms else "from its first bar on"
    until = f", until {full_time(stage.until_ms)} unless something comes" if stage.until_ms is not None else ""
    why = f": {stage.reason}" if stage.reason else ""
    return f"{stage_word(stage.stage)} {since}{until}{why}{f' ({stage.by})' if stage.by else ''}"


def decisions(now: Stage) -> list[tuple[Stage, str]]:
    """Where somebody may move a pair, with what that is called."""
    return [(asked, _DECISIONS.get((now, asked), _BREAK)) for asked in BY_HAND[now]]
