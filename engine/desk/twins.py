"""Rules that say the same of the same pair: each alert would come twice."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from engine.desk.records import rule_of
from engine.desk.types import Rule, RuleKind, RuleWords
from engine.errors import ParameterError
from engine.parameters import PairParameters
from store.sql.rules import read_rules


def twin_of(
    connection: Connection, parameters: PairParameters, kind: RuleKind, words: RuleWords, *, besides: int = 0
) -> Rule | None:
    """A rule other than `besides` that has these words, on or off."""
    for record in read_rules(connection):
        if record.kind == kind and record.pair.pair_key == parameters.key and record.id != besides:
            there = rule_of(record)
            if replace(there.words, enabled=words.enabled) == words:
                return there
    return None


def refusal_of(twin: Rule, name: str, given: object) -> ParameterError:
    """What to do where `twin` says the same already."""
    off = "" if twin.words.enabled else ", switched off"
    return ParameterError(name, given, f"rule {twin.id} says the same{off}: change that one")
