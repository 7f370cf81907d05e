"""Rules as rows whose cells are fields: what a person types in them is judged by the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash_app.components.alerts_rule_form import REHEARSE_WORDS
from dash_app.components.cells import text
from dash_app.outcome_words import ENOUGH, hits_words
from dash_app.rule_fields import CLEAR, CORRELATION, ENABLED, FIELDS, FIRE, LENGTHS
from dash_app.views.pair_names import pair_cell, pair_how, pair_name
from dash_app.words import moment
from engine.desk.outcomes import NO_HITS, RuleHits, has_hits
from engine.desk.types import Rule, Settings, Silence, Target, WatchedPair
from engine.rules.kinds import KINDS, Kind, Source

_NOT_REHEARSED = {
    Source.TESTS: "Cannot be rehearsed: what the slow tests found at past bars is not kept",
    Source.CLOCK: "Cannot be rehearsed: when no bars came is a matter of the clock, which is not kept",
}


@dataclass(frozen=True, slots=True)
class RulesView:
    """All that the rows are made from; `rule_targets` and `hits` go by the rule's id."""

    rules: Sequence[Rule]
    settings: Settings
    silences: Sequence[Silence]
    targets: Sequence[Target]
    rule_targets: Mapping[int, Sequence[int]]
    hits: Mapping[int, RuleHits]
    infos: Mapping[str, Any]
    now_ms: int


def rule_rows(view: RulesView) -> list[dict[str, str]]:
    return [_row(rule, view) for rule in view.rules]


def kind_choices(settings: Settings) -> list[dict[str, str]]:
    """Each kind with what it judges and the levels that it starts with, blank where they have to be given."""
    return [
        {
            "kind": kind.key.value,
            "judges": kind.judges,
            "unit": kind.unit,
            "fire": _usual(kind, FIRE, settings),
            "clear": _usual(kind, CLEAR, settings),
            "min_correlation": _usual(kind, CORRELATION, settings) if kind.gated else "",
            "rehearsed": "yes" if kind.source is Source.BARS else "",
            "rehearse_words": REHEARSE_WORDS if kind.source is Source.BARS else _NOT_REHEARSED[kind.source],
        }
        for kind in KINDS.values()
    ]


def pair_choices(watchlist: Sequence[WatchedPair], infos: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"value": str(each.id), "label": f"{pair_name(each.parameters, infos)} {pair_how(each.parameters)}"}
        for each in watchlist
    ]


def silences_now(view: RulesView) -> list[Silence]:
    """Those that are not over."""
    return [silence for silence in view.silences if silence.until_ms > view.now_ms]


def _row(rule: Rule, view: RulesView) -> dict[str, str]:
    kind = KINDS[rule.kind]
    judges = text(f" · {kind.judges}{f', {kind.unit}' if kind.unit else ''}")
    row = {
        "id": str(rule.id),
        "pair": pair_cell(rule.parameters, view.infos),
        "kind": f'<b title="rule {rule.id}">{text(rule.kind)}</b><span class="sb-judges">{judges}</span>',
        "targets": _targets(rule, view),
        "hits": _hits(rule, view),
        "since": moment(since, view.now_ms) if (since := _levels_since(rule, view.settings)) else "the first bar",
        "action": _actions(rule, view),
        ENABLED: _switch(rule, view),
    }
    return row | {name: _field(rule, name, view) for name in FIELDS}


def _field(rule: Rule, name: str, view: RulesView) -> str:
    kind, value = KINDS[rule.kind], getattr(rule.words, name)
    if name == CORRELATION and not kind.gated:
        return ""
    usual = _usual(kind, name, view.settings)
    written = "" if value is None or (name in LENGTHS and not value) else f"{value:g}"
    named = text(f"{pair_name(rule.parameters, view.infos)}, {rule.kind}: {FIELDS[name]}")
    mode = "numeric" if name in LENGTHS else "text"  # a phone's keys for numbers have no minus
    return (
        f'<input class="sb-cell" data-rule="{rule.id}" data-field="{name}" value="{text(written)}" '
        f'placeholder="{text(usual)}" aria-label="{named}" inputmode="{mode}" maxlength="12" autocomplete="off">'
    )


