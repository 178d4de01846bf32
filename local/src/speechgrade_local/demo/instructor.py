"""The instructor's side: asks the Edge Function for scores, with their own token and nothing else."""

from dataclasses import dataclass
from typing import Any

import httpx

from speechgrade_local.demo.gradebook import Evaluation
from speechgrade_local.errors import StepFailed

_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the function said: the HTTP status and the JSON body."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Instructor:
    """Somebody who is signed in to the app."""

    functions_url: str
    publishable_key: str
    token: str

    def ask_for_score(self, evaluation_id: str) -> Answer:
        """Call the function ``score`` as the app's page does."""
        headers = {"apikey": self.publishable_key}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        response = httpx.post(
            f"{self.functions_url}/score", json={"evaluation_id": evaluation_id}, headers=headers, timeout=_LIMIT_S
        )
        try:
            body = response.json()
        except ValueError:
            body = {}
        return Answer(response.status_code, body if isinstance(body, dict) else {})

    def score(self, evaluation: Evaluation) -> dict[str, Any]:
        """Ask for a score and insist on one.

        Raises:
            StepFailed: the function did not answer with a score.
        """
        answer = self.ask_for_score(evaluation.id)
        if answer.status != 200 or answer.body.get("status") != "ok":
            code = answer.body.get("code", "no code")
            raise StepFailed(f"The Edge Function answered {answer.status} ({code}) instead of a score.")
        return answer.body


def points_off(answer: dict[str, Any], evaluation: Evaluation) -> list[float]:
    """How far each criterion of a score is from what the instructor would give, in points."""
    off = []
    for section in evaluation.truth.sections:
        given = {item["name"]: item["points"] for item in answer["sections"][section.name]["subcategories"]}
        off += [abs(float(given[name]) - points) for name, points in section.points]
    return off
