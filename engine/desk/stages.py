"""The desk's view of where pairs stand in their lives, and what analysts decide about that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.desk.base import DeskBase
from engine.desk.changes import MAX_NAME, check_needed
from engine.desk.records import pair_record, parameters_of
from engine.errors import ParameterError
from engine.parameters import PairParameters
from engine.stage_facts import read_facts
from engine.stage_log import Told, record
from engine.stages import Cause, Event, Stage, refusal
from store.instruments import parse_instrument
from store.sql.stages import StageRecord, lock_lives, read_last_stage, read_last_stages, read_stages

MAX_STAGES = 1_000
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class PairStage:
    """A stage from the close of a bar on (`at_ms`), why, and by whom; `by` is empty for the board itself.

    `until_ms` is when a pair that cools down will have done so.
    """

    id: int
    parameters: PairParameters
    stage: Stage
    at_ms: int
    cause: Cause
    rule_id: int | None
    reason: str
    by: str
    written_ms: int
    until_ms: int | None


class StagesDesk(DeskBase):
    """Stages follow from decisions and alerts, in the order of their bars (`engine.stages`)."""

    def stages(self) -> Mapping[str, PairStage]:
        """Where every watched pair stands, by `PairParameters.key`."""
        return self._cached(
            "stages",
            lambda connection: {
                key: stage_of(record)
                for key, record in read_last_stages(connection).items()
                if record.stage != Stage.REMOVED
            },
        )

    def stage(self, pair: PairParameters) -> PairStage | None:
        """Where a pair stands; None for one that is not watched."""
        return self.stages().get(pair.key)

    def stage_history(
        self,
        *,
        pair: PairParameters | None = None,
        legs: tuple[str, str] | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> tuple[PairStage, ...]:
        """What pairs went through, the newest first: exactly these parameters, or legs (y, x) with any.

        `before` is the id of the last one of the page before.
        """
        if not 1 <= limit <= MAX_STAGES:
            raise ParameterError("limit", limit, f"give a whole number from 1 to {MAX_STAGES}")
        pair_key = None if pair is None else pair.key
        return self._cached(
            ("stage history", pair_key, legs, limit, before),
            lambda connection: tuple(
                map(stage_of, read_stages(connection, limit=limit, before=before, pair_key=pair_key, legs=legs))
            ),
        )

    def set_stage(
        self, pair: PairParameters, stage: Stage, *, by: str, reason: str, effective_ms: int | None = None
    ) -> PairStage:
        """Decide about a watched pair, from `effective_ms` on (default: the next bar).

        Raise `ParameterError` where one may not move it there from where it stands, or without a name and a reason.
        """
        by, reason = check_needed("by", by, MAX_NAME), check_needed("note", reason, MAX_REASON)
        effective_ms = self._effective_ms(parse_instrument(pair.y).venue, effective_ms)
        with self.database.write() as connection:
            watched = pair.key in lock_lives(connection, [pair.key])
            last = read_last_stage(connection, pair.key)
            now = Stage(last.stage) if last is not None and watched else Stage.REMOVED
            if words := refusal(now, stage):
                raise ParameterError("stage", stage.value, words)
            event = Event.decided(effective_ms, stage)
            record(connection, pair_record(pair), [Told(event, reason, by)], self._clock_ms())
            made = read_last_stages(connection, [pair.key])[pair.key]
        self.changed()
        return stage_of(made)


def stage_of(record: StageRecord) -> PairStage:
    stage = Stage(record.stage)
    return PairStage(
        id=record.id,
        parameters=parameters_of(record.pair),
        stage=stage,
        at_ms=record.at_ms,
        cause=Cause(record.cause),
        rule_id=record.rule_id,
        reason=record.reason,
        by=record.by,
        written_ms=record.written_ms,
        until_ms=read_facts(record.facts).until_ms if stage is Stage.COOLING else None,
    )
