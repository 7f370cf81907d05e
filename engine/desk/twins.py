"""Rules that say the same of the same pair: each alert would come twice."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from engine.desk.records import rule_of
from engine.desk.types import Rule, RuleKind, RuleWords
from engine.errors import ParameterError
from engine.parameters import PairParameters
from engine.rules.kinds import KINDS
from store.sql.rules import read_rules


def twins_of(
    connection: Connection, parameters: PairParameters, kind: RuleKind, words: RuleWords, *, besides: int = 0
) -> list[Rule]:
    """The rules other than `besides` that say what these words say, on or off.

    A number is what a blank level means where that is the kind's own; what follows the settings is not the same as
    the number that they have today.
    """
    of_kind = (each for each in read_rules(connection) if each.kind == kind and each.pair.pair_key == parameters.key)
    there = [rule_of(record) for record in of_kind if record.id != besides]
    return [rule for rule in there if _said(kind, rule.words) == _said(kind, words)]


def _said(kind: RuleKind, words: RuleWords) -> RuleWords:
    usual = KINDS[kind]
    fire = usual.fire if words.fire is None else words.fire
    clear = usual.clear if words.clear is None else words.clear
    return replace(words, fire=fire, clear=clear, enabled=True)


def refusal_of(twin: Rule, name: str, given: object) -> ParameterError:
    """What to do where `twin` says the same already."""
    off = "" if twin.words.enabled else ", switched off"
    return ParameterError(name, given, f"another of this pair, rule {twin.id}, says the same{off}: change that one")
