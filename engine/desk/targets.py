"""The desk's targets: where messages of alerts go, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import Connection

from engine.delivery.checking import check_address
from engine.delivery.templates import check_template
from engine.delivery.words import EXAMPLE, Message, message_of
from engine.desk.base import DeskBase
from engine.desk.changes import MAX_NAME, check_text
from engine.desk.records import alert_of
from engine.desk.types import FIRING, Delivery, DeliveryState, Target, TargetQueue
from engine.errors import NotFound, ParameterError
from store.sql.alerts import read_newest_alerts
from store.sql.deliveries import DeliveryRecord, append_test, give_up, read_deliveries, read_queues
from store.sql.rules import read_rules
from store.sql.targets import (
    Secret,
    TargetRecord,
    append_target,
    delete_target,
    read_rule_targets,
    read_targets,
    replace_rule_targets,
    replace_target,
)

MAX_TARGETS = 200
MAX_PER_MINUTE = 60
DEFAULT_PER_MINUTE = 20
MAX_DELIVERIES = 1_000


class TargetsDesk(DeskBase):
    """Addresses are checked when they are given, and never told again: `Target.shown` is all that is.

    They mean public addresses or `alert_allowed_nets`. A `Target.doubt` is told once, where its address was given.
    """

    def targets(self) -> tuple[Target, ...]:
        """All targets, the first made first."""
        return self._cached("targets", lambda connection: tuple(map(_target_of, read_targets(connection))))

    def target(self, target_id: int) -> Target:
        """One target; raise `NotFound`."""
        for target in self.targets():
            if target.id == target_id:
                return target
        raise NotFound(f"no target {target_id}")

    def add_target(
        self,
        name: str,
        url: str,
        *,
        everything: bool = True,
        per_minute: int = DEFAULT_PER_MINUTE,
        template: str = "",
    ) -> Target:
        """A target by its Apprise address; `everything`: alerts of rules that name no targets. Raise `ParameterError`.

        Takes a second or two: the address is read by the code that will use it.
        """
        if len(self.targets()) >= MAX_TARGETS:
            raise ParameterError("name", name, f"there are {MAX_TARGETS} targets: delete one first")
        record = TargetRecord(
            name=_name(name),
            url=Secret(url.strip()),
            shown="",
            everything=everything,
            per_minute=_per_minute(per_minute),
            template=check_template(template),
            created_ms=self._clock_ms(),
        )
        _refuse_namesake(self.targets(), record.name)
        checked = check_address(url, self._alert_allowed_nets)
        record = record._replace(shown=checked.shown)
        with self.database.write() as connection:
            _refuse_namesake(read_targets(connection), record.name)
            target_id = append_target(connection, record)
        self.changed()
        return replace(self.target(target_id), doubt=checked.doubt)

    def put_target(
        self,
        target_id: int,
        name: str,
        *,
        everything: bool,
        per_minute: int,
        template: str = "",
        url: str | None = None,
    ) -> Target:
        """Say a target anew; without `url` its address stays. Raise `NotFound`, `ParameterError`."""
        name, per_minute, template_or_none = _name(name), _per_minute(per_minute), check_template(template)
        self.target(target_id)
        checked = None if url is None else check_address(url, self._alert_allowed_nets)
        with self.database.write() as connection:
            there = read_targets(connection)
            record = next((each for each in there if each.id == target_id), None)
            if record is None:
                raise NotFound(f"no target {target_id}")
            if name != record.name:
                _refuse_namesake(there, name)
            record = record._replace(name=name, everything=everything, per_minute=per_minute, template=template_or_none)
            if url is not None and checked is not None:
                record = record._replace(url=Secret(url.strip()), shown=checked.shown)
            replace_target(connection, record)
        self.changed()
        return replace(self.target(target_id), doubt="" if checked is None else checked.doubt)

    def delete_target(self, target_id: int) -> None:
        """End a target, forget its address, give up what it has not got yet. Raise `NotFound`."""
        with self.database.write() as connection:
            if not delete_target(connection, target_id, self._clock_ms()):
                raise NotFound(f"no target {target_id}")
            give_up(connection, error="its target was deleted", target_id=target_id)
        self.changed()

    def test_target(self, target_id: int) -> Delivery:
        """Have the monitor send a test, once; `deliveries` tells what became of it. Raise `NotFound`."""
        target = self.target(target_id)
        with self.database.write() as connection:
            record = append_test(connection, target_id, str(uuid4()), self._clock_ms())
        self.changed()
        return _delivery_of((record, target.name))

    def preview_target(self, template: str) -> Message:
        """What a message of a template looks like: of the newest alert, else of an example. Raise `ParameterError`."""
        checked = check_template(template)
        newest = self._cached(
            "an alert to show", lambda connection: tuple(map(alert_of, read_newest_alerts(connection, 1, FIRING)))
        )
        return message_of(
            newest or (EXAMPLE,), template=checked, public_url=self._public_url, message_id=str(UUID(int=0))
        )

    def rule_targets(self) -> Mapping[int, tuple[int, ...]]:
        """The targets that rules name, by the rule's id; the others' alerts go to the targets for everything."""
        return self._cached("rule targets", read_rule_targets)

    def put_rule_targets(self, rule_id: int, target_ids: Iterable[int]) -> tuple[int, ...]:
        """Say to which targets alone a rule's alerts go; none: to those for everything. Raise `NotFound`."""
        wanted = tuple(sorted(set(target_ids)))
        with self.database.write() as connection:
            _check_there(connection, rule_id, wanted)
            replace_rule_targets(connection, rule_id, wanted)
        self.changed()
        return wanted

    def deliveries(
        self,
        *,
        limit: int = 100,
        before: int | None = None,
        target_id: int | None = None,
        alert_id: int | None = None,
        state: DeliveryState | None = None,
    ) -> tuple[Delivery, ...]:
        """What was or is to be sent, the newest first; `before` is the id of the last one of the page before."""
        if not 1 <= limit <= MAX_DELIVERIES:
            raise ParameterError("limit", limit, f"give a whole number from 1 to {MAX_DELIVERIES}")
        return self._cached(
            ("deliveries", limit, before, target_id, alert_id, state),
            lambda connection: tuple(
                map(
                    _delivery_of,
                    read_deliveries(
                        connection, limit=limit, before=before, target_id=target_id, alert_id=alert_id, state=state
                    ),
                )
            ),
        )

    def queues(self) -> Mapping[int, TargetQueue]:
        """How each target stands, by its id."""
        return self._cached(
            "queues", lambda connection: {each[0]: TargetQueue(*each[1:]) for each in read_queues(connection)}
        )


