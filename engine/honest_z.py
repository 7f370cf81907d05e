"""What the z of a snapshot is worth: its rank among the others, how often it is far out, what alerts to expect."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.errors import AnalyticsError
from analytics.z_honesty import AlertFrequency, BeyondShare, ZPercentile, alert_frequency, beyond_share, percentile_of_z
from engine.snapshot import Snapshot

LEAST_BARS = 120


@dataclass(frozen=True, slots=True)
class HonestZ:
    """Of the bars kept, at the snapshot's threshold; None throughout, with the reason, where there are too few.

    `percentile` is of the last bar's |z| and None where that bar has no z.
    """

    percentile: ZPercentile | None = None
    beyond: BeyondShare | None = None
    alerts: AlertFrequency | None = None
    reason: str = ""


def honest_z(snapshot: Snapshot) -> HonestZ:
    """Takes about a millisecond for an hour of seconds: for a slow pace."""
    z, levels = snapshot.rows["z"], snapshot.threshold
    bar_s = snapshot.parameters.timeframe.ms / 1000
    try:
        beyond = beyond_share(z, levels.entry)
        if beyond.n < LEAST_BARS:
            return HonestZ(reason=f"needs {LEAST_BARS} bars with a z, has {beyond.n}")
        alerts = alert_frequency(z, entry=levels.entry, exit=levels.exit, bar_s=bar_s)
    except AnalyticsError as error:
        return HonestZ(reason=str(error))
    try:
        percentile = percentile_of_z(z)
    except AnalyticsError:
        percentile = None
    return HonestZ(percentile, beyond, alerts)
