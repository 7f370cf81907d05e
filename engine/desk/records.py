"""Between what the database holds and what the engine speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

from engine.bar_state import BarState
from engine.desk.types import Alert, AlertEvent, Rule, RuleKind, RuleWords, Settings, WatchedPair
from engine.errors import ParameterError
from engine.parameters import PairParameters, parse_parameters
from store.errors import CorruptRecord
from store.sql.alerts import AlertRecord
from store.sql.pairs import PairRecord
from store.sql.rules import LevelRecord, RuleRecord
from store.sql.settings import SettingsRecord
from store.sql.watchlist import WatchRecord


def pair_record(parameters: PairParameters) -> PairRecord:
    return PairRecord(parameters.key, parameters.y, parameters.x, parameters.query)


def parameters_of(pair: PairRecord) -> PairParameters:
    try:
        return parse_parameters(pair.y, pair.x, pair.query)
    except ParameterError as error:
        raise CorruptRecord(f"a pair in the database is not one: {error}") from error


def level_record(words: RuleWords, effective_ms: int) -> LevelRecord:
    return LevelRecord(effective_ms=effective_ms, **asdict(words))


def settings_history_of(records: Sequence[SettingsRecord]) -> tuple[Settings, ...]:
    """What held from when. A later word counts from its own time on, over all that was said before it."""
    history: list[Settings] = []
    for record in records:
        while history and history[-1].effective_ms >= record.effective_ms:
            history.pop()
        history.append(
            Settings(
                entry=record.entry,
                exit=record.exit,
                refresh_ms=record.refresh_ms,
                min_correlation=record.min_correlation,
                effective_ms=record.effective_ms,
            )
        )
    return tuple(history)


def watched_of(record: WatchRecord) -> WatchedPair:
    return WatchedPair(record.id, parameters_of(record.pair), record.added_ms)


def rule_of(record: RuleRecord) -> Rule:
    level = record.levels[-1]
    return Rule(
        id=record.id,
        parameters=parameters_of(record.pair),
        kind=RuleKind(record.kind),
        words=RuleWords(**{field.name: getattr(level, field.name) for field in fields(RuleWords)}),
        effective_ms=level.effective_ms,
        created_ms=record.created_ms,
    )


def alert_of(record: AlertRecord) -> Alert:
    return Alert(
        id=record.id,
        rule_id=record.rule_id,
        parameters=parameters_of(record.pair),
        kind=RuleKind(record.kind),
        event=AlertEvent(record.event),
        open_time_ms=record.bar_ms,
        at_ms=record.at_ms,
        value=record.value,
        z=record.z,
        spread=record.spread,
        beta=record.beta,
        correlation=record.correlation,
        fire=record.fire,
        clear=record.clear,
        written_ms=record.written_ms,
        acknowledged_ms=record.acknowledged_ms,
        acknowledged_by=record.acknowledged_by or "",
        note=record.note or "",
        silenced=record.silenced,
        bar_state=None if record.bar_state is None else BarState(record.bar_state),
        bar_missing=record.bar_missing,
    )
