"""Pure functions of arrays: hedge ratios, spread, z-scores, tests, alert rules as state machines."""
