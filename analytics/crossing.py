"""How often a Brownian motion W(r), r from 0 to 1, leaves the lines ± height · (1 + 2 r).

They are those of Brown, Durbin & Evans (1975), who give the first terms.

>>> [round(crossing_probability(height), 3) for height in (0.85, 0.948, 1.143)]
[0.1, 0.05, 0.01]
"""

from __future__ import annotations

import math

# Lines as close as this every motion leaves, to the last digit.
CERTAIN = 0.1
# What an image further out than this adds is lost in the last digit.
FARTHEST = 6.0


def crossing_probability(height: float) -> float:
    """The probability of leaving either line, for a height of 0 or more; exact, by the method of images.

    Motions from 2 k · height, with weights (-1)^k · exp(-4 k² · height²), cancel each other on both lines: what
    they have together between the lines at r = 1 is what never left.
    """
    if height < CERTAIN:
        return 1.0
    stays = math.fsum(
        (-1.0) ** k
        * math.exp(-((2.0 * k * height) ** 2))
        * (_normal((3.0 - 2.0 * k) * height) - _normal((-3.0 - 2.0 * k) * height))
        for k in range(-math.ceil(FARTHEST / height), math.ceil(FARTHEST / height) + 1)
    )
    return min(max(1.0 - stays, 0.0), 1.0)


def _normal(value: float) -> float:
    return 0.5 * math.erfc(-value / math.sqrt(2.0))
