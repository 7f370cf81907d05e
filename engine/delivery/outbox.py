"""What is to be sent, as the database holds it: grouped into messages whose ids are written before they go."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import uuid4

from sqlalchemy import Connection

from engine.delivery.protocol import Answer
from engine.delivery.retries import MINUTE_MS, delay_ms
from engine.delivery.words import Message, message_of, test_message
from engine.desk.desk import Desk
from engine.desk.records import alert_of
from store.sql.alerts import read_alert
from store.sql.deliveries import (
    FAILED,
    GIVEN_UP,
    DeliveryRecord,
    assign_message,
    give_up,
    mark_failed,
    mark_sent,
    read_heads,
    read_sent_since,
)
from store.sql.targets import Secret, TargetRecord, read_targets

MAX_GROUP = 10
MAX_AGE_MS = 24 * 3_600_000
_HEADS = 3 * MAX_GROUP
_TOO_OLD = "not sent within a day"
_NO_TARGET = "its target was deleted"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Deliveries that go to one target in one message."""

    target: TargetRecord
    deliveries: tuple[DeliveryRecord, ...]

    @property
    def attempts(self) -> int:
        """That failed so far."""
        return self.deliveries[0].attempts

    @property
    def due_ms(self) -> int:
        return self.deliveries[0].due_ms

    @property
    def is_test(self) -> bool:
        return self.deliveries[0].alert_id is None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message ready to go, under the id that it keeps however often it goes."""

    target_id: int
    url: Secret
    message_id: str
    message: Message
    attempts: int
    is_test: bool


class Outbox:
    """`clock_ms` gives UTC milliseconds. Every method may raise `StoreUnavailable`."""

    def __init__(self, desk: Desk, *, public_url: str, clock_ms: Callable[[], int]) -> None:
        self._desk = desk
        self._public_url = public_url
        self._clock_ms = clock_ms

    def first_of_each(self, but: Collection[int]) -> list[Parcel]:
        """What comes first at each target, the most urgent first; nothing of the targets in `but`."""
        with self._desk.database.read() as connection:
            heads = read_heads(connection, _HEADS)
            targets = {target.id: target for target in read_targets(connection)} if heads else {}
        parcels: list[Parcel] = []
        for target_id, rows in groupby(heads, key=lambda row: row.target_id):
            if target_id not in targets:
                self._give_up(error=_NO_TARGET, target_id=target_id)
            elif target_id not in but:
                parcels.append(Parcel(targets[target_id], _group(tuple(rows))))
        return sorted(parcels, key=lambda parcel: (not parcel.is_test, parcel.due_ms))

    def seal(self, parcels: Sequence[Parcel]) -> list[Sealed]:
        """Write down the ids of messages, then put them together; without those that somebody else took.

        All in one transaction: on SQLite whoever judges bars waits for each that is in its way.
        """
        if not parcels:
            return []
        with self._desk.database.write() as connection:
            sealed = [self._seal(connection, parcel) for parcel in parcels]
        return [each for each in sealed if each is not None]

    def _seal(self, connection: Connection, parcel: Parcel) -> Sealed | None:
        target, message_id = parcel.target, parcel.deliveries[0].message
        if message_id is None:
            message_id = str(uuid4())
            if not assign_message(connection, [row.id for row in parcel.deliveries], message_id):
                return None
        message = self._message(connection, parcel, message_id)
        return Sealed(target.id, target.url, message_id, message, parcel.attempts, parcel.is_test)

    def note(self, answered: Sequence[tuple[Sealed, Answer]]) -> None:
        """Write down what came of messages: sent, to be tried again, or given up. A test is tried once."""
        if not answered:
            return
        now_ms = self._clock_ms()
        with self._desk.database.write() as connection:
            for sealed, answer in answered:
                _note(connection, sealed, answer, now_ms)
        self._desk.changed()

    def now_ms(self) -> int:
        return self._clock_ms()

    def sent_lately(self) -> list[tuple[int, int]]:
        """Of every message of the last minute, whoever sent it, its target and how many milliseconds ago it was."""
        now_ms = self._clock_ms()
        with self._desk.database.read() as connection:
            sent = read_sent_since(connection, now_ms - MINUTE_MS)
        return [(target_id, max(0, now_ms - sent_ms)) for target_id, sent_ms in sent]

    def give_up_old(self) -> None:
        """Nobody wants to hear today of what was yesterday: the log has it."""
        self._give_up(error=_TOO_OLD, before_ms=self._clock_ms() - MAX_AGE_MS)

    def _give_up(self, *, error: str, target_id: int | None = None, before_ms: int | None = None) -> None:
        with self._desk.database.write() as connection:
            given_up = give_up(connection, error=error, target_id=target_id, before_ms=before_ms)
        if given_up:
            self._desk.changed()

    def _message(self, connection: Connection, parcel: Parcel, message_id: str) -> Message:
        if parcel.is_test:
            return test_message(parcel.target.name, self._public_url, message_id)
        found = (read_alert(connection, alert_id) for alert_id in _alert_ids(parcel.deliveries))
        alerts = [alert_of(record) for record in found if record is not None]
        return message_of(alerts, template=parcel.target.template, public_url=self._public_url, message_id=message_id)


def _note(connection: Connection, sealed: Sealed, answer: Answer, now_ms: int) -> None:
    if answer.ok:
        mark_sent(connection, sealed.message_id, now_ms)
        return
    delay = None if sealed.is_test else delay_ms(sealed.attempts + 1, random.random())  # noqa: S311 - no secret
    state, due_ms = (GIVEN_UP, now_ms) if delay is None else (FAILED, now_ms + delay)
    mark_failed(connection, sealed.message_id, state=state, due_ms=due_ms, error=answer.reason)


def _group(rows: Sequence[DeliveryRecord]) -> tuple[DeliveryRecord, ...]:
    """Those of the first one's message, or as many without a message as go in one."""
    return tuple([row for row in rows if row.message == rows[0].message][:MAX_GROUP])


def _alert_ids(rows: Iterable[DeliveryRecord]) -> list[int]:
    return [row.alert_id for row in rows if row.alert_id is not None]
