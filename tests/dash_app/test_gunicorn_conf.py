"""Where the web server listens."""

from __future__ import annotations

import runpy

import pytest


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "127.0.0.1:8050"),
        ({"PORT": "9000", "HOST": "192.168.1.7"}, "192.168.1.7:9000"),
        ({"DYNO": "web.1", "PORT": "5000"}, "0.0.0.0:5000"),
        ({"PLATFORM": "1", "PORT": "5000", "HOST": "127.0.0.1"}, "127.0.0.1:5000"),
    ],
)
def test_it_listens_where_the_router_of_a_platform_finds_it(
    environment: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PORT", "HOST", "DYNO", "PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert runpy.run_path("dash_app/gunicorn_conf.py")["bind"] == address
