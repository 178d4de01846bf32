"""The scorer over HTTP in front of a real vLLM on CPU, on the real project."""

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import anyio
import httpx
import pytest
from speechgrade_local.engine import engine_installed
from speechgrade_scorer.adapters.routing import Scopes
from speechgrade_scorer.doctor.examination import Wishes, examine
from speechgrade_scorer.doctor.rehearsal import NAME as REHEARSAL
from speechgrade_scorer.engines.provider import Question
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.institution_rules import set_rule
from speechgrade_scorer.scoring.certainty import certainty_of
from speechgrade_scorer.scoring.outcomes import Scored
from speechgrade_scorer.scoring.points_in_tokens import number_places, placed_tokens
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_scorer.spans import Spans
from speechgrade_shared.answer import answer_schema
from speechgrade_shared.manifests import adapter_name
from speechgrade_shared.prompt import RENDERER_VERSION, render_messages
from speechgrade_shared.rubric import parse_rubric
from speechgrade_shared.tracing import start_tracing, stop_tracing

from tests.otlp_collector import Collector, collecting

from .conftest import BASE, REPO, TOKEN, Campus, settings_for
from .forced_enumeration import forced_chances, told_ids
from .grammar_judge import judged
from .injection.corpus import CLASSES, attacks
from .injection.judge import tried
from .served_scorer import serve
from .test_edge_function import deno, serve_function, signed_in
from .tiny_models import write_adapter, write_base
from .under_load import Side, answers, side_by_side, under_load

TRACE = "a" * 32
PARENT = f"00-{TRACE}-{'b' * 16}-00"
WORDS = (b"Noor", b"Quill", b"bees", b"Ada", b"Moss", b"Content", b"Hook", b"Proof")
GRAMMAR_RUBRICS = int(os.environ.get("SPEECHGRADE_GRAMMAR_RUBRICS", "8"))
pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.skipif(not engine_installed(REPO), reason="the engine's environment is not installed"),
]


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Takes the engine's spans in every test of this file."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="session")
def adapters(campus: Campus, collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two registered adapters for the base that the engine serves, by digest. Boots the engine."""
    folder = tmp_path_factory.mktemp("models")
    write_base(folder / "base")
    for seed in (1, 2):
        write_adapter(folder / str(seed), BASE, seed)
    campus.stack.start_engine(folder / "base", BASE, collector_url=collector.url)
    return campus.upload_adapter(folder / "1"), campus.upload_adapter(folder / "2")


@pytest.fixture(scope="module")
def scorer(campus: Campus, adapters: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scorer with the first adapter as champion, and the Edge Function in front of it."""
    campus.promote(adapters[0])
    settings = settings_for(campus, tmp_path_factory.mktemp("cache"), campus.stack.engine_url)
    with serve(settings) as url:
        deno("cache", "index.ts")
        campus.stack.start_functions({"SPEECHGRADE_SCORER_URL": url, "SPEECHGRADE_SCORER_TOKEN": TOKEN})
        yield url


@pytest.fixture(scope="module")
def caller(scorer: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=scorer, headers=headers, timeout=60, trust_env=False) as caller:
        yield caller


def test_an_instructor_gets_a_score_through_the_edge_function(
    campus: Campus, scorer: str, adapters: tuple[str, str]
) -> None:
    assert scorer
    evaluation, key = campus.add_evaluation(), str(uuid.uuid4())
    own = through_the_edge(campus, str(campus.instructor), evaluation, key)
    assert own.status_code == 200, own.text
    assert own.json()["model_used"] == campus.model_used(evaluation)
    assert adapter_name(adapters[0]) in own.json()["model_used"]
    assert through_the_edge(campus, str(campus.instructor), evaluation, key).json() == own.json()
    assert campus.score(own.json()["score_id"])["requested_by"] == f"user:{campus.instructor}"
    stranger = through_the_edge(campus, str(uuid.uuid4()), evaluation)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "evaluation_unknown")
    assert through_the_edge(campus, None, evaluation).status_code == 401
    empty = through_the_edge(campus, str(campus.instructor), campus.add_evaluation(transcript=""))
    assert (empty.status_code, empty.json()["code"]) == (422, "transcript_missing")


