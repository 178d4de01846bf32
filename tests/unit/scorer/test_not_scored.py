"""What a transcript cannot show is never asked for, never scored and never zero; the app's shape is complete without."""

import json
from typing import Any

import httpx
import pytest

from .conftest import FakeEngine, FakeProject, says

pytestmark = pytest.mark.anyio
SPEECH = "My speech is about bees."
RUBRIC: dict[str, Any] = {
    "name": "Seen and heard",
    "totalPoints": 14,
    "categories": [
        {"name": "Content", "subcategories": [{"name": "Hook", "points": 4}, {"name": "Eye contact", "points": 4}]},
        {"name": "Volume", "points": 2, "subcategories": []},
        {"name": "Warmth", "points": 4, "evidence": "audio", "subcategories": []},
    ],
}
ANSWER = {"sections": {"Content": {"feedback": "Clear.", "points": {"Hook": 3}}}, "overallComments": "Well done."}
INVENTED = json.loads(json.dumps(ANSWER).replace('"Hook": 3', '"Hook": 3, "Eye contact": 4'))
UNSEEN = {"name": "Show", "totalPoints": 4, "categories": ["Posture", "Volume"]}


@pytest.mark.parametrize(("path", "by_text"), [("/v1/score", True), ("/v1/score", False), ("/evaluate", True)])
async def test_the_shape_is_complete_and_says_what_was_not_scored(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine, path: str, by_text: bool
) -> None:
    engine.replies = [says(ANSWER)]
    row = {"name": "Seen and heard", "total_points": 14, "categories": RUBRIC["categories"]}
    stored = None if by_text else project.add_evaluation(rubric=row)
    given = {"transcript": SPEECH, "rubric": RUBRIC} if by_text else {"evaluation_id": stored}
    response = await client.post(path, json=given)
    body = response.json()
    assert response.status_code == 200, body
    assert list(body["sections"]) == ["Content", "Volume", "Warmth"]
    hook, eyes = body["sections"]["Content"]["subcategories"]
    assert (hook["points"], hook["notScored"]) == (3, None)
    assert (eyes["points"], eyes["grade"], eyes["notScored"]) == (None, "N/A", "needs_video")
    assert (body["sections"]["Volume"]["score"], body["sections"]["Volume"]["notScored"]) == (None, "needs_audio")
    assert all(section["feedback"] for section in body["sections"].values())
    assert (body["totalScore"], body["maxScore"], body["percentage"], body["letterGrade"]) == (3, 4, "75.0", "C")
    assert [(item["criterion"], item["reason"]) for item in body["notScored"]] == [
        ("Eye contact", "needs_video"),
        ("Volume", "needs_audio"),
        ("Warmth", "needs_audio"),
    ]
    asked = json.dumps(engine.asked[0])
    assert "Hook" in asked
    assert not [name for name in ("Eye contact", "Volume", "Warmth") if name in asked]
    kept = project.scores[body["score_id"]]
    assert (kept["total_points"], kept["max_points"]) == (3, 4)
    assert "Eye contact" not in json.dumps(kept["sections"])


async def test_points_that_a_model_invents_for_it_are_not_accepted(
    client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    engine.replies = [says(INVENTED)]
    response = await client.post("/v1/score", json={"transcript": SPEECH, "rubric": RUBRIC})
    assert (response.status_code, response.json()["reason"]) == (502, "answer_shape")


async def test_a_rubric_of_which_words_show_nothing_is_refused_before_any_engine_is_asked(
    client: httpx.AsyncClient, project: FakeProject, engine: FakeEngine
) -> None:
    stored = project.add_evaluation(rubric={"total_points": 4, "categories": UNSEEN["categories"]})
    for given in ({"transcript": SPEECH, "rubric": UNSEEN}, {"evaluation_id": stored}):
        response = await client.post("/v1/score", json=given)
        assert (response.status_code, response.json()["code"]) == (422, "rubric_not_observable")
    assert engine.asked == []
