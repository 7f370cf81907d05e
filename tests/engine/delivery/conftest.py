"""A desk over a fresh database and a real store, as the monitor's tests have."""

from tests.engine.monitor.conftest import desk as desk
