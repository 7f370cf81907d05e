"""What the z of a snapshot is worth: its rank in its window, how often it is far out, what alerts to expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.errors import AnalyticsError
from analytics.z_honesty import AlertFrequency, BeyondShare, ZPercentile, alert_frequency, beyond_share, percentile_of_z
from engine.snapshot import Snapshot

LEAST_BARS = 120


@dataclass(frozen=True, slots=True)
class HonestZ:
    """Of the bars kept, at the snapshot's threshold; None throughout, with the reason, where there are too few."""

    beyond: BeyondShare | None = None
    alerts: AlertFrequency | None = None
    reason: str = ""


def honest_z(snapshot: Snapshot) -> HonestZ:
    """Takes about a millisecond for an hour of seconds: for a slow pace."""
    z, levels = snapshot.rows["z"], snapshot.threshold
    known = int(np.count_nonzero(~np.isnan(z)))
    if known < LEAST_BARS:
        return HonestZ(reason=f"needs {LEAST_BARS} bars with a z, has {known}")
    bar_s = snapshot.parameters.timeframe.ms / 1000
    try:
        beyond = beyond_share(z, levels.entry)
        return HonestZ(beyond, alert_frequency(z, entry=levels.entry, exit=levels.exit, bar_s=bar_s))
    except AnalyticsError as error:
        return HonestZ(reason=str(error))


def rank_of_z(snapshot: Snapshot) -> ZPercentile | None:
    """Where |z| of the last bar stands among those of the window's length of bars before it; None without a z now.

    Cheap: for every bar.
    """
    try:
        return percentile_of_z(snapshot.rows["z"][-snapshot.parameters.window - 1 :])
    except AnalyticsError:
        return None
