"""Random numbers addressed by name: the same words give the same stream, whoever asks, and in whatever order."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def keyed_generator(seed: int, name: str, purpose: str, block: int) -> np.random.Generator:
    """A counter-based generator (Philox) for one block of one named thing.

    `block` is a number of an hour or of a run of hours since the Unix epoch, not negative.
    """
    words = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, crc32(name.encode()), crc32(purpose.encode()), block)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))
