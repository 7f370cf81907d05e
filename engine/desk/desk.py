"""What a desk shares for good: settings, watchlist, rules, the log of alerts and the instruments it follows."""

from __future__ import annotations

from redis import Redis

from engine.desk.alerts import AlertsDesk
from engine.desk.followed import FollowedDesk
from engine.desk.outcomes import OutcomesDesk
from engine.desk.rules import RulesDesk
from engine.desk.silences import SilencesDesk
from engine.desk.targets import TargetsDesk
from engine.desk.watchlist import WatchlistDesk
from store.sql.database import open_database


class Desk(RulesDesk, WatchlistDesk, AlertsDesk, OutcomesDesk, FollowedDesk, TargetsDesk, SilencesDesk):
    """One desk over one database: settings, watchlist, rules, alerts, targets and what changes them."""


def open_desk(database_url: str, client: Redis) -> Desk:
    """A desk on the database at an address; nothing is connected before the first call."""
    return Desk(open_database(database_url), client)
