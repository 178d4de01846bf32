"""A score's trace: from whoever asked to every call of the engine, also when another scorer does the work later."""

from collections.abc import Iterator

import httpx
import pytest
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_scorer.spans import Facts, Spans
from speechgrade_shared.tracing import start_tracing, stop_tracing

from tests.otlp_collector import Collector, Seen, collecting

from .conftest import RUBRIC, FakeEngine, FakeProject, calling, fails, says
from .test_durable_requests import abandoned, ended

pytestmark = pytest.mark.anyio
PARENT = f"00-{'a' * 32}-{'b' * 16}-00"
ASKED = {"traceparent": PARENT, "tracestate": "app=1"}
SPEECH = "I am Noor and I like zeppelins."
WORDS = (b"Noor", b"zeppelin", b"Content", b"Hook", b"Well done", b"Clear")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        start_tracing("scorer", "0", collector.url)
        yield collector


def asked_by(headers: httpx.Headers) -> tuple[str, str]:
    """The trace and the step that the engine is told it works for."""
    _, trace, step, flags = headers["traceparent"].split("-")
    assert flags == "01"
    return trace, step


async def test_one_trace_goes_from_the_caller_to_the_engine(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, collector: Collector
) -> None:
    engine.replies = [says("no json at all"), *engine.replies]
    response = await client.post("/v1/score", json={"evaluation_id": project.add_evaluation(SPEECH)}, headers=ASKED)
    assert response.status_code == 200
    stop_tracing()
    request, accept, score, anonymize, keep = (
        collector.one(name) for name in (Spans.REQUEST, Spans.ACCEPT, Spans.SCORE, Spans.ANONYMIZE, Spans.KEEP)
    )
    attempts = collector.named(Spans.ATTEMPT, count=2)
    assert {span.trace for span in collector.spans} == {"a" * 32}
    assert request.parent == "b" * 16
    assert (accept.parent, score.parent) == (request.span, request.span)
    assert {span.parent for span in (anonymize, keep, *attempts)} == {score.span}
    assert [asked_by(headers) for headers in engine.headers] == [(span.trace, span.span) for span in attempts]
    assert {headers["tracestate"] for headers in engine.headers} == {"app=1"}
    assert [span.is_error for span in attempts] == [True, False]
    assert attempts[0].attributes["error.type"] == "answer_unreadable"
    assert request.attributes == {Facts.METHOD: "POST", Facts.ROUTE: "/v1/score", Facts.STATUS: 200}
    assert score.attributes[Facts.SCORE_ID] == response.json()["score_id"]


async def test_no_word_of_a_speech_or_a_rubric_is_in_a_trace(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, collector: Collector
) -> None:
    engine.replies = [fails(400), *engine.replies]
    for body in ({"evaluation_id": project.add_evaluation(SPEECH)}, {"transcript": SPEECH, "rubric": RUBRIC}, {}):
        await client.post("/v1/score", json=body, headers={**ASKED, "X-Requested-By": "user:6a6f"})
    await client.get("/v1/Noor")
    stop_tracing()
    sent = b"".join(collector.bodies)
    assert not [word for word in (*WORDS, b"6a6f") if word in sent]
    known = {*map(str, Facts), "error.type"}
    assert {name for span in collector.spans for name in span.attributes} <= known
    assert {span.name for span in collector.spans} <= set(Spans)


@pytest.mark.parametrize("is_traced_here", [True, False])
async def test_a_score_that_another_scorer_takes_up_keeps_its_trace(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine, collector: Collector, is_traced_here: bool
) -> None:
    if not is_traced_here:
        stop_tracing()
    score_id = abandoned(project, evaluation_id=project.add_evaluation(SPEECH), traceparent=PARENT)
    service = ScoringService(settings, project, engine.client())  # type: ignore[arg-type]
    async with calling(service):
        await ended(project)
    stop_tracing()
    if is_traced_here:
        score, attempt = collector.one(Spans.SCORE), collector.one(Spans.ATTEMPT)
        assert (score.trace, score.parent) == ("a" * 32, "b" * 16)
        assert score.attributes[Facts.CLAIMED] is True
        assert score.attributes[Facts.SCORE_ID] == score_id
        assert asked_by(engine.headers[0]) == (attempt.trace, attempt.span)
    else:
        # The engine may be traced where the scorer is not.
        assert engine.headers[0]["traceparent"] == PARENT


async def test_the_scores_of_a_batch_belong_to_whoever_ordered_it(
    client: httpx.AsyncClient, project: FakeProject, collector: Collector
) -> None:
    evaluations = [project.add_evaluation(SPEECH) for _ in range(2)]
    await client.post("/v1/score/batch", json={"evaluation_ids": evaluations}, headers=ASKED)
    await ended(project, 2)
    stop_tracing()
    assert {span.trace for span in collector.named(Spans.SCORE, count=2)} == {"a" * 32}
    assert _parents(collector.named(Spans.SCORE, count=2)) == {collector.one(Spans.REQUEST).span}


async def test_probes_are_no_part_of_a_trace(client: httpx.AsyncClient, collector: Collector) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/version"):
        await client.get(path, headers=ASKED)
    stop_tracing()
    assert collector.spans == []


def _parents(spans: list[Seen]) -> set[str]:
    return {span.parent for span in spans}
