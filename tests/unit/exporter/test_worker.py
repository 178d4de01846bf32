"""A row that fails, fails alone; what cannot be read is never included; an unreachable project loses nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from speechgrade_exporter.examples import Settlement
from speechgrade_exporter.worker import Worker
from speechgrade_shared.errors import ProjectRefused, ProjectUnreachable
from speechgrade_shared.subject import PersonKey


def read(evaluation: str) -> dict[str, Any]:
    return {"evaluation_id": evaluation, "evaluation": None, "roster": {}}


class FakeProject:
    """The RPCs that a worker calls, with one batch to claim and faults to order."""

    def __init__(self, ids: list[str]) -> None:
        self.open = ids
        self.settled: list[str] = []
        self.failed: dict[str, str] = {}
        self.counted: set[bool] = set()
        self.people: dict[str, dict[str, str]] = {}
        self.faults: dict[str, Callable[[Mapping[str, Any]], None]] = {}

    def rpc(self, name: str, params: Mapping[str, Any]) -> Any:
        if name in self.faults:
            self.faults[name](params)
        return getattr(self, name)(params)

    def claim_changes(self, params: Mapping[str, Any]) -> Any:
        claimed, self.open = self.open[: params["p_limit"]], self.open[params["p_limit"] :]
        return [{"evaluation_id": one, "generation": 1, "attempts": 0} for one in claimed]

    def read_changes(self, params: Mapping[str, Any]) -> Any:
        return [read(one) for one in params["p_ids"]]

    def resolve_subjects(self, params: Mapping[str, Any]) -> Any:
        found = {person["evaluation_id"]: {"subject": person["keys"][0]} for person in params["p_people"]}
        self.people |= found
        return found

    def settle_changes(self, params: Mapping[str, Any]) -> Any:
        self.settled += [item["evaluation_id"] for item in params["p_items"]]
        return {"excluded": len(params["p_items"])}

    def fail_changes(self, params: Mapping[str, Any]) -> Any:
        self.failed |= dict.fromkeys(params["p_ids"], params["p_error_code"])
        self.counted.add(params["p_is_counted"])
        return len(params["p_ids"])


KEY = PersonKey("a" * 32, 1)
IDS = [f"e{number}" for number in range(10)]


def decide(row: Mapping[str, Any]) -> Settlement:
    return Settlement(str(row["evaluation_id"]), "excluded", reason="evaluation_gone")


def poisoned(row: Mapping[str, Any]) -> Settlement:
    if row["evaluation_id"] == "e3":
        raise RuntimeError("Noor said something")
    return decide(row)


def worker(project: FakeProject, how: Callable[[Mapping[str, Any]], Settlement] = decide) -> Worker:
    return Worker(project, lambda _row: [KEY], how, batch_size=100, lease_seconds=60)  # type: ignore[arg-type]


def refuse_e3(params: Mapping[str, Any]) -> None:
    ids = params.get("p_ids") or [item["evaluation_id"] for item in params["p_items"]]
    if "e3" in ids:
        raise ProjectRefused("The database refused the request (22P05).", database_code="22P05")


def test_what_evaluations_share_is_read_once_and_given_to_each() -> None:
    project = FakeProject(["e1", "e2"])
    people = [{"id": "s1", "role": "peer"}, {"id": "s2", "role": "peer"}]
    graded = {"rubric_id": "r", "course_id": "c"}
    project.read_changes = lambda _params: [  # type: ignore[method-assign]
        {"shared": "rubric", "id": "r", "rubric": {"name": "R"}},
        {"shared": "course", "id": "c", "people": people},
        *(read(f"e{n}") | {"evaluation": graded | {"student_id": f"s{n}"}, "roster": {"people": []}} for n in (1, 2)),
    ]
    seen: dict[str, Any] = {}

    def look(row: Mapping[str, Any]) -> Settlement:
        seen[row["evaluation_id"]] = (row["rubric"]["name"], [person["role"] for person in row["roster"]["people"]])
        return decide(row)

    worker(project, look).work_batch()
    assert seen == {"e1": ("R", ["speaker", "peer"]), "e2": ("R", ["peer", "speaker"])}


def test_a_batch_is_settled() -> None:
    project = FakeProject(list(IDS))
    report = worker(project).work_batch()
    assert (report.claimed, dict(report.outcomes), dict(report.failures)) == (10, {"excluded": 10}, {})
    assert worker(project).work_batch().claimed == 0


def test_everything_open_is_worked_in_overlapping_batches() -> None:
    project = FakeProject([f"e{number}" for number in range(950)])
    done: list[int] = []
    worker(project).drain(lambda report: done.append(report.claimed))
    assert (sorted(project.settled), done) == (sorted(f"e{number}" for number in range(950)), [100] * 9 + [50])
    assert project.people.keys() == set(project.settled)


def test_a_batch_that_cannot_be_settled_ends_the_work_and_loses_nothing() -> None:
    def silent(_params: Mapping[str, Any]) -> None:
        raise ProjectUnreachable("The Supabase project did not answer.")

    project = FakeProject([f"e{number}" for number in range(300)])
    project.faults["settle_changes"] = silent
    with pytest.raises(ProjectUnreachable):
        worker(project).drain(lambda _report: None)
    assert (project.settled, project.failed) == ([], {})


def test_a_row_that_cannot_be_decided_fails_alone_and_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    project = FakeProject(list(IDS))
    report = worker(project, poisoned).work_batch()
    assert project.failed == {"e3": "internal_error"}
    assert sorted(project.settled) == [one for one in IDS if one != "e3"]
    assert dict(report.failures) == {"internal_error": 1}
    captured = capsys.readouterr()
    assert "Noor" not in captured.out + captured.err


@pytest.mark.parametrize("step", ["read_changes", "settle_changes"])
def test_a_row_that_the_database_refuses_fails_alone(step: str) -> None:
    project = FakeProject(list(IDS))
    project.faults[step] = refuse_e3
    worker(project).work_batch()
    assert project.failed == {"e3": "project_refused"}
    assert sorted(project.settled) == [one for one in IDS if one != "e3"]


def test_what_was_not_read_is_not_included() -> None:
    project = FakeProject(list(IDS))
    project.read_changes = lambda params: [read(one) for one in params["p_ids"] if one != "e3"]  # type: ignore[method-assign]
    worker(project).work_batch()
    assert project.failed == {"e3": "read_incomplete"}


def test_a_read_that_gets_no_answer_fails_the_batch_closed() -> None:
    def silent(_params: Mapping[str, Any]) -> None:
        raise ProjectUnreachable("The Supabase project did not answer.")

    project = FakeProject(list(IDS))
    project.faults["read_changes"] = silent
    worker(project).work_batch()
    assert project.failed == dict.fromkeys(IDS, "project_unreachable")
    # Nobody's tries are used up by an outage.
    assert project.counted == {False}
    assert project.settled == []


@pytest.mark.parametrize("step", ["claim_changes", "settle_changes"])
def test_an_unreachable_project_is_said_so(step: str) -> None:
    def silent(_params: Mapping[str, Any]) -> None:
        raise ProjectUnreachable("The Supabase project did not answer.")

    project = FakeProject(list(IDS))
    project.faults[step] = silent
    with pytest.raises(ProjectUnreachable):
        worker(project).work_batch()
    assert project.failed == {}
