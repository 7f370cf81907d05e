"""An export of the log leaves nothing of its address out in silence."""

from __future__ import annotations

import pytest

from dash_app.app import create_app
from dash_app.log_filter import SHOWS, read_filter, strict_filter
from engine.board import Board
from engine.errors import ParameterError
from engine.rules.kinds import KINDS

WRONG = [{"pair": "zz"}, {"kind": "yy"}, {"show": "odd"}, {"before": "1e3"}, {"knd": "z"}, {"pair": "a b", "kind": "y"}]


@pytest.mark.parametrize("view", WRONG)
def test_what_is_not_understood_is_refused(view: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        strict_filter(view)


def test_what_is_understood_is_read_as_the_page_reads_it() -> None:
    views = [{}, {"pair": "", "kind": ""}, {"pair": "sim:A sim:B"}, {"before": "7"}]
    views += [{"kind": kind} for kind in KINDS] + [{"show": show} for show in SHOWS]
    assert [strict_filter(view) for view in views] == [read_filter(view) for view in views]


def test_both_exports_answer_400_in_words(board: Board) -> None:
    web = create_app(board).server.test_client()
    for form in ("csv", "xlsx"):
        answer = web.get(f"/export/alerts.{form}?pair=zz&kind=yy")
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert "The parameter pair cannot be zz: name two legs" in answer.get_data(as_text=True)
        assert web.get(f"/export/alerts.{form}?kind=z").status_code == 200
