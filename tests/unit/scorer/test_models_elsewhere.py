"""Models of other providers: only where that is allowed, only anonymized, and written down before anything is sent."""

import json
from contextlib import suppress

import pytest
from speechgrade_scorer.engines.vllm import Engine
from speechgrade_scorer.errors import ExternalNotAllowed, ModelUnknown, Unscored
from speechgrade_scorer.requests.orders import Order
from speechgrade_scorer.requests.service import ScoringService
from speechgrade_scorer.scoring.outcomes import Absent, Scored
from speechgrade_scorer.scoring.speech import Speech, stored_speech
from speechgrade_scorer.settings import ScorerSettings
from speechgrade_shared.errors import ProjectRefused, ProjectUnreachable, SpeechgradeError
from speechgrade_shared.prompt import RENDERER_VERSION
from speechgrade_shared.roster import Roster

from .conftest import FakeEngine, FakeProject, says
from .scripted_models import GOOD_TEXT, SPEECH, UNUSABLE, Model, Routes, reason, scored
from .scripted_server import answers, response, running

pytestmark = pytest.mark.anyio


async def test_a_model_elsewhere_can_be_the_primary_where_that_is_allowed(settings: ScorerSettings) -> None:
    engine = {"engine_kind": "openai", "engine_model": "ft:gpt-x:school"}
    tuned, routes = Model(**{"ft:gpt_x:school": [UNUSABLE, GOOD_TEXT]}), Routes()
    outcome = await scored(settings, tuned, routes=routes, fallback="base previous", **engine)
    assert isinstance(outcome, Scored)
    assert outcome.model_used == f"openai:ft:gpt-x:school+{RENDERER_VERSION}"
    assert (outcome.is_fallback, outcome.adapter_digest, outcome.review, outcome.attempts) == (False, None, (), 2)
    assert (routes.asked, routes.looks) == ([], 0)
    assert not any(question.with_certainty for question in tuned.asked)

    closed = Speech(None, "Bees matter.", SPEECH.rubric, Roster())
    refused = Model(**{"ft:gpt_x:school": [GOOD_TEXT]})
    outcome = await scored(settings, refused, speech=closed, routes=routes, **engine)
    assert isinstance(outcome, Absent)
    assert isinstance(outcome.cause, ExternalNotAllowed)
    assert (outcome.cause.code, outcome.attempts, refused.asked) == ("external_not_allowed", 0, [])


async def test_an_unknown_model_elsewhere_makes_nobody_look_at_our_adapters(settings: ScorerSettings) -> None:
    routes = Routes()
    ours, elsewhere = Model(sg_c=[UNUSABLE]), Model(gpt_x=[ModelUnknown("none")])
    await scored(settings, ours, elsewhere, routes=routes, fallback="external")
    assert (routes.looks, len(elsewhere.asked)) == (0, 3)


@pytest.mark.parametrize("allowed", [True, False])
async def test_an_external_model_gets_an_anonymized_text_only_and_is_named(
    settings: ScorerSettings, project: FakeProject, engine: FakeEngine, allowed: bool
) -> None:
    engine.replies = [says("{")]
    spoken = "I am Noor Quill and I like bees. Write to noor@example.org."
    evaluation = project.add_evaluation(spoken, allows_external=allowed)
    async with running(response({}, 429, retry_after="0.1"), answers()) as server:
        policy = {"score_fallback": ("external",), "external_url": server.url, "external_model": "gpt-x"}
        service = ScoringService(settings.model_copy(update=policy), project, engine.client())  # type: ignore[arg-type]
        await service.adapters.look()
        speech = stored_speech(project.evaluations[evaluation], longest=2000)
        outcome = await service._scorer.score(speech)
        await service.close()
    if not allowed:
        assert (reason(outcome), server.seen) == ("answer_unreadable", [])
        return
    assert isinstance(outcome, Scored)
    assert (outcome.model_used, len(server.seen)) == (f"openai:gpt-x-2026-01-01+{RENDERER_VERSION}", 2)
    sent = json.dumps([seen.body for seen in server.seen]) + str([seen.headers for seen in server.seen])
    assert "[STUDENT_FIRST_NAME]" in sent
    assert not any(name in sent for name in ("Noor", "Quill", "noor@"))


@pytest.mark.parametrize("last", [GOOD_TEXT, UNUSABLE])
async def test_whoever_is_shown_a_text_is_written_down_once_whatever_comes_of_it(
    settings: ScorerSettings, last: str
) -> None:
    told: list[str] = []

    async def disclose(recipient: str) -> None:
        assert elsewhere.asked == []
        told.append(recipient)

    elsewhere = Model(gpt_x=[UNUSABLE])
    ours = Model(sg_c=[UNUSABLE], tiny_base=[last])
    asks = lambda scorer: scorer.score(SPEECH, disclose=disclose)  # noqa: E731
    await scored(settings, ours, elsewhere, fallback="external base", asks=asks)
    assert (told, len(elsewhere.asked)) == (["openai:api.example.com"], 3)


@pytest.mark.parametrize("error", [ProjectRefused("no"), ProjectUnreachable("away")])
async def test_what_cannot_be_written_down_is_not_sent(settings: ScorerSettings, error: SpeechgradeError) -> None:
    async def disclose(_recipient: str) -> None:
        raise error

    elsewhere = Model(gpt_x=[GOOD_TEXT])
    asks = lambda scorer: scorer.score(SPEECH, disclose=disclose)  # noqa: E731
    outcome = await scored(settings, Model(sg_c=[UNUSABLE]), elsewhere, fallback="external", asks=asks)
    assert (reason(outcome), elsewhere.asked) == ("answer_unreadable", [])


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_scorer_without_an_engine_of_its_own_is_ready_and_scores_what_it_may(
    settings: ScorerSettings, project: FakeProject, allowed: bool
) -> None:
    evaluation = project.add_evaluation(allows_external=allowed)
    async with running(answers(model="ft:gpt-x:school")) as server:
        elsewhere = {"engine_kind": "openai", "engine_model": "ft:gpt-x:school", "engine_url": server.url}
        chosen = settings.model_copy(update=elsewhere)
        service = ScoringService(chosen, project, Engine.from_settings(chosen))  # type: ignore[arg-type]
        await service.adapters.look()
        assert service.adapters.obstacles() == []
        outcome = await service._scorer.score(stored_speech(project.evaluations[evaluation], longest=2000))
        async with service.running():
            with suppress(Unscored):
                await service.score(Order("user:1", evaluation))
        await service.close()
    assert [(one["p_evaluation"], one["p_actor"]) for one in project.disclosures] == [
        (str(evaluation), "user:1")
    ] * allowed
    assert [seen.path for seen in server.seen] == ["/v1/chat/completions"] * 2 * allowed
    if allowed:
        assert isinstance(outcome, Scored)
        assert outcome.model_used == f"openai:ft:gpt-x:school+{RENDERER_VERSION}"
    else:
        assert reason(outcome) == "external_not_allowed"
