"""The desk's silences: times in which nobody is told of a rule or a pair, while the log goes on."""

from __future__ import annotations

from engine.desk.base import DeskBase
from engine.desk.changes import MAX_NAME, MAX_NOTE, check_effective_ms, check_text
from engine.desk.records import pair_record, parameters_of
from engine.desk.types import Silence
from engine.errors import NotFound, ParameterError
from engine.parameters import PairParameters
from store.instruments import parse_instrument
from store.sql.rules import read_rules
from store.sql.silences import SilenceRecord, append_silence, end_silence, read_silences

MAX_SILENCES = 500
MAX_SILENCE_MS = 366 * 24 * 3_600_000


class SilencesDesk(DeskBase):
    """Silences count by the close of the bar that an alert is of, so that a replay agrees."""

    def silences(self) -> tuple[Silence, ...]:
        """The newest first, those that are over too."""
        return self._cached(
            "silences", lambda connection: tuple(map(_silence_of, read_silences(connection, MAX_SILENCES)))
        )

    def silence(
        self,
        *,
        rule_id: int | None = None,
        pair: PairParameters | None = None,
        from_ms: int | None = None,
        until_ms: int | None = None,
        for_ms: int | None = None,
        by: str = "",
        note: str = "",
    ) -> Silence:
        """Silence a rule or a pair, one of them, until a time or for a while; raise `NotFound`, `ParameterError`.

        It begins at `from_ms` (default: the next bar, by the clock of the pair's venue).
        """
        if (rule_id is None) == (pair is None):
            raise ParameterError("rule_id", rule_id, "name a rule or a pair, one of them")
        by, note = check_text("by", by, MAX_NAME), check_text("note", note, MAX_NOTE)
        from_ms = self._effective_ms(self._venue(rule_id, pair), from_ms)
        record = SilenceRecord(
            rule_id=rule_id,
            pair=None if pair is None else pair_record(pair),
            from_ms=from_ms,
            until_ms=_until_ms(from_ms, until_ms, for_ms),
            by=by,
            note=note,
            written_ms=self._clock_ms(),
        )
        with self.database.write() as connection:
            silence_id = append_silence(connection, record)
        self.changed()
        return _silence_of(record._replace(id=silence_id))

    def end_silence(self, silence_id: int) -> None:
        """End a silence with the next bar, if it is not over. Raise `NotFound`."""
        silence = next((each for each in self.silences() if each.id == silence_id), None)
        if silence is None:
            raise NotFound(f"no silence {silence_id}")
        now_ms = self._effective_ms(self._venue(silence.rule_id, silence.pair), None)
        with self.database.write() as connection:
            end_silence(connection, silence_id, max(now_ms, silence.from_ms))
        self.changed()

    def _venue(self, rule_id: int | None, pair: PairParameters | None) -> str | None:
        if pair is not None:
            return parse_instrument(pair.y).venue
        with self.database.read() as connection:
            rule = next((each for each in read_rules(connection) if each.id == rule_id), None)
        if rule is None:
            raise NotFound(f"no rule {rule_id}")
        return parse_instrument(rule.pair.y).venue


def _until_ms(from_ms: int, until_ms: int | None, for_ms: int | None) -> int:
    if (until_ms is None) == (for_ms is None):
        raise ParameterError("until_ms", until_ms, "say until when or for how long, one of them")
    until_ms = from_ms + (for_ms or 0) if until_ms is None else check_effective_ms(until_ms)
    if not from_ms < until_ms <= from_ms + MAX_SILENCE_MS:
        raise ParameterError("until_ms", until_ms, "let it end after it begins, and within a year")
    return until_ms


def _silence_of(record: SilenceRecord) -> Silence:
    return Silence(
        id=record.id,
        rule_id=record.rule_id,
        pair=None if record.pair is None else parameters_of(record.pair),
        from_ms=record.from_ms,
        until_ms=record.until_ms,
        by=record.by,
        note=record.note,
        written_ms=record.written_ms,
    )
