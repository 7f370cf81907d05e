"""The call about the slow tests of a pair: verdict, confidence, every finding, and how each is made."""

from __future__ import annotations

from typing import Any, Literal

import orjson
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from dash_app.api.asked import asked_parameters
from dash_app.api.described import Described
from dash_app.api.models import PairPath, PairQuery, ParametersOut
from dash_app.api.parameters_out import parameters_out
from dash_app.api.problems import REFUSALS
from dash_app.api.times import iso_utc
from engine.bar_methods import BarMethod, bar_methods
from engine.board import Board
from engine.diagnosis import Diagnosis
from engine.findings.finding import Finding, MethodCard
from engine.findings.registry import BY_KEY
from engine.parameters import PairParameters
from engine.untested import untested_words

RETRY_AFTER_S = 2
_TAG = Tag(name="tests", description="Unit roots, cointegration, reversion: what they say and how sure it is")


class MethodOut(Described):
    formula: str
    reference: str
    assumes: str


class FindingOut(Described):
    statistic: str
    name: str
    subject: Literal["y", "x", "y on x", "x on y", "spread", "pair"]
    null: str | None = Field(description="the hypothesis that a low p speaks against")
    outcome: Literal["good", "doubtful", "bad", "none", "plain"]
    text: str
    numbers: dict[str, Any] = Field(description="statistic, p_value, lags, n, …: whatever the method gives")
    assumption_broken: str | None = Field(description="which assumption this sample breaks, as far as it is seen")
    reason: str | None = Field(description="why there are no numbers")
    as_of: str | None
    method: MethodOut


class BarNumberOut(Described):
    name: str = Field(description="of a column of `latest` and `series`")
    n: str
    method: MethodOut
    assumption_broken: str | None = Field(description="which assumption this sample breaks, as far as it is seen")


class RefitOut(Described):
    as_of: str
    passed: bool | None


class TestsOut(Described):
    parameters: ParametersOut
    as_of: str
    generation: int
    bars: int
    completeness: float | None = Field(
        description="share of the trades of these bars that were seen, of the leg that lacks more; null: not known"
    )
    absent: int = Field(description="bars left out that a leg lacks")
    unknown: int = Field(description="bars of which nobody can know whether trades are missing")
    verdict: Literal["cointegrated", "doubtful", "not cointegrated", "broken", "no result"]
    because: str
    p_value: float | None = Field(
        description="of cointegration, for having tried both directions; 0.0001 stands for anything below it"
    )
    confidence: Literal["high", "moderate", "low", "none"]
    confidence_because: list[str]
    watch: list[str]
    refits: list[RefitOut]
    bar_numbers: list[BarNumberOut] = Field(description="how the numbers of every bar are made")
    items: list[FindingOut]
    next: None = None


class WaitOut(Described):
    detail: str


def tests_api(board: Board) -> APIBlueprint:
    """The blueprint of ``/pairs/{y}/{x}/tests``."""
    api = APIBlueprint("tests", __name__, abp_tags=[_TAG], abp_responses=REFUSALS)

    @api.get(
        "/pairs/<string:y>/<string:x>/tests",
        responses={200: TestsOut, 202: WaitOut},
        summary="The slow tests of a pair; 202 with Retry-After until first computed",
    )
    def tests(path: PairPath, query: PairQuery) -> Response:  # noqa: ARG001
        parameters = asked_parameters(path.y, path.x, request.args)
        board.reader.snapshot(parameters)  # an instrument that is not there is refused
        board.reader.look(parameters)
        diagnosis = board.reader.diagnosis(parameters)
        return _waiting(parameters) if diagnosis is None else _answer(200, _tests(parameters, diagnosis))

    return api


def _waiting(parameters: PairParameters) -> Response:
    answer = _answer(202, {"detail": f"Not tested yet: ask again. {untested_words(parameters)}"})
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")


def _tests(parameters: PairParameters, diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "parameters": parameters_out(parameters),
        "as_of": iso_utc(diagnosis.as_of_ms),
        "generation": diagnosis.generation,
        "bars": diagnosis.bars,
        "completeness": diagnosis.completeness.share,
        "absent": diagnosis.completeness.absent,
        "unknown": diagnosis.completeness.unknown,
        "verdict": diagnosis.verdict.value,
        "because": diagnosis.because,
        "p_value": diagnosis.p_value,
        "confidence": diagnosis.confidence.value,
        "confidence_because": list(diagnosis.sure_because),
        "watch": list(diagnosis.watch),
        "refits": [{"as_of": iso_utc(refit.as_of_ms), "passed": refit.passed} for refit in diagnosis.refits],
        "bar_numbers": [_bar_number(each) for each in bar_methods(parameters, diagnosis)],
        "items": [_finding(finding, diagnosis) for finding in diagnosis.findings if finding.statistic in BY_KEY],
        "next": None,
    }


def _bar_number(number: BarMethod) -> dict[str, Any]:
    return {
        "name": number.name,
        "n": number.n,
        "method": _method(number.card),
        "assumption_broken": number.broken or None,
    }


def _finding(finding: Finding, diagnosis: Diagnosis) -> dict[str, Any]:
    statistic = BY_KEY[finding.statistic]
    as_of_ms = diagnosis.dear_as_of_ms if statistic.dear else diagnosis.as_of_ms
    return {
        "statistic": statistic.key,
        "name": statistic.name,
        "subject": finding.subject.value,
        "null": statistic.null or None,
        "outcome": finding.outcome.value,
        "text": finding.text,
        "numbers": finding.numbers,
        "assumption_broken": finding.broken or None,
        "reason": finding.reason or None,
        "as_of": None if as_of_ms is None else iso_utc(as_of_ms),
        "method": _method(statistic.card),
    }


def _method(card: MethodCard) -> dict[str, str]:
    return {"formula": card.formula, "reference": card.reference, "assumes": card.assumes}
