"""The commands for a privacy officer, as processes on a real database: why a row is in or out, and what a file is worth."""

import json
import os
import subprocess
import sys
import uuid

import pytest

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("export")]


def run(environment: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "speechgrade_exporter", *argv]
    env = dict(os.environ) | environment
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def explained(environment, evaluation, *options: str):
    done = run(environment, "explain", str(evaluation), "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def exported(school, evaluation, **changes):
    """An item as the app's own button writes it."""
    row = school.db.execute("select * from public.evaluations where id = %s", (evaluation,)).fetchone()
    return {
        "transcript": row["transcript"],
        "rubric": "any",
        "scores": row["evaluation_data"]["sections"],
        "student_hash": f"s_{row['student_id']}",
        "institution_hash": f"i_{row['instructor_id']}",
        "source_evaluation_id": str(evaluation),
    } | changes


def test_explain_says_what_the_worker_decides(school, export, environment) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    before = explained(environment, evaluation)
    assert (before["status"], before["stored"], before["queue"]["reason"]) == ("included", None, "evaluation")
    export.once()
    after = explained(environment, evaluation)
    assert after["is_up_to_date"]
    assert after["queue"] is None
    assert after["subject"] == school.one("select subject_hash from llm.training_data")
    assert after["anonymized"] == school.one("select anonymized_transcript from llm.training_data")
    assert after["original"] is None
    viewed = "select count(*) from llm.audit_log where action = 'view_original' and subject = %s"
    assert school.one(viewed, str(evaluation)) == 0
    shown = explained(environment, evaluation, "--show-original")["original"]
    assert shown == school.one("select transcript from public.evaluations")
    # The audit log keeps that somebody has read it.
    assert school.one(viewed, str(evaluation)) == 1


def test_explain_changes_nothing_and_sees_a_withdrawal(school, export, environment) -> None:
    student = school.enrol(0)
    evaluation = school.speak(student)
    export.once()
    school.decide(student, given=False)
    waiting = school.one("select generation from llm.change_queue")
    found = explained(environment, evaluation)
    assert (found["status"], found["reason"], found["anonymized"]) == ("excluded", "student_consent_refused", None)
    assert [form["given"] for form in found["consent"]] == [True, False]
    assert school.one("select generation from llm.change_queue") == waiting
    text = run(environment, "explain", str(evaluation)).stderr
    assert "The student's latest decision is no." in text
    assert run(environment, "explain", "not-an-id").returncode == 2
    assert explained(environment, uuid.uuid4())["reason"] == "evaluation_gone"


def test_import_looks_again_at_what_the_file_came_from(school, export, environment, tmp_path) -> None:
    evaluations = [school.speak(school.enrol(number), number) for number in range(3)]
    silent = school.speak(school.enrol(3, consents=None), 3)
    export.once()
    file = tmp_path / "exported.json"
    items = [exported(school, one) for one in (*evaluations, silent)]
    items[1] = {key: value for key, value in items[1].items() if key != "source_evaluation_id"}
    items.append(items[0] | {"source_evaluation_id": None, "transcript": "nobody said this " * 20, "scores": {}})
    file.write_text(json.dumps(items))
    done = run(environment, "import", str(file), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outcomes"] == {"included": 3, "excluded": 1, "refused": 1}
    assert report["reasons"] == {"student_consent_missing": 1, "import_untied": 1}
    assert [result["tied_by"] for result in report["results"]] == ["id", "content", "id", "id", None]
    assert report["enqueued"] == school.one("select count(*) from llm.change_queue where reason = 'import'") == 4
    export.once()
    assert len(export.lines()) == 3


def test_lines_are_found_by_the_speech_in_them_and_a_broken_one_fails_alone(school, environment, tmp_path) -> None:
    evaluation = school.speak(school.enrol(0))
    item = exported(school, evaluation)
    turns = [
        {"role": "system", "content": "You are an evaluator."},
        {"role": "user", "content": f"Rubric: any\n\nTranscript: {item['transcript']}\n\nTimeline markers: []"},
        {"role": "assistant", "content": json.dumps(item["scores"])},
    ]
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps({"messages": turns}) + "\n{broken\n")
    done = run(environment, "import", str(file), "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert [(r["item"], r["evaluation"], r["reason"]) for r in report["results"]] == [
        (1, str(evaluation), None),
        (2, None, "import_malformed"),
    ]
    file.write_text("")
    assert run(environment, "import", str(file)).returncode == 3
    assert run(environment, "import", str(tmp_path / "absent")).returncode == 2
