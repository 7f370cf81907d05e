"""What a desk shares for good: settings, watchlist, rules, the log of alerts and the instruments it follows."""

from __future__ import annotations

from collections.abc import Sequence

from redis import Redis

from engine.delivery.addresses import Network
from engine.desk.alerts import AlertsDesk
from engine.desk.followed import FollowedDesk
from engine.desk.notes import NotesDesk
from engine.desk.outcomes import OutcomesDesk
from engine.desk.rules import RulesDesk
from engine.desk.silences import SilencesDesk
from engine.desk.stages import StagesDesk
from engine.desk.targets import TargetsDesk
from engine.desk.watchlist import WatchlistDesk
from store.sql.database import open_database


class Desk(
    RulesDesk, WatchlistDesk, StagesDesk, NotesDesk, AlertsDesk, OutcomesDesk, FollowedDesk, TargetsDesk, SilencesDesk
):
    """One desk over one database: settings, watchlist and lives of its pairs, notes, rules, alerts, targets."""


def open_desk(
    database_url: str, client: Redis, *, alert_allowed_nets: Sequence[Network] = (), public_url: str = ""
) -> Desk:
    """A desk on the database at an address; nothing is connected before the first call."""
    database = open_database(database_url)
    return Desk(database, client, alert_allowed_nets=alert_allowed_nets, public_url=public_url)
