"""What the environment says of delivery."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.monitor.settings import SettingsRefused, parse_settings

STORE = {"REDIS_URL": "redis://db"}


def test_networks_and_the_boards_own_address_are_read() -> None:
    nothing = parse_settings(STORE)
    assert (nothing.alert_allowed_nets, nothing.public_url) == ((), "")
    given = parse_settings(
        {**STORE, "ALERT_ALLOWED_NETS": " 10.1.0.0/16, ::1 ,", "PUBLIC_URL": "https://b.example/sub/"}
    )
    assert [str(network) for network in given.alert_allowed_nets] == ["10.1.0.0/16", "::1/128"]
    assert given.public_url == "https://b.example/sub"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_ALLOWED_NETS", "10.0.0.1/8"),
        ("ALERT_ALLOWED_NETS", "internal"),
        ("PUBLIC_URL", "board.example"),
        ("PUBLIC_URL", "javascript:alert(1)"),
        ("PUBLIC_URL", "https://b.example/?x=1"),
    ],
)
def test_what_is_impossible_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=name):
        parse_settings({**STORE, name: value})


@pytest.mark.parametrize("module", ["dash_app.app", "engine.monitor.__main__"])
def test_apprise_is_loaded_by_the_sending_process_alone(module: str) -> None:
    code = f"import sys, {module}; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0