async def test_the_doctor_finds_nothing_wrong_on_a_real_engine(
    campus: Campus, scorer: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = settings_for(campus, tmp_path_factory.mktemp("doctor"), campus.stack.engine_url)
    found = await examine(settings, Wishes(scorer))
    answered = {one.name: one.code for one in found}
    assert {name: code for name, code in answered.items() if code != "ok"} == {}
    assert {"adapters at run time", "structured outputs", "function's token", REHEARSAL} <= answered.keys()
    # An engine that was started without these routes answers like this one does where it has none.
    unknown = httpx.post(f"{campus.stack.engine_url}/v1/no_such_route", json={"lora_name": "doctor-0"}, trust_env=False)
    assert unknown.status_code == 404
    assert "doctor-0" not in unknown.text


def test_a_champion_scores_under_its_digest_until_it_is_tainted(
    caller: httpx.Client, campus: Campus, adapters: tuple[str, str]
) -> None:
    evaluation = campus.add_evaluation()
    response = caller.post("/v1/score", json={"evaluation_id": evaluation})
    body = response.json()
    assert response.status_code == 200, body
    names = [adapter_name(digest) for digest in adapters]
    expected = f"{BASE}@1+{names[0]}+{RENDERER_VERSION}"
    assert body["model_used"] == campus.model_used(evaluation) == expected
    kept = campus.score(body["score_id"])
    assert (kept["status"], kept["adapter_digest"]) == ("ok", adapters[0])
    assert kept["engine"].startswith("vllm/")
    assert list(body["sections"]) == ["Content", "Time"]
    assert body["totalScore"] == sum(section["score"] for section in body["sections"].values())
    assert names[0] in engine_models(campus)

    campus.promote(adapters[1])
    assert eventually(caller, lambda found: found[0]["digest"] == adapters[1] and found[0]["loaded"])
    assert caller.post("/v1/score", json={"evaluation_id": evaluation}).json()["adapter"]["name"] == names[1]
    assert eventually(caller, lambda _: names[0] not in engine_models(campus))

    campus.taint(adapters[1])
    assert eventually(caller, lambda found: not found[0]["loaded"])
    refusal = caller.post("/v1/score", json={"evaluation_id": evaluation})
    assert (refusal.status_code, refusal.json()["code"]) == (503, "no_champion")
    assert names[1] not in engine_models(campus)
    assert caller.get("/readyz").json()["reasons"] == ["no_champion"]
    assert campus.model_used(evaluation) == f"{BASE}@1+{names[1]}+{RENDERER_VERSION}"


async def test_whatever_the_rubric_every_answer_is_inside_its_bounds_and_on_its_grid(
    campus: Campus, adapters: tuple[str, str]
) -> None:
    assert adapters
    engine = Engine(campus.stack.engine_url, timeout_s=300)
    taken = await judged(engine, BASE, rubrics=GRAMMAR_RUBRICS, samples=2)
    await engine.close()
    assert len({speech.total for speech in taken}) > GRAMMAR_RUBRICS / 2


async def test_no_attack_breaks_the_shape_of_an_answer(campus: Campus, adapters: tuple[str, str]) -> None:
    assert adapters
    engine = Engine(campus.stack.engine_url, timeout_s=300)
    # Two of each class; `make judge-scorer` tries all of them, on a model that has learned to grade.
    trials = await tried(engine, BASE, attacks()[: 2 * len(CLASSES)])
    await engine.close()
    assert {trial.attack.kind for trial in trials} == set(CLASSES)
    assert [trial.attack.payload for trial in trials if not trial.holds] == []


async def test_certainty_is_what_forcing_every_number_shows(campus: Campus, adapters: tuple[str, str]) -> None:
    assert adapters
    rubric = parse_rubric(
        {"pointStep": 1, "categories": [{"name": "Content", "points": 4}, {"name": "Time", "points": 2}]}
    )
    question = Question(BASE, render_messages(rubric, "I speak."), answer_schema(rubric), 2048, temperature=0, seed=1)
    engine = Engine(campus.stack.engine_url)
    completion = await engine.complete(question)
    silent = await engine.complete(replace(question, with_certainty=False))
    await engine.close()
    assert (silent.text, silent.tokens) == (completion.text, ())

    certainty = certainty_of(completion, rubric)
    assert certainty
    prompt, answer = told_ids(campus.stack.engine_url, question.as_body())
    assert len(answer) == len(completion.tokens)
    spans = number_places(completion.text).values()
    places = [placed.start for placed in placed_tokens(completion.text, completion.tokens)]
    for known, (start, _), maximum in zip(certainty.criteria, spans, (4, 2), strict=True):
        before = [*prompt, *answer[: places.index(start)]]
        forced = forced_chances(campus.stack.engine_url, BASE, before, digit_ids(maximum))
        assert known.interval
        assert known.interval.expected == pytest.approx(sum(p * share for p, share in enumerate(forced)), abs=1e-3)
        assert known.probability == pytest.approx(forced[int(completion.text[start])], abs=1e-3)


def test_one_trace_goes_through_function_scorer_and_engine_without_a_word_of_the_speech(
    campus: Campus, trained: tuple[str, str], collector: Collector, tmp_path: Path
) -> None:
    campus.promote(trained[0])
    settings = settings_for(campus, tmp_path / "cache", campus.stack.engine_url)
    start_tracing("scorer", "0", collector.url)
    with (
        serve(settings) as scorer,
        serve_function(campus, scorer, SPEECHGRADE_OTLP_ENDPOINT=collector.url) as url,
        signed_in(campus, url, campus.instructor) as ada,
    ):
        asked = ada.ask({"evaluation_id": campus.add_evaluation()}, traceparent=PARENT, tracestate="app=1")
        assert asked.status_code == 200, asked.text
        function = collector.one("function.score", trace=TRACE)
        attempts = collector.named(Spans.ATTEMPT, trace=TRACE)
        answers = collector.named("llm_request", trace=TRACE, count=len(attempts))
        stop_tracing()
    request, score = collector.one(Spans.REQUEST, trace=TRACE), collector.one(Spans.SCORE, trace=TRACE)
    assert function.parent == "b" * 16
    assert request.parent == function.span
    assert score.parent == request.span
    assert {attempt.parent for attempt in attempts} == {score.span}
    assert {answer.parent for answer in answers} == {attempt.span for attempt in attempts}
    assert {span.service for span in (function, request)} == {"speechgrade-function", "speechgrade-scorer"}
    # Whatever the engine was asked until now, it sent no word of it either.
    sent = b"".join(collector.bodies)
    assert not [word for word in WORDS if word in sent]
    assert str(campus.instructor).encode() not in sent


@pytest.fixture
def load_settings(campus: Campus, tmp_path: Path) -> ScorerSettings:
    settings = settings_for(campus, tmp_path / "cache", campus.stack.engine_url)
    return settings.model_copy(update={"sync_interval_s": 0.3})


@pytest.fixture
def trained(campus: Campus, adapters: tuple[str, str], tmp_path: Path) -> tuple[str, str]:
    """Two adapters of this test's own, by digest."""
    assert adapters
    digests = []
    for name in ("one", "two"):
        write_adapter(tmp_path / name, BASE, seed=uuid.uuid4().int % 2**32)
        digests.append(campus.upload_adapter(tmp_path / name))
    return digests[0], digests[1]


async def test_two_adapters_served_at_once_answer_differently_under_their_own_names(
    campus: Campus, trained: tuple[str, str], load_settings: ScorerSettings, tmp_path: Path
) -> None:
    courses = [campus.add_course(), campus.add_course()]
    for course, digest in zip(courses, trained, strict=True):
        campus.promote(digest, scope_kind="course", scope_id=course)
    texts = [f"I speak about {number} bees and why they matter." for number in range(8)]
    found: dict[tuple[str, str], Scored] = {}

    async def score(side: Side, course: str, text: str) -> None:
        outcome = (await side.score(Scopes(course=course), text)).outcome
        assert isinstance(outcome, Scored), outcome
        found[course, text] = outcome

    async with side_by_side(load_settings, tmp_path / "disk", 1) as (side,), anyio.create_task_group() as tasks:
        for text in texts:
            for course in courses:
                tasks.start_soon(score, side, course, text)
    for course, digest in zip(courses, trained, strict=True):
        named = {(found[course, text].model_used, found[course, text].adapter_digest) for text in texts}
        assert named == {(f"{BASE}@1+{adapter_name(digest)}+{RENDERER_VERSION}", digest)}
    for text in texts:
        one, other = (found[course, text].completion for course in courses)
        assert (one.model, other.model) == tuple(map(adapter_name, trained))
        assert one.text != other.text


async def test_a_promotion_under_load_fails_nobody(
    campus: Campus, trained: tuple[str, str], load_settings: ScorerSettings, tmp_path: Path
) -> None:
    course = campus.add_course()
    old, new = map(adapter_name, trained)
    promote = partial(campus.promote, scope_kind="course", scope_id=course)
    promote(trained[0])
    async with side_by_side(load_settings, tmp_path / "disk", 2) as sides:
        async with under_load(sides, Scopes(course=course), each=3):
            await answers(sides, old, 3)
            await anyio.to_thread.run_sync(promote, trained[1])
            promoted_at = time.monotonic()
            await answers(sides, new, 3)
        found = [answer for side in sides for answer in side.answered]
    assert {type(answer.outcome) for answer in found} == {Scored}
    assert {answer.adapter for answer in found} == {old, new}
    assert min(answer.came_at for answer in found if answer.adapter == new) > promoted_at
    # Nobody was asked in vain, also not where one scorer unloads what the other might still ask.
    assert {answer.outcome.attempts for answer in found} == {1}
    for side in sides:
        in_order = [answer.adapter for answer in sorted(side.answered, key=lambda answer: answer.asked_at)]
        assert in_order == sorted(in_order, key=[old, new].index)


async def test_a_withdrawal_under_load_stops_the_adapter_and_nobody_else(
    campus: Campus, trained: tuple[str, str], load_settings: ScorerSettings, tmp_path: Path
) -> None:
    course, institution = campus.add_course(), campus.add_institution()
    withdrawn, other = map(adapter_name, trained)
    campus.promote(trained[0], scope_kind="course", scope_id=course)
    campus.promote(trained[1], scope_kind="institution", scope_id=institution)
    async with side_by_side(load_settings, tmp_path / "disk", 2) as sides:
        async with under_load(sides, Scopes(course=course, institution=institution), each=3):
            await answers(sides, withdrawn, 3)
            await anyio.to_thread.run_sync(campus.taint, trained[0])
            tainted_at = time.monotonic()
            await answers(sides, other, 3)
        assert withdrawn not in engine_models(campus)
        assert list((tmp_path / "disk").rglob(withdrawn)) == []
        found = [answer for side in sides for answer in side.answered]
    assert {type(answer.outcome) for answer in found} == {Scored}
    assert {answer.adapter for answer in found} == {withdrawn, other}
    # One look, and what the machine needs for it where others keep it busy.
    assert max(answer.came_at for answer in found if answer.adapter == withdrawn) < tainted_at + 3


def digit_ids(maximum: int) -> list[list[int]]:
    """The tokens that print 0 … ``maximum``: each digit's piece, and its byte."""
    from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer

    ids = mistral_tokenizer().convert_tokens_to_ids
    return [ids([str(digit), f"<0x{ord(str(digit)):02X}>"]) for digit in range(maximum + 1)]


def through_the_edge(campus: Campus, user: str | None, evaluation: str, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    if user:
        headers["Authorization"] = f"Bearer {campus.stack.sign_user_token(user, 'ada@example.org')}"
    url = f"{campus.stack.functions_url}/score"
    return httpx.post(url, json={"evaluation_id": evaluation}, headers=headers, timeout=60, trust_env=False)


def engine_models(campus: Campus) -> set[str]:
    cards = httpx.get(f"{campus.stack.engine_url}/v1/models", trust_env=False).json()["data"]
    return {card["id"] for card in cards}


def eventually(caller: httpx.Client, holds: object, limit_s: float = 15.0) -> bool:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if holds(caller.get("/v1/models").json()["models"]):  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


def test_an_engine_of_any_make_scores_for_institutions_that_allow_it_and_is_named(
    campus: Campus, adapters: tuple[str, str], tmp_path: Path
) -> None:
    assert adapters
    institution = uuid.uuid4()
    campus.run("insert into public.institutions (id, name) values (%s, 'Hill College')", institution)
    campus.run("update public.user_profiles set institution_id = %s where id = %s", institution, campus.instructor)
    own = settings_for(campus, tmp_path, campus.stack.engine_url)
    settings = own.model_copy(update={"engine_kind": "openai", "engine_model": BASE})
    try:
        with serve(settings) as url, httpx.Client(base_url=url, timeout=60, trust_env=False) as caller:
            caller.headers["Authorization"] = f"Bearer {TOKEN}"
            refused = caller.post("/v1/score", json={"evaluation_id": campus.add_evaluation()})
            assert (refused.status_code, refused.json()["code"]) == (422, "external_not_allowed"), refused.text
            set_rule(campus.project, institution, allows_external=True, reason="test")
            evaluation = campus.add_evaluation()
            answer = caller.post("/v1/score", json={"evaluation_id": evaluation})
            assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.text
            assert answer.json()["model_used"] == f"openai:{BASE}+{RENDERER_VERSION}" == campus.model_used(evaluation)
            disclosed = campus.run(
                "select subject, details ->> 'score' as s from llm.audit_log where action = 'disclose'"
            )
            assert disclosed == [{"subject": evaluation, "s": answer.json()["score_id"]}]
    finally:
        campus.run("update public.user_profiles set institution_id = null where id = %s", campus.instructor)
