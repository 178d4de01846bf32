"""How sure the model was is read from its tokens exactly, and is absent where it cannot be."""

import json
import math
import random
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.engines.provider import Completion, Token
from speechgrade_scorer.scoring.certainty import Certainty, certainty_of, wide
from speechgrade_scorer.scoring.points_in_tokens import number_places, placed_tokens, probabilities
from speechgrade_scorer.scoring.review import Doubt
from speechgrade_shared.rubric import Criterion, Rubric, parse_rubric

from .token_model import BY_CHARACTER, BY_CHUNK, TokenModel

ODD = 'Ho"ok \\ 𓂀'
RUBRIC = parse_rubric(
    {
        "categories": [
            {"name": "Content", "subcategories": [{"name": ODD, "points": 5}, {"name": "Proof", "points": 10}]}
        ]
    }
)
BEFORE = '{"sections":{"Content":{"feedback":"Give it a 4.","points":{"K":'
CRITERIA = st.builds(
    Criterion,
    st.just("K"),
    st.just(""),
    st.sampled_from([1.0, 4.0, 5.0, 7.5, 10.0, 12.0, 33.33]),
    st.just("rubric"),
    st.sampled_from([0.25, 0.5, 1.0]),
)
SEEDS = st.integers(0, 10_000)


def sure(text: str) -> Token:
    return Token(text, 0.0, ((text, 0.0),))


def torn(**chances: float) -> Token:
    """A token and what else it could have been; the first is what was written."""
    alternatives = tuple((text.removeprefix("_"), math.log(chance)) for text, chance in chances.items())
    return Token(*alternatives[0], alternatives)


def answered(*tokens: Token, rubric: Rubric = RUBRIC) -> Certainty | None:
    text = "".join(token.text for token in tokens)
    return certainty_of(Completion("m", text, "stop", 1, len(tokens), (*tokens, sure("</s>"))), rubric)


def on_grid(criterion: Criterion, tokens: list[Token], before: str = BEFORE) -> tuple[float, ...]:
    text = before + "".join(token.text for token in tokens)
    end = text.index("}", len(before))
    return probabilities(criterion, (len(before), end), placed_tokens(text, (sure(before), *tokens)))


def two_criteria(*first: Token, second: Token | None = None) -> tuple[Token, ...]:
    opening = '{"sections":{"Content":{"feedback":"A 9.","points":{' + json.dumps(ODD, ensure_ascii=False)
    return (
        *(sure(opening), sure(":"), *first, sure(',"'), sure('Proof":'), second or sure("8"), sure("}}}")),
        sure(',"overallComments":""}'),
    )


def test_the_expected_points_the_interval_and_the_probability_of_what_was_given() -> None:
    certainty = answered(*two_criteria(torn(_4=0.6, _3=0.3, _5=0.1)))
    assert certainty
    shown = certainty.as_dict()
    # 5 is the maximum, so nothing can follow it; 3 and 4 could each have gone on by a half, but 4 did not.
    assert shown["criteria"]["Content"][ODD] == {  # type: ignore[index]
        "expected": 3.875,
        "low": 3,
        "high": 4,
        "probability": 0.6,
    }
    assert shown["total"] == {"expected": 3.875 + 8, "low": 11, "high": 12}
    json.dumps(shown, allow_nan=False)


def test_a_decimal_is_followed_token_by_token() -> None:
    certainty = answered(
        *two_criteria(
            torn(_4=0.5, _2=0.5), Token(".", math.log(0.8), ((".", math.log(0.8)), (",", math.log(0.2)))), sure("5")
        )
    )
    assert certainty
    first = certainty.criteria[0]
    assert first.interval
    assert math.isclose(first.probability, 0.4)
    assert math.isclose(first.interval.expected, 0.4 * 4.5 + 0.1 * 4 + 0.5 * 2.25)
    assert (first.interval.low, first.interval.high) == (2, 4.5)


def test_a_beginning_of_numbers_far_apart_is_read_by_what_lies_near_them() -> None:
    beside_ten = answered(*two_criteria(sure("4"), second=torn(_9=0.7, _1=0.3)))
    beside_one = answered(*two_criteria(sure("4"), second=torn(_2=0.7, _1=0.3)))
    assert beside_ten
    assert beside_one
    highs = [found.criteria[1].interval for found in (beside_ten, beside_one)]
    assert highs[0]
    assert highs[1]
    assert (highs[0].low, highs[0].high) == (9, 10)
    assert (highs[1].low, highs[1].high) == (1, 2)
    assert answered(*two_criteria(sure("4"), second=torn(_6=0.7, _1=0.3))).criteria[1].interval is None  # type: ignore[union-attr]


def test_a_token_across_the_boundary_and_one_that_ends_the_number_are_read() -> None:
    opening = '{"sections":{"Content":{"feedback":"","points":{' + json.dumps(ODD, ensure_ascii=False)
    across = Token(':5,"', math.log(0.5), ((':5,"', math.log(0.5)), (":4", math.log(0.3)), (':3,"', math.log(0.2))))
    certainty = answered(sure(opening), across, sure('Proof":8}}},"overallComments":""}'))
    assert certainty
    first = certainty.criteria[0].interval
    assert first
    assert math.isclose(first.expected, 0.5 * 5 + 0.3 * 4.25 + 0.2 * 3)