def _switch(rule: Rule, view: RulesView) -> str:
    named = text(f"{pair_name(rule.parameters, view.infos)}, {rule.kind}: on")
    checked = " checked" if rule.words.enabled else ""
    return f'<input type="checkbox" data-rule="{rule.id}" data-field="{ENABLED}" aria-label="{named}"{checked}>'


def _usual(kind: Kind, name: str, settings: Settings) -> str:
    """What holds where a field is blank."""
    if name in LENGTHS:
        return "0"
    if name == CORRELATION:
        return f"{settings.min_correlation:g}"
    value = {FIRE: settings.entry, CLEAR: settings.exit}[name] if kind.of_settings else getattr(kind, name)
    return "" if value is None else f"{value:g}"


def _targets(rule: Rule, view: RulesView) -> str:
    """The names of the targets that it names; a press lets one choose."""
    names = {target.id: target.name for target in view.targets}
    chosen = [each for each in view.rule_targets.get(rule.id, ()) if each in names]
    if not names:
        return '<span class="sb-dim">none yet</span>'
    usual = [target.name for target in view.targets if target.everything]
    words = ", ".join(names[each] for each in chosen) or ("as usual" if usual else "none")
    title = "" if chosen else text(f"Usual: {', '.join(usual) or 'nobody'}")
    return (
        f'<button type="button" class="sb-link sb-named" data-rule-targets="{rule.id}" title="{title}" '
        f'data-chosen="{",".join(map(str, chosen))}" data-words="{_said(rule, view)}">{text(words)}</button>'
    )


def _hits(rule: Rule, view: RulesView) -> str:
    if not has_hits(rule):
        return ""
    hits = view.hits.get(rule.id, NO_HITS)
    unknown = text(f"{hits.unknown:,} not known") if hits.unknown else ""
    tone = "" if hits.rate.n >= ENOUGH else ' class="sb-dim"'
    parts = [f'<span class="sb-part">{text(part)}' for part in hits_words(hits).split(", ")]  # in two lines at most
    return f'<span title="{unknown}"{tone}>{",</span> ".join(parts)}</span></span>'


def _actions(rule: Rule, view: RulesView) -> str:
    silence = next((s for s in silences_now(view) if s.rule_id == rule.id or s.pair == rule.parameters), None)
    said = _said(rule, view)
    quiet = (
        f'<button type="button" class="sb-link" data-silence="{rule.id}" data-words="{said}">Silence</button>'
        if silence is None
        else f'<span class="sb-dim">silent to {moment(silence.until_ms, view.now_ms)}</span>'
    )
    delete = f'<button type="button" class="sb-link" data-delete-rule="{rule.id}" data-words="{said}">Delete</button>'
    rehearse = (
        f'<button type="button" class="sb-link" data-rehearse="{rule.id}" data-kind="{text(rule.kind)}" '
        f'data-words="{said}">Rehearse</button>'
    )
    return f"{_fold(said)} {rehearse if KINDS[rule.kind].source is Source.BARS else ''} {quiet} {delete}"


def _fold(said: str) -> str:
    """What unfolds the row where it is a card, on a phone."""
    return f'<label class="sb-link sb-card-fold"><input type="checkbox" aria-label="More of {said}">More</label>'


def _said(rule: Rule, view: RulesView) -> str:
    return text(f"{rule.kind} of {pair_name(rule.parameters, view.infos)} {pair_how(rule.parameters)}")


def _levels_since(rule: Rule, settings: Settings) -> int:
    """When the levels that judge now began: the rule's own, or the settings' where it follows them."""
    follows = KINDS[rule.kind].of_settings and None in (rule.words.fire, rule.words.clear)
    return max(rule.effective_ms, settings.effective_ms) if follows else rule.effective_ms
