"""Whatever stands in the app's columns, each row is an example or a reason, and an example reads back as it was."""

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from speechgrade_exporter.examples import ExampleRules, decide, settle
from speechgrade_exporter.explanation import explain_row
from speechgrade_exporter.lines import Example
from speechgrade_exporter.reasons import sentence
from speechgrade_shared.answer import parse_answer

words = st.text(alphabet=st.characters(exclude_categories=()), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
any_json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)
KEYS = (
    *("sections", "rubric_structure", "overallComments", "speechTime", "model_output_original", "corrections"),
    *("edited", "studentName", "timeline_markers", "gradeScale", "rubricUsed", "last_edited_by_name", "totalScore"),
)
thorough = settings(
    max_examples=int(os.environ.get("SPEECHGRADE_BAD_ROWS", "600")),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)


def assert_an_example_or_a_reason(row: dict[str, Any], rules: ExampleRules) -> None:
    decision = decide(row, replace(rules, with_markers=True))
    settlement = decision.settlement
    json.dumps(explain_row(row, decision, None, None).as_dict(with_original=True))
    assert settlement.status in {"included", "excluded", "quarantined"}
    assert (settlement.status == "included") == (settlement.reason is None) == (settlement.example is not None)
    item = settlement.as_item(1)
    text = json.dumps(item, allow_nan=False, ensure_ascii=False)
    text.encode()
    # A backslash that is part of a text comes as two.
    assert "\\u0000" not in text.replace("\\\\", "")
    if settlement.reason is not None:
        assert not sentence(settlement.reason).startswith("No explanation")
    if settlement.example is not None:
        # jsonb keeps the values of an object and forgets the order of its keys.
        again = Example.from_row(json.loads(json.dumps(item, sort_keys=True)))
        assert again.line() == settlement.example.line()
        assert again.content_sha256() == item["content_sha256"]
        answer = json.loads(again.line())["messages"][2]["content"]
        assert parse_answer(answer, again.rubric) == settlement.example.taught_scores


@given(any_json | st.dictionaries(st.sampled_from(KEYS), any_json) | any_json.map(json.dumps))
@thorough
def test_any_json_is_an_example_or_a_reason(make_row: Any, rules: Any, stored: Any) -> None:
    assert_an_example_or_a_reason(make_row(evaluation={"evaluation_data": stored}), rules)


Spot = tuple[Any, Any]


def spots(value: Any) -> Iterator[Spot]:
    """Every place inside a JSON value, as its container and the key in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from spots(value[key])


ODD = (0, -1, 1e300, 10**30, "2,5", " 4 ", "NaN", "", None, [], {}, True, 0.1 + 0.2)


def mutate(value: Any, junk: Any, random: Random) -> None:
    """Do to one part of a value what the app's generations, editors and accidents did."""
    found = list(spots(value))
    if not found:
        return
    holder, key = random.choice(found)
    part = copy.deepcopy(holder[key])
    action = random.randrange(7)
    if action == 0:
        del holder[key]
    elif action == 1:
        duplicate(holder, key, part, random)
    elif action == 2:
        other, place = random.choice(found)
        holder[key] = copy.deepcopy(other[place])
    else:
        holder[key] = (junk, json.dumps(part), random.choice(ODD), str(part))[action - 3]


def duplicate(holder: Any, key: Any, part: Any, random: Random) -> None:
    if isinstance(holder, list):
        holder.insert(key, part)
    else:
        holder[random.choice([f" {key}", key.upper(), f"{key}\x00", "name", "points"])] = part


def valid(row: dict[str, Any], random: Random) -> dict[str, Any]:
    """A row of one of the kinds that the app writes."""
    data = row["evaluation"]["evaluation_data"]
    data["timeline_markers"] = [{"timestamp": "1:23", "note": "Noor looks down", "severity": "minor"}]
    data["gradeScale"] = {"A": {"label": "Top", "percentage": 1.0, "range": "100-91"}, "B": {"min": 80}}
    if random.random() < 0.6:
        row["evaluation"] |= {"ai_provider": "qwen", "created_at": "2026-02-01T00:00:00+00:00"}
        data["edited"] = True
        data["model_output_original"] = {"sections": copy.deepcopy(data["sections"])}
        data["sections"]["Content"]["subcategories"][0]["points"] = random.choice([4, 2, 4.25])
        data["corrections"] = [
            {"field": f"Content.{name}.points", "ai_value": 1, "instructor_value": points, "timestamp": "2026-02-02"}
            for name, points in (("Sources", 4), ("Order", 3.5))
        ]
    return row


@given(st.lists(any_json, min_size=0, max_size=5), st.randoms(use_true_random=False))
@thorough
def test_a_real_row_with_broken_parts_is_an_example_or_a_reason(
    make_row: Any, rules: Any, junk: list[Any], random: Random
) -> None:
    row = valid(make_row(), random)
    for part in junk:
        mutate(row["evaluation"]["evaluation_data"], part, random)
    if random.random() < 0.1:
        row["evaluation"]["evaluation_data"] = json.dumps(row["evaluation"]["evaluation_data"])
    assert_an_example_or_a_reason(row, rules)


@given(st.lists(any_json, min_size=1, max_size=5), st.randoms(use_true_random=False), st.booleans())
@thorough
def test_a_rubric_with_broken_parts_is_an_example_or_a_reason(
    make_row: Any, rules: Any, junk: list[Any], random: Random, has_snapshot: bool
) -> None:
    row = valid(make_row(), random)
    if not has_snapshot:
        del row["evaluation"]["evaluation_data"]["rubric_structure"]
    row["rubric"] = copy.deepcopy(row["rubric"])
    for part in junk:
        mutate(row["rubric"], part, random)
    assert_an_example_or_a_reason(row, rules)


def test_the_broken_rows_are_not_all_refused(make_row: Any, rules: Any) -> None:
    """The tests above would prove little if nothing ever came through."""
    random = Random(3)
    statuses = []
    for _ in range(300):
        row = valid(make_row(), random)
        mutate(row["evaluation"]["evaluation_data"], None, random)
        statuses.append(settle(row, rules).status)
    assert {"included", "excluded", "quarantined"} <= set(statuses)
    assert statuses.count("included") > 30


@pytest.mark.parametrize("depth", [50, 400, 900])
def test_deep_nesting_is_no_crash(make_row: Any, rules: Any, depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    for key in ("sections", "rubric_structure", "gradeScale", "corrections", "timeline_markers"):
        row = make_row()
        row["evaluation"]["evaluation_data"][key] = {"A": {"range": deep, "name": deep}, "categories": deep}
        assert_an_example_or_a_reason(row, rules)
