"""Writes the lives of pairs, in the transaction of what befell them.

What stands is what follows from decisions and the log of alerts in the order of their bars. An alert that comes late,
as those of the slow tests do, takes its place: what followed it is written anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from engine.delivery.words import what_words
from engine.desk.records import alert_of, parameters_of
from engine.parameters import PairParameters
from engine.rules.kinds import RuleKind
from engine.stage_facts import read_facts, write_facts
from engine.stages import FAMILIES, Cause, Change, Event, Life, Order, Stage
from store.sql.alerts import AlertRecord
from store.sql.pairs import PairRecord
from store.sql.stages import (
    StageRecord,
    append_stages,
    delete_stages_after,
    lock_lives,
    read_alerts_since,
    read_last_stage,
    read_stages,
    replace_facts,
)

_PAGE = 50  # stages read at once, back to the one that a late alert belongs to
RULE_DELETED, RULE_OFF = "a rule whose alert stood was deleted", "a rule whose alert stood was switched off"


class Told(NamedTuple):
    """An event with what the history says of it."""

    event: Event
    reason: str
    by: str


class _Written(NamedTuple):
    """What a path of events comes to: stages to append, and what is now known at the end of the one before."""

    stages: tuple[StageRecord, ...]
    facts: str


def cooling_ms(pair: PairParameters) -> int:
    """How long a pair cools down: a window of its fit, which then holds no bar of before."""
    return pair.window * pair.timeframe.ms


def told_of(alerts: Iterable[AlertRecord]) -> list[Told]:
    """The alerts that move pairs; of a rule that changes sides at a bar only that it fired."""
    told: dict[tuple[int, int], Told] = {}
    for alert in alerts:
        family, fired = FAMILIES.get(RuleKind(alert.kind)), alert.event != "clear"
        place = (alert.at_ms, alert.rule_id)
        if family is None or (not fired and place in told):
            continue
        event = Event.fired(*place, family) if fired else Event.cleared(*place)
        told[place] = Told(event, _reason(alert), "")
    return sorted(told.values(), key=lambda each: each.event.order)


def record(connection: Connection, pair: PairRecord, told: Sequence[Told], now_ms: int) -> int:
    """Write what follows from events of one pair, which are new and in order; how many stages are new.

    The pair is to be locked (`store.sql.stages.lock_lives`), and alerts are to stand in the log.
    """
    last = read_last_stage(connection, pair.pair_key)
    return record_after(connection, pair, last, told, now_ms)


def record_after(
    connection: Connection, pair: PairRecord, last: StageRecord | None, told: Sequence[Told], now_ms: int
) -> int:
    """`record`, where the last stage is known."""
    if not told:
        return 0
    first = told[0].event.order
    if last is not None and read_facts(last.facts).seen >= first:
        return _record_late(connection, pair, told, now_ms)
    written = _follow(pair, last, told, now_ms)
    _write(connection, last, written)
    return len(written.stages)


def record_time(connection: Connection, pair: PairRecord, last: StageRecord, at_ms: int, now_ms: int) -> int:
    """Write that a pair has cooled down by the close of a bar, if it has; how many stages are new."""
    life = read_facts(last.facts)
    step = life.until(at_ms)
    stages = tuple(_stage_of(pair, change, step.life, None, now_ms) for change in step.changes)
    _write(connection, last, _Written(stages, last.facts))
    return len(stages)


def record_rule_end(
    connection: Connection, pair: PairParameters, rule_id: int, *, at_ms: int, reason: str, now_ms: int
) -> int:
    """What an alert that stands meant to the pair ends with its rule; how many stages are new."""
    if pair.key not in lock_lives(connection, [pair.key]):
        return 0
    last = read_last_stage(connection, pair.key)
    life = Life() if last is None else read_facts(last.facts)
    if last is None or rule_id not in life.signals | life.breaks:
        return 0
    return record_after(connection, last.pair, last, [Told(Event.rule_ended(at_ms, rule_id), reason, "")], now_ms)


def _record_late(connection: Connection, pair: PairRecord, told: Sequence[Told], now_ms: int) -> int:
    """Go back to the stage before the first event, and follow all that came since."""
    first = told[0].event.order
    later: list[StageRecord] = []
    start: StageRecord | None = None
    before: int | None = None
    while start is None:
        page = read_stages(connection, limit=_PAGE, before=before, pair_key=pair.pair_key)
        for stage in page:
            if read_facts(stage.facts).seen < first:
                start = stage
                break
            later.append(stage)
        if len(page) < _PAGE:
            break
        before = page[-1].id
    since = Order() if start is None else read_facts(start.facts).seen
    delete_stages_after(connection, pair.pair_key, 0 if start is None else start.id)
    alerts = told_of(read_alerts_since(connection, pair.pair_key, max(since.at_ms, 0), [*FAMILIES]))
    by_hand = [_told_again(stage) for stage in reversed(later) if stage.cause in (Cause.HAND, Cause.RULE_ENDED)]
    known = [each for each in (*by_hand, *alerts) if each.event.order > since]
    new = [each for each in told if each.event.cause is not Cause.ALERT]  # alerts are in the log
    path = sorted((*known, *new), key=lambda each: each.event.order)
    stamps = {(stage.at_ms, stage.cause, stage.rule_id): stage.written_ms for stage in later}
    written = _follow(pair, start, path, now_ms)
    kept = tuple(
        each._replace(written_ms=stamps.get((each.at_ms, each.cause, each.rule_id), now_ms)) for each in written.stages
    )
    _write(connection, start, _Written(kept, written.facts))
    return len(kept)


def _follow(pair: PairRecord, last: StageRecord | None, path: Sequence[Told], now_ms: int) -> _Written:
    life = Life() if last is None else read_facts(last.facts)
    length = cooling_ms(parameters_of(pair))
    stages: list[StageRecord] = []
    facts = ""

    def ended(so_far: Life) -> None:
        nonlocal facts
        if stages:
            stages[-1] = stages[-1]._replace(facts=write_facts(so_far))
        else:
            facts = write_facts(so_far)

    for told in path:
        step = life.after(told.event, cooling_ms=length)
        for change in step.changes:
            ended(change.before)
            stages.append(_stage_of(pair, change, step.life, told, now_ms))
        life = step.life
    ended(life)
    return _Written(tuple(stages), facts)


def _write(connection: Connection, last: StageRecord | None, written: _Written) -> None:
    if last is not None and written.facts != last.facts:
        replace_facts(connection, {last.id: written.facts})
    append_stages(connection, written.stages)


def _stage_of(pair: PairRecord, change: Change, life: Life, told: Told | None, now_ms: int) -> StageRecord:
    event = change.event
    if told is None or event is None:
        told = Told(Event(change.at_ms, Cause.TIME), f"{parameters_of(pair).window} bars after its break was over", "")
    asked, rule_id = told.event.asked, told.event.rule_id
    return StageRecord(
        pair=pair,
        stage=change.stage.value,
        at_ms=change.at_ms,
        cause=told.event.cause.value,
        asked=None if asked is None else asked.value,
        rule_id=rule_id or None,
        reason=told.reason,
        by=told.by,
        facts=write_facts(life),
        written_ms=now_ms,
    )


def _told_again(stage: StageRecord) -> Told:
    asked = None if stage.asked is None else Stage(stage.asked)
    event = Event(stage.at_ms, Cause(stage.cause), asked, stage.rule_id or 0)
    return Told(event, stage.reason, stage.by)


def _reason(alert: AlertRecord) -> str:
    return what_words(alert_of(alert))
