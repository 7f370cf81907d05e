"""Composition root of the web process: environment → board → application, which warms itself before it serves."""

from __future__ import annotations

import gc

from dash_app.app import create_app
from dash_app.settings import read_settings
from engine.board import open_board

_settings = read_settings()
server = create_app(open_board(_settings.redis_url, _settings.database_url)).server
gc.collect()
gc.freeze()  # what is there now stays: no collection need walk through it again, which takes tens of ms
