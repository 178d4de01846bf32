"""One trace from the app through the Edge Function and the scorer into a real vLLM, and no word of a speech in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from speechgrade_local.engine import engine_installed
from speechgrade_scorer.spans import Spans
from speechgrade_shared.tracing import start_tracing, stop_tracing

from tests.otlp_collector import Collector, collecting

from .conftest import BASE, REPO, Campus, settings_for
from .served_scorer import serve
from .test_edge_function import serve_function, signed_in
from .tiny_models import write_adapter, write_base

TRACE = "a" * 32
PARENT = f"00-{TRACE}-{'b' * 16}-00"
WORDS = (b"Noor", b"Quill", b"bees", b"Ada", b"Moss", b"Content", b"Hook", b"Proof")

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not engine_installed(REPO), reason="the engine's environment is not installed"),
]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        start_tracing("scorer", "0", collector.url)
        yield collector


def test_one_trace_goes_through_function_scorer_and_engine(
    campus: Campus, collector: Collector, tmp_path: Path
) -> None:
    write_base(tmp_path / "base")
    write_adapter(tmp_path / "adapter", BASE, seed=21)
    campus.stack.start_engine(tmp_path / "base", BASE, name="traced_engine", collector_url=collector.url)
    campus.promote(campus.upload_adapter(tmp_path / "adapter"))
    settings = settings_for(campus, tmp_path / "cache", campus.stack.addresses["traced_engine_url"])
    with (
        serve(settings) as scorer,
        serve_function(campus, scorer, SPEECHGRADE_OTLP_ENDPOINT=collector.url) as url,
        signed_in(campus, url, campus.instructor) as ada,
    ):
        asked = ada.ask({"evaluation_id": campus.add_evaluation()}, traceparent=PARENT, tracestate="app=1")
        assert asked.status_code == 200, asked.text
        function = collector.one("function.score", trace=TRACE)
        attempts = collector.named(Spans.ATTEMPT)
        answers = collector.named("llm_request", count=len(attempts))
        stop_tracing()
    request, score = collector.one(Spans.REQUEST), collector.one(Spans.SCORE)
    assert {span.trace for span in (function, request, score, *attempts, *answers)} == {TRACE}
    assert function.parent == "b" * 16
    assert request.parent == function.span
    assert score.parent == request.span
    assert {attempt.parent for attempt in attempts} == {score.span}
    assert {answer.parent for answer in answers} == {attempt.span for attempt in attempts}
    assert {span.service for span in (function, request)} == {"speechgrade-function", "speechgrade-scorer"}
    sent = b"".join(collector.bodies)
    assert not [word for word in WORDS if word in sent]
    assert str(campus.instructor).encode() not in sent
