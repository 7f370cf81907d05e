"""Which words a rule may have, by its kind; each refusal names what is wrong and what is allowed."""

from __future__ import annotations

from dataclasses import replace

from analytics.alerts import ThresholdRule
from analytics.errors import InvalidOption
from engine.desk.changes import check_levels, check_min_correlation, check_number
from engine.desk.types import RuleKind, RuleWords, Settings
from engine.errors import ParameterError
from engine.rules.kinds import KINDS, Kind

MAX_BARS = 100_000
LENGTHS = ("pending_bars", "cooldown_bars", "keep_bars")


def check_words(kind: RuleKind, words: RuleWords, settings: Settings) -> RuleWords:
    """The words with numbers as floats; raises `ParameterError` for those that the kind cannot have."""
    its = KINDS[kind]
    fire, clear = (_level(its, name, getattr(words, name)) for name in ("fire", "clear"))
    if its.of_settings:
        check_levels(
            settings.entry if fire is None else fire,
            settings.exit if clear is None else clear,
            names=("fire", "clear"),
        )
    else:
        _check_order(its, fire, clear)
    for name in LENGTHS:
        _check_length(name, getattr(words, name))
    return replace(words, fire=fire, clear=clear, min_correlation=_correlation(its, words.min_correlation))


def _level(kind: Kind, name: str, given: float | None) -> float | None:
    if given is None:
        if getattr(kind, name) is None and not kind.of_settings:
            allowed = f"a rule on {kind.key} has no usual level, give one in {kind.unit}: {kind.judges}"
            raise ParameterError(name, "", allowed)
        return None
    value = check_number(name, given)
    if not kind.least <= value <= kind.most:
        raise ParameterError(name, value, f"give a number from {kind.least:g} to {kind.most:g}: {kind.judges}")
    return value


def _check_order(kind: Kind, fire: float | None, clear: float | None) -> None:
    try:
        ThresholdRule(_or(fire, kind.fire), _or(clear, kind.clear), kind.side)
    except InvalidOption as error:
        raise ParameterError(error.name, error.given, error.allowed) from error


def _or(given: float | None, default: float | None) -> float:
    value = default if given is None else given
    if value is None:
        raise ValueError("neither a level nor a default")
    return value


def _check_length(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_BARS:
        raise ParameterError(name, value, f"give a whole number of bars from 0 to {MAX_BARS:,}")


def _correlation(kind: Kind, given: float | None) -> float | None:
    if given is None:
        return None
    if not kind.gated:
        raise ParameterError("min_correlation", given, f"leave it out: {kind.key} fires whatever the correlation")
    return check_min_correlation(check_number("min_correlation", given))
