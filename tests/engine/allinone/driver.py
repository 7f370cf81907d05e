"""Runs a board of small stand-in programs: ``python driver.py FOLDER PORT BEHAVIOUR``.

The store, the supervisor and the database are the real ones; only ingest, monitor and web are
scripts of a few lines, so that what they do, and when, is known.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from engine.allinone.board import run_board
from engine.allinone.errors import CannotStart
from engine.allinone.programs import Program, board_programs
from engine.allinone.settings import read_settings

SLEEP = """
import time
print("up", flush=True)
time.sleep(600)
"""
STUBBORN = f"""
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
{SLEEP}
"""
ENDS = "print('all played')"
REFUSES = """
print("no symbol XYZ: correct SYMBOLS")
raise SystemExit(2)
"""
WEB = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
INGEST = {"live": SLEEP, "replay": ENDS, "refused": REFUSES, "stubborn": STUBBORN}


def stand_in(program: Program, behaviour: str, folder: Path) -> Program:
    script = {"ingest": INGEST[behaviour], "monitor": SLEEP, "web": WEB}.get(program.name)
    if script is None:
        return program
    file = folder / f"{program.name}.py"
    file.write_text(script)
    return replace(program, command=(sys.executable, str(file)))


def main(folder: Path, port: str, behaviour: str) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    feed = "replay" if behaviour == "replay" else "binance-spot"
    environ = {**os.environ, "PORT": port, "FEED": feed}
    settings = read_settings(environ, folder)
    programs = [stand_in(program, behaviour, folder) for program in board_programs(settings)]
    try:
        return run_board(settings, programs, environ, stop)
    except CannotStart as error:
        sys.stdout.write(f"refused: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