@pytest.mark.parametrize(
    "tokens",
    [
        (),
        two_criteria(sure("4"))[1:],
        (*two_criteria(sure("4"))[:-1], sure("�")),
        two_criteria(Token("4", math.log(0.5), (("4", math.log(0.5)), ('"', math.log(0.5)))), second=torn(_8=0.5)),
        two_criteria(Token("4", -0.1, (("4", -0.1), ("3", -0.1))), second=torn(_8=0.5)),
    ],
    ids=["no tokens", "tokens are missing", "not the text", "too little is known", "no probabilities"],
)
def test_what_cannot_be_known_is_absent(tokens: tuple[Token, ...]) -> None:
    text = "".join(token.text for token in two_criteria(sure("4")))
    assert certainty_of(Completion("m", text, "stop", 1, 1, tokens), RUBRIC) is None


def test_one_unknown_criterion_leaves_the_others_known_and_the_total_not() -> None:
    certainty = answered(*two_criteria(torn(_4=0.5, _3=0.3)))
    assert certainty
    shown = certainty.as_dict()
    assert shown["criteria"]["Content"][ODD] is None  # type: ignore[index]
    assert shown["criteria"]["Content"]["Proof"]["probability"] == 1  # type: ignore[index]
    assert shown["total"] is None


def test_only_an_interval_wider_than_the_bound_asks_for_review() -> None:
    certainty = answered(*two_criteria(torn(_1=0.5, _5=0.5)))
    reasons = wide(certainty, RUBRIC, 0.5)
    assert [(reason.doubt, reason.category, reason.criterion) for reason in reasons] == [
        (Doubt.WIDE_INTERVAL, "Content", ODD)
    ]
    assert wide(certainty, RUBRIC, 0.8) == ()
    assert wide(None, RUBRIC, 0.5) == ()


@given(CRITERIA.filter(lambda c: c.step == 1 and c.max_points in (1, 4, 5)), SEEDS, SEEDS)
def test_whole_points_of_one_digit_are_exact(criterion: Criterion, seed: int, draw: int) -> None:
    model = TokenModel(criterion, BY_CHARACTER, seed)
    assert on_grid(criterion, model.written(draw)) == pytest.approx(tuple(model.truth.values()))


@given(CRITERIA, SEEDS, SEEDS)
def test_the_path_taken_and_every_group_of_neighbours_are_exact(criterion: Criterion, seed: int, draw: int) -> None:
    model = TokenModel(criterion, BY_CHARACTER, seed)
    tokens = model.written(draw)
    found = dict(zip(criterion.grid(), on_grid(criterion, tokens), strict=True))
    taken = float("".join(token.text for token in tokens).rstrip("}"))
    assert found[taken] == pytest.approx(model.truth[taken])
    for first, group in groupby(sorted(found, key=str), key=lambda value: str(value)[0]):
        values = list(group)
        if max(values) - min(values) < 1 and str(taken)[0] != first:
            assert sum(found[value] for value in values) == pytest.approx(sum(model.truth[value] for value in values))


@given(CRITERIA, st.sampled_from([BY_CHARACTER, BY_CHUNK]), SEEDS, SEEDS, st.floats(0.1, 5))
def test_any_model_gives_probabilities_and_the_order_of_its_alternatives_says_nothing(
    criterion: Criterion, vocabulary: tuple[str, ...], seed: int, draw: int, peak: float
) -> None:
    tokens = TokenModel(criterion, vocabulary, seed, peak).written(draw)
    found = on_grid(criterion, tokens)
    assert all(share >= 0 for share in found)
    assert sum(found) <= 1 + 1e-9
    mixed = [
        replace(token, alternatives=tuple(random.Random(draw).sample(token.alternatives, len(token.alternatives))))
        for token in tokens
    ]
    assert on_grid(criterion, mixed) == pytest.approx(found)

    rubric = parse_rubric(
        {
            "pointStep": criterion.step,
            "categories": [{"name": "Content", "subcategories": [{"name": "K", "points": criterion.max_points}]}],
        }
    )
    certainty = answered(sure(BEFORE), *tokens, sure('},"overallComments":""}'), rubric=rubric)
    for known in certainty.criteria if certainty else ():
        assert known.interval
        assert known.covered >= 0.9
        possible = [value for value, share in zip(criterion.grid(), found, strict=True) if share]
        assert possible[0] - 1e-9 <= known.interval.expected <= possible[-1] + 1e-9
        assert {known.interval.low, known.interval.high} <= set(possible)
        assert 0 <= known.probability <= 1
        json.dumps(certainty.as_dict() if certainty else None, allow_nan=False)


@given(
    st.text(max_size=40), st.lists(st.tuples(st.text(max_size=4), st.floats(max_value=0, allow_nan=False)), max_size=12)
)
def test_whatever_the_engine_says_nothing_is_invented(text: str, told: list[tuple[str, float]]) -> None:
    tokens = tuple(Token(piece, logprob, ((piece, logprob),)) for piece, logprob in told)
    assert certainty_of(Completion("m", text, "stop", 1, 1, tokens), RUBRIC) is None


def test_numbers_are_found_past_escapes_blanks_and_numbers_in_the_prose() -> None:
    text = '{ "a\\"{" : {"f":"5, \\"x\\": 7" , "p" :{"k" : 4.5 }} }'
    assert {path: text[slice(*span)] for path, span in number_places(text).items()} == {('a"{', "p", "k"): "4.5"}