def _check_there(connection: Connection, rule_id: int, target_ids: Iterable[int]) -> None:
    if all(rule.id != rule_id for rule in read_rules(connection)):
        raise NotFound(f"no rule {rule_id}")
    there = {target.id for target in read_targets(connection)}
    for target_id in target_ids:
        if target_id not in there:
            raise NotFound(f"no target {target_id}")


def _name(text: str) -> str:
    name = check_text("name", text, MAX_NAME)
    if not name:
        raise ParameterError("name", name, "give the target a name, by which the log speaks of it")
    return name


def _refuse_namesake(there: Iterable[Target | TargetRecord], name: str) -> None:
    """The log speaks of targets by their names."""
    for target in there:
        if target.name == name:
            raise ParameterError("name", name, f"target {target.id} is called so: give another name")


def _per_minute(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_PER_MINUTE:
        raise ParameterError("per_minute", value, f"give a whole number of messages from 1 to {MAX_PER_MINUTE}")
    return value


def _target_of(record: TargetRecord) -> Target:
    return Target(
        id=record.id,
        name=record.name,
        shown=record.shown,
        everything=record.everything,
        per_minute=record.per_minute,
        template=record.template or "",
        created_ms=record.created_ms,
    )


def _delivery_of(named: tuple[DeliveryRecord, str]) -> Delivery:
    record, target = named
    return Delivery(
        id=record.id,
        alert_id=record.alert_id,
        target_id=record.target_id,
        target=target,
        message_id=record.message or "",
        state=DeliveryState(record.state),
        attempts=record.attempts,
        due_ms=record.due_ms,
        sent_ms=record.sent_ms,
        error=record.error or "",
        created_ms=record.created_ms,
    )
