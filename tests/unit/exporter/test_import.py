"""Importing what the app downloaded: the database decides, and what has no evaluation in it is refused."""

import copy
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from speechgrade_exporter import import_file as command
from speechgrade_exporter.app_items import AppItem, recognize
from speechgrade_exporter.importing import Importer, ImportReport
from speechgrade_exporter.item_files import Malformed, read_items
from speechgrade_exporter.reasons import Reason, sentence

STUDENT = "40000000-0000-4000-8000-000000000001"


def evaluation_id(number: int) -> str:
    return f"60000000-0000-4000-8000-{number:012d}"


class Project:
    """Holds rows as the database would, and remembers what was put into the queue."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.held = {row["evaluation_id"]: row for row in rows}
        self.queued: list[str] = []
        self.read = 0

    def rpc(self, name: str, params: dict[str, Any]) -> Any:
        if name == "read_evaluations":
            self.read += len(params["p_ids"])
            empty = {"evaluation": None, "consent": [], "may_teach": False}
            return [self.held.get(name, empty | {"evaluation_id": name}) for name in params["p_ids"]]
        if name == "resolve_subjects":
            return {
                person["evaluation_id"]: {"subject": person["keys"][0], "split": None, "erased": False}
                for person in params["p_people"]
            }
        assert (name, params["p_reason"]) == ("enqueue_changes", "import")
        self.queued += params["p_ids"]
        return len(params["p_ids"])

    def rows(self, table: str, columns: str, *, key: str) -> Iterator[dict[str, Any]]:
        assert columns == key == "evaluation_id"
        names = sorted(self.held)
        yield from ({key: name} for name in (names[:1] if table == "training_data" else names))


@pytest.fixture
def school(make_row: Any) -> Project:
    """Three evaluations of one student; the second and the third hold the same speech."""
    rows = []
    for number, opening in enumerate(("First", "Second", "Second"), start=1):
        row = make_row(evaluation_id=evaluation_id(number))
        row["evaluation"]["id"] = evaluation_id(number)
        row["evaluation"]["transcript"] = f"{opening}, {row['evaluation']['transcript']}"
        row["evaluation"]["evaluation_data"] = copy.deepcopy(row["evaluation"]["evaluation_data"])
        row["evaluation"]["evaluation_data"]["sections"]["Delivery"]["score"] = number
        rows.append(row)
    return Project(rows)


@pytest.fixture
def run(school: Project, rules: Any) -> Any:
    def imported(*lines: object) -> ImportReport:
        data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        return Importer(school, rules).run(read_items(io.BytesIO(data)))  # type: ignore[arg-type]

    return imported


def exported(school: Project, number: int, **changes: Any) -> dict[str, Any]:
    evaluation = school.held[evaluation_id(number)]["evaluation"]
    return {
        "transcript": evaluation["transcript"],
        "rubric": "Informative Speech",
        "scores": evaluation["evaluation_data"]["sections"],
        "student_hash": f"s_{STUDENT}",
        "institution_hash": "i_x",
        "source_evaluation_id": evaluation_id(number),
    } | changes


def conversation(school: Project, number: int) -> dict[str, Any]:
    item = exported(school, number)
    prompt = f"Rubric: {item['rubric']}\n\nTranscript:\n{item['transcript']}\n\nTimeline markers: []"
    turns = {"system": "You are an evaluator.", "user": prompt, "assistant": json.dumps(item["scores"])}
    return {"messages": [{"role": role, "content": content} for role, content in turns.items()]}


def test_an_item_with_an_id_puts_its_evaluation_into_the_queue(run: Any, school: Project) -> None:
    report = run(exported(school, 1))
    assert report.results[0].outcome == "included"
    assert (report.results[0].tied_by, report.results[0].scores_differ) == ("id", False)
    assert school.queued == [evaluation_id(1)]
    assert school.read == 1


def test_consent_is_asked_again(run: Any, school: Project) -> None:
    school.held[evaluation_id(1)]["consent"] = []
    report = run(exported(school, 1))
    assert (report.results[0].outcome, report.results[0].reason) == ("excluded", "student_consent_missing")


def test_the_row_wins_over_the_files_scores(run: Any, school: Project) -> None:
    report = run(exported(school, 1, scores={"Delivery": {"score": 3}}))
    assert report.results[0].scores_differ is True
    assert report.as_dict()["scores_differ"] == 1
    assert report.results[0].outcome == "included"


@pytest.mark.parametrize("number", [2, 3])
def test_of_two_gradings_of_one_speech_the_scores_tell_which(run: Any, school: Project, number: int) -> None:
    for item in (exported(school, number, source_evaluation_id=None), conversation(school, number)):
        result = run(item).results[0]
        assert (result.evaluation, result.tied_by) == (evaluation_id(number), "content")


def test_a_line_of_a_conversation_is_found_by_the_speech_inside_it(run: Any, school: Project) -> None:
    line = conversation(school, 1)
    line["messages"][2]["content"] = "no scores"
    assert run(line).results[0].evaluation == evaluation_id(1)


def test_what_cannot_be_told_apart_is_refused(run: Any, school: Project) -> None:
    report = run(exported(school, 2, source_evaluation_id=None, scores={}))
    assert report.results[0].reason == Reason.IMPORT_AMBIGUOUS
    assert school.queued == []


def test_what_is_in_no_evaluation_is_refused_however_good_it_looks(run: Any, school: Project) -> None:
    unknown = exported(school, 1, source_evaluation_id="not an id", transcript="other words " * 50, scores={})
    same_scores_of_another = exported(school, 1, source_evaluation_id=None, transcript="x", student_hash="s_y")
    another_student = exported(school, 1, source_evaluation_id=None, student_hash=f"s_{evaluation_id(9)}")
    for item in (unknown, same_scores_of_another, another_student):
        assert run(item).results[0].reason == Reason.IMPORT_UNTIED
    assert school.queued == []


def test_an_evaluation_that_is_gone_is_not_brought_back(run: Any, school: Project) -> None:
    report = run(exported(school, 1, source_evaluation_id=evaluation_id(77)))
    assert (report.results[0].outcome, report.results[0].reason) == ("excluded", "evaluation_gone")
    assert (school.queued, report.enqueued) == ([], 0)


def test_the_same_evaluation_is_queued_once(run: Any, school: Project) -> None:
    report = run(*[exported(school, 1)] * 450)
    assert (len(report.results), report.enqueued) == (450, 1)


def test_everything_is_read_once_however_many_items_have_no_id(run: Any, school: Project) -> None:
    run(*[conversation(school, 1)] * 5)
    assert school.read == 3 + 1


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"video_path_1": "a", "video_path_2": "b", "rubric": "R", "scores_1": {}, "scores_2": {}}, "import_pairs"),
        ({"video_path": "a", "scores_original": {}, "scores_final": {}, "evaluation_id": "x"}, "import_corrections"),
        ({"video_path": "a", "rubric": "R", "scores": {}}, "import_video"),
        ({"video_path": "behavior-examples/a.mp4", "rubric": "R", "scores": {}}, "import_behaviour_example"),
        ({"transcript": "N/A", "scores": {}, "rubric": "Behavior reference"}, "import_behaviour_example"),
        ({"transcript": "x"}, "import_unrecognized"),
        ({"messages": [{"role": "system", "content": "x"}, 7]}, "import_unrecognized"),
        ([1], "import_unrecognized"),
        (None, "import_unrecognized"),
    ],
)
def test_other_formats_are_known_and_refused(item: object, reason: str) -> None:
    assert recognize(item) == reason


def test_a_broken_line_is_named_and_stops_nothing(run: Any, school: Project) -> None:
    report = run(exported(school, 1), b"{broken", b"", b"\xff\xfe", b"[" * 100_000, exported(school, 2))
    assert [(result.item, result.outcome) for result in report.results] == [
        (1, "included"),
        (2, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "included"),
    ]
    assert report.has_failures


def test_an_array_is_read_too_and_says_where_it_breaks(run: Any, school: Project) -> None:
    array = json.dumps([exported(school, 1), 7], indent=1).encode()
    report = run(b"\xef\xbb\xbf\n  " + array)
    assert [result.outcome for result in report.results] == ["included", "refused"]
    broken = run(b"[\n1,\n{oops}]")
    assert [(result.item, result.reason) for result in broken.results] == [(3, "import_malformed")]


def test_a_row_that_breaks_keeps_no_other_out(run: Any, school: Project) -> None:
    del school.held[evaluation_id(2)]["roster"]
    report = run(exported(school, 1), exported(school, 2))
    assert [result.reason for result in report.results] == [None, "processing_failed"]
    assert report.has_failures


def test_the_report_holds_nothing_of_what_was_said(run: Any, school: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    report = run(exported(school, 1), exported(school, 2, scores={}), {"transcript": "Noor Haddad"}, b"{Noor")
    screen = io.StringIO()
    monkeypatch.setattr(command, "console", Console(file=screen, width=200))
    command.show(report)
    said = screen.getvalue() + json.dumps(report.as_dict())
    assert "bees" not in said
    assert "Noor" not in said
    assert sentence("import_malformed") in said
    assert "2 evaluations are in the queue." in said


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["transcript", "scores", "messages", "role", "content", "student_hash", "rubric"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_item_is_recognized_or_refused(item: Any) -> None:
    assert isinstance(recognize(item), AppItem | Reason)


@given(st.binary(max_size=200) | st.lists(st.sampled_from([b"[", b"]", b"{}", b"1", b",", b"\n", b'"'])).map(b"".join))
def test_any_bytes_are_items_or_malformed(data: bytes) -> None:
    for number, item in read_items(io.BytesIO(data)):
        assert number >= 1
        assert isinstance(item, Malformed) or json.dumps(item) is not None
