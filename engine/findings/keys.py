"""Keys of the statistics that others than their own file ask for."""

from __future__ import annotations

BOTH_WAYS = "engle_granger_both"
UNIT_ROOT = "adf"
HALF_LIFE = "half_life"
CUSUM = "cusum"
GREGORY_HANSEN = "gregory_hansen"
PARTS = "parts"
NOISE_CHECK = "noise_check"
SYNCHRONY = "synchrony"
KALMAN_HEALTH = "kalman_health"
