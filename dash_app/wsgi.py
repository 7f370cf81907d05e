"""Composition root of the web process: environment → board → application, which warms itself before it serves."""

from __future__ import annotations

import atexit
import gc

from dash_app.answer_times import AnswerTimes
from dash_app.app import create_app
from dash_app.settings import read_settings
from engine.board import open_board

_settings = read_settings()
_board = open_board(
    _settings.redis_url,
    _settings.database_url,
    alert_allowed_nets=_settings.alert_allowed_nets,
    public_url=_settings.public_url,
)
server = create_app(_board).server
_times = AnswerTimes(server.wsgi_app)
server.wsgi_app = _times
_heartbeat = _board.system.heartbeat("web", _times.vitals)
_heartbeat.start()
atexit.register(_heartbeat.close)
gc.collect()
gc.freeze()  # what is there now stays: no collection need walk through it again, which takes tens of ms
