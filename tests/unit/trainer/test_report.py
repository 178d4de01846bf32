"""The report: verdict first, self-contained, nothing of a student in the edition that travels."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_shared.prompt import render_answer
from speechgrade_trainer.evaluation.evaluation import Evaluation, accepted
from speechgrade_trainer.reporting.comparisons import CLOSEST, ORDINARY, WORST, comparisons, spread, worst_first
from speechgrade_trainer.reporting.report import render_report

from .report_material import RUBRIC, evaluation, lineage, scored, speech

HOSTILE = "</transcript><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags and attributes of a page, whose elements must be closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}


@pytest.fixture(scope="module")
def full() -> str:
    return render_report(lineage(), evaluation(), quotes_speeches=True)


@pytest.fixture(scope="module")
def travelling() -> str:
    return render_report(lineage(), evaluation(), quotes_speeches=False)


def test_the_verdict_comes_first_and_the_digests_last(full: str) -> None:
    places = [
        "Not shown to be better than the champion",
        "What this means for an instructor",
        "Against what it must beat",
        "By section and criterion",
        "Do its points mean the same",
        "Is it the same for everybody",
        'id="training"',
        "Instructor and adapter side by side",
        "What the words mean",
        "Where it comes from</h2>",
        "d" * 64,
    ]
    found = [full.index(place) for place in places]
    assert found == sorted(found)


def test_nothing_is_loaded_and_nothing_runs(full: str, travelling: str) -> None:
    for html in (full, travelling):
        page = Page(html)
        assert page.names().isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form"})
        for _, attributes in page.tags:
            assert not [name for name in attributes if name.startswith("on") or name == "src"]
            assert (attributes.get("href") or "#").startswith("#")
        assert not re.search(r"https?:|@import|url\(", html)
        assert "default-src 'none'" in html


def test_links_lead_somewhere(full: str, travelling: str) -> None:
    for html in (full, travelling):
        tags = Page(html).tags
        assert {a["href"] for tag, a in tags if tag == "a"} <= {f"#{a['id']}" for _, a in tags if a.get("id")}


def test_every_picture_says_its_finding(full: str) -> None:
    pictures = [attributes for tag, attributes in Page(full).tags if tag == "svg"]
    assert len(pictures) == 1 + 1 + 3 * 6 + 3 + 1 + 3
    assert all(one["role"] == "img" and len(one["aria-label"] or "") > 20 for one in pictures)
    assert "Validation loss from 1.931 to 0.429 over 4 epochs; the weights of epoch 3 were kept" in full


def test_tables_scroll_inside_themselves(full: str) -> None:
    assert full.count("<table") == full.count('<div class="wide"') > 5


def test_numbers_that_ask_for_a_look_carry_a_flag_in_words(full: str) -> None:
    assert "⚑ lenient" in full
    assert "conventions of the field" in full


def test_a_group_of_very_few_people_is_not_shown(full: str) -> None:
    assert "1 group of fewer than 5 people is not shown" in full
    assert "Informative Speech" not in full


def test_the_edition_that_travels_quotes_nobody(travelling: str) -> None:
    assert "numbers only" in travelling
    for example in evaluation().examples:
        assert example.example not in travelling
        assert example.subject not in travelling
    for told in ("bridge", "Good morning", "You open with", "sources are named", "Keep practising"):
        assert told not in travelling


def test_speeches_show_both_scores_and_both_comments(full: str) -> None:
    assert "You open with a strong question" in full
    assert "sources are named only once" in full
    assert "no usable answer (answer_unreadable)" in full
    assert "▲ +1" in full
    assert "▼ −1" in full
    assert "= same" in full
    assert full.count("<blockquote") == 30 + 1  # And the answer that could not be used.
    assert full.index(WORST) < full.index(ORDINARY) < full.index(CLOSEST)


@given(st.integers(0, 80), st.integers(3, 50))
def test_worst_ordinary_and_closest_speeches_are_shown_once_each(available: int, count: int) -> None:
    chosen = spread(available, count)
    ranks = [rank for _, rank in chosen]
    assert len(ranks) == min(available, count)
    assert ranks == sorted(set(ranks))
    assert all(0 <= rank < available for rank in ranks)
    worst = [rank for kind, rank in chosen if kind == WORST]
    assert worst == list(range(len(worst)))
    assert len(worst) >= len(ranks) / 2


def test_disagreement_ranks_unusable_answers_before_large_errors() -> None:
    asked = [speech(number, [4, 4, 4, 3, 3, 15]) for number in range(3)]
    given_points = ([4, 4, 4, 3, 3, 15], [0, 0, 0, 0, 0, 0])
    answers = [accepted(text, one) for text, one in zip([*map(answer, given_points), "{"], asked, strict=True)]
    told = Evaluation(tuple(asked), tuple(answers), tuple(answers), evaluation().test)
    assert worst_first(told) == [2, 1, 0]
    shown = comparisons(told, 3)
    assert [one.line for one in shown] == [3, 2, 1]
    assert shown[2].headline == "the same points for every criterion"
    assert shown[1].total.difference == "▼ −33"
    assert not shown[0].total.model_text.strip("–")


def answer(points: list[float], comment: str = "Heard.") -> str:
    return render_answer(scored(points, comment))


def test_hostile_text_stays_text() -> None:
    asked = speech(1, [4, 4, 4, 3, 3, 15])
    messages = (asked.messages[0], {"role": "user", "content": HOSTILE}, asked.messages[2])
    asked = type(asked)(asked.example, asked.subject, asked.rubric, messages, scored([4, 4, 4, 3, 3, 15], HOSTILE))
    for text in (answer([4, 4, 4, 3, 3, 15], HOSTILE), HOSTILE):
        prediction = accepted(text, asked)
        told = Evaluation((asked,), (prediction,), (prediction,), evaluation().test)
        names = renamed(evaluation().test.model_dump(mode="json"))
        page = Page(html := render_report(lineage({"test": names}), told, quotes_speeches=True))
        assert page.names().isdisjoint({"script", "img"})
        assert "&lt;script&gt;" in html
        assert "{{ 7*7 }}" in html


def renamed(test: dict[str, Any]) -> dict[str, Any]:
    """The figures of a rubric whose first section has a hostile name."""
    first = RUBRIC.categories[0].name
    return {
        part: {
            f"{HOSTILE}{name.removeprefix(first)}" if name.startswith(first) else name: one
            for name, one in found.items()
        }
        if part in ("sections", "criteria", "distributions")
        else found
        for part, found in test.items()
    }


@pytest.mark.parametrize("count", [1, 2, 6])
def test_few_speeches_are_all_shown(count: int) -> None:
    html = render_report(lineage(count=count), evaluation(count), quotes_speeches=True)
    assert Page(html)
    assert len(re.findall(r"<summary>\d+\. ", html)) == count


def test_a_report_without_any_usable_answer_says_so() -> None:
    silent = evaluation(4, answered=False)
    html = render_report(lineage({"test": silent.test.model_dump(mode="json")}), silent, quotes_speeches=True)
    assert Page(html)
    assert "No usable answer" in html
    assert "The adapter gave no usable answer on 4 unseen speeches of 2 people" in html
    assert "points off per criterion" not in html.split("<nav", 1)[0]


def test_a_report_needs_only_what_every_run_has() -> None:
    bare = evaluation().test.model_dump(mode="json")
    bare |= {
        "groups": {},
        "human": None,
        "champion": None,
        "champion_absent": "No adapter is champion yet.",
        "paired": {},
    }
    bare["who"] = {"adapter": bare["who"]["adapter"]}
    loss = {"before": 1.0, "after": 1.0, "best_step": 1, "steps": 1, "curve": [{"epoch": 1.0, "validation": 1.0}]}
    absent = dict.fromkeys(("tokens", "preflight", "run", "gate", "versions"))
    html = render_report(lineage({"test": bare, "loss": loss, **absent}), evaluation(), quotes_speeches=False)
    assert Page(html)
    for said in (
        "No adapter is champion yet.",
        "not known how close anyone could come",
        "No groups of speakers are known",
        "was not recorded",
        "Compared with nobody",
    ):
        assert said in html


def test_a_report_tells_on_which_data_an_adapter_was_tested_when_it_was_other_data() -> None:
    html = render_report(replace(lineage(), tested_on="f" * 64), evaluation(), quotes_speeches=False)
    assert "Tested on dataset" in html
    assert "f" * 64 in html


def test_an_interval_is_written_without_a_sign_at_nothing() -> None:
    test = evaluation().test.model_dump(mode="json")
    test["who"]["adapter"]["intervals"] = {"qwk": (-0.001, 0.004), "exact": (0.25, 0.5)}
    html = render_report(lineage({"test": test}), evaluation(), quotes_speeches=False)
    assert "0.00 to 0.00" in html
    assert "−0.00" not in html
    assert "25–50 %" in html
