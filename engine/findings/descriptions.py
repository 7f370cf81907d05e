"""Statistics that describe and judge nothing: an entry here is all that it takes to show one."""

from __future__ import annotations

import numpy as np

from analytics.dependence import distance_correlation
from engine.findings.finding import MethodCard, Statistic
from engine.findings.judging import described

STATISTICS = (
    Statistic(
        key="distance_correlation",
        name="Distance correlation of one-bar changes",
        card=MethodCard(
            formula="sqrt(dCov² / sqrt(dVar² · dVar²)) of the distances between all pairs of changes",
            reference="Székely, Rizzo & Bakirov 2007",
            assumes="changes of equal spacing; of independent legs it reads about 1 / √n, not 0",
        ),
        find=described(
            "distance_correlation",
            lambda sample: distance_correlation(np.diff(sample.y), np.diff(sample.x)),
            lambda found: f"Distance correlation {found.value:.2f}; independent changes read {found.n**-0.5:.2f}",
        ),
    ),
)
