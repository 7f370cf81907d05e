"""What keeps uploads in the store, beside the roll-up of history and in its thread."""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.history_rollup import RolledUp
from engine.uploads.uploads import Uploads

_LOG = logging.getLogger(__name__)


def with_uploads(rollup: Callable[[], RolledUp], uploads: Uploads) -> Callable[[], RolledUp]:
    """The roll-up, and, where it has nothing left to do, a look whether the store has what SQL has of uploads."""

    def run() -> RolledUp:
        done = rollup()
        if not done.more:
            restored = uploads.restore()
            if restored:
                _LOG.info("%d upload%s put right in the store", restored, "s" * (restored != 1))
        return done

    return run
