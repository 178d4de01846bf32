"""The narrowest scope answers; a challenger is asked its share, always the same one; whoever may not answer is passed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speechgrade_scorer.adapters.registry import CHALLENGER, CHAMPION, DEFAULT_SCOPE, Adapter, Alias, Scope
from speechgrade_scorer.adapters.routing import Route, Scopes, chosen_route, previous_champion, share_of
from speechgrade_scorer.adapters.serving import Serving, succession
from speechgrade_scorer.errors import AdapterRefused, NoChampion

ALL = Scopes(rubric="r", course="c", institution="i")
RUBRIC, COURSE, INSTITUTION = ("rubric", "r"), ("course", "c"), ("institution", "i")
NARROWEST_FIRST = [RUBRIC, COURSE, INSTITUTION, DEFAULT_SCOPE]


def adapter(name: str, *, servable: bool = True) -> Adapter:
    status = "approved" if servable else "tainted"
    return Adapter(name, f"digest of {name}", servable, status, "base", "1", "r", 8, name, ())


def champion(scope: Scope, name: str, *, servable: bool = True, previous: Adapter | None = None) -> Alias:
    return Alias(scope, CHAMPION, adapter(name, servable=servable), previous)


def challenger(scope: Scope, name: str, percent: int = 100, *, is_shadow: bool = False) -> Alias:
    return Alias(scope, CHALLENGER, adapter(name), percent=percent, is_shadow=is_shadow)


def serving(*aliases: Alias, missing: str = "", refused: str = "") -> Serving:
    """All loaded, but for those named in ``missing`` or ``refused``."""
    named = {found.name for alias in aliases for found in (alias.adapter, alias.previous) if found}
    loaded = frozenset(named) - {missing, refused}
    codes = {refused: "adapter_tampered"} if refused else {}
    now = Serving(aliases, loaded=loaded, staged=loaded, refused=codes)
    return replace(now, champions=succession(now, loaded))


def route(now: Serving, scopes: Scopes = ALL, draw: str = "d", *, allows_previous: bool = False) -> Route:
    return chosen_route(now, scopes, draw, allows_previous=allows_previous)


@pytest.mark.parametrize("narrowest", range(4))
def test_the_narrowest_scope_answers(narrowest: int) -> None:
    now = serving(*(champion(scope, scope[0]) for scope in NARROWEST_FIRST[narrowest:]))
    assert route(now).answering.name == NARROWEST_FIRST[narrowest][0]
    assert route(serving(champion(DEFAULT_SCOPE, "default")), Scopes()).answering.name == "default"


@given(st.lists(st.sampled_from(["none", "good", "tainted"]), min_size=4, max_size=4))
def test_a_withdrawn_champion_is_answered_for_by_the_next_scope_and_by_nobody_else(states: list[str]) -> None:
    found = [(scope, state) for scope, state in zip(NARROWEST_FIRST, states, strict=True) if state != "none"]
    now = serving(*(champion(scope, scope[0], servable=state == "good") for scope, state in found))
    expected = next((scope[0] for scope, state in found if state == "good"), None)
    if expected is None:
        with pytest.raises(NoChampion):
            route(now)
    else:
        assert route(now).answering.name == expected


def test_a_champion_that_does_not_fit_is_not_hidden_behind_a_wider_scope() -> None:
    now = serving(champion(COURSE, "own"), champion(DEFAULT_SCOPE, "all"), refused="own")
    with pytest.raises(AdapterRefused, match="cannot be served") as caught:
        route(now)
    assert caught.value.code == "adapter_tampered"
    assert route(now, Scopes()).answering.name == "all"


def test_a_champion_on_its_way_is_waited_for() -> None:
    now = serving(champion(COURSE, "own"), champion(DEFAULT_SCOPE, "all"), missing="own")
    with pytest.raises(NoChampion) as caught:
        route(now)
    assert caught.value.code == "champion_not_loaded"
    assert route(replace(now, staged=frozenset({"own"}))).answering.name == "own"


@given(st.text(min_size=1), st.text(min_size=1, max_size=64), st.integers(0, 100), st.integers(0, 100))
def test_a_draw_falls_always_on_the_same_side_and_more_percent_takes_nobody_back(
    draw: str, key: str, percent: int, more: int
) -> None:
    fewer, more = sorted((percent, more))
    few, many = (
        route(serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, key, share)), draw=draw)
        for share in (fewer, more)
    )
    assert few == route(serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, key, fewer)), draw=draw)
    assert many.is_challenger or not few.is_challenger
    assert 0 <= share_of(draw, key) < 100


def test_the_share_is_the_percentage_and_each_challenger_draws_anew() -> None:
    draws = [f"evaluation {number}" for number in range(4000)]
    one, other = ({draw for draw in draws if share_of(draw, key) < 20} for key in ("a" * 64, "b" * 64))
    assert all(700 < len(drawn) < 900 for drawn in (one, other))
    assert 100 < len(one & other) < 230


def test_a_live_challenger_answers_and_the_champion_stands_in_for_it() -> None:
    now = serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "b"))
    found = route(now)
    assert (found.answering.name, found.is_challenger, found.shadow) == ("b", True, None)
    assert found.previous == adapter("a")


def test_a_shadow_is_asked_beside_the_champion() -> None:
    found = route(serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "b", is_shadow=True)))
    assert (found.answering.name, found.is_challenger) == ("a", False)
    assert found.shadow == adapter("b")


@pytest.mark.parametrize(
    "now",
    [
        serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "b", 0)),
        serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "a")),
        serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "b"), missing="b"),
        serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "b"), refused="b"),
        serving(
            champion(DEFAULT_SCOPE, "a"),
            Alias(DEFAULT_SCOPE, CHALLENGER, adapter("b", servable=False), None, 100, False),
        ),
        serving(champion(COURSE, "a"), champion(DEFAULT_SCOPE, "x"), challenger(DEFAULT_SCOPE, "b")),
    ],
    ids=["nobody said so", "it is the champion", "not loaded", "refused", "tainted", "of a wider scope"],
)
def test_a_challenger_that_may_not_answer_leaves_everything_to_the_champion(now: Serving) -> None:
    assert route(now) == Route(adapter("a"))


def test_without_a_draw_nobody_is_tried_on() -> None:
    assert route(serving(champion(DEFAULT_SCOPE, "a"), challenger(DEFAULT_SCOPE, "b")), draw="") == Route(adapter("a"))


def test_a_scope_without_a_champion_of_its_own_may_challenge_the_wider_one() -> None:
    now = serving(champion(DEFAULT_SCOPE, "a"), challenger(COURSE, "b"))
    assert route(now).answering.name == "b"
    assert route(now, Scopes(course="another")).answering.name == "a"


def test_the_previous_champion_stands_in_where_policy_allows_it() -> None:
    now = serving(champion(DEFAULT_SCOPE, "b", previous=adapter("a")))
    assert route(now).previous is None
    assert route(now, allows_previous=True).previous == adapter("a")
    withdrawn = serving(champion(DEFAULT_SCOPE, "b", servable=False, previous=adapter("a")))
    assert previous_champion(withdrawn, ALL) == adapter("a")
    assert previous_champion(serving(champion(DEFAULT_SCOPE, "b", previous=adapter("a", servable=False))), ALL) is None
    assert previous_champion(serving(champion(DEFAULT_SCOPE, "b", previous=adapter("a")), missing="a"), ALL) is None


def test_the_champion_before_goes_on_until_its_successor_is_loaded() -> None:
    before = replace(serving(champion(DEFAULT_SCOPE, "a")), confirmed_at=1.0)
    promoted = replace(before, aliases=(champion(DEFAULT_SCOPE, "b"),))
    assert succession(promoted, frozenset("ab"))[DEFAULT_SCOPE].name == "a"
    loaded = replace(promoted, loaded=frozenset("ab"))
    assert succession(loaded, frozenset("ab"))[DEFAULT_SCOPE].name == "a"
    assert succession(replace(loaded, staged=frozenset("ab")), frozenset("ab"))[DEFAULT_SCOPE].name == "b"
    restarted = replace(promoted, loaded=frozenset(), staged=frozenset())
    assert succession(replace(restarted, staged=frozenset("a")), frozenset("ab"))[DEFAULT_SCOPE].name == "a"
    for withdrawn in (succession(promoted, frozenset("b")), succession(restarted, frozenset("ab"))):
        with pytest.raises(NoChampion) as caught:
            route(replace(promoted, champions=withdrawn))
        assert caught.value.code == "champion_not_loaded"


def test_a_wider_scope_goes_on_until_the_first_champion_of_a_narrower_one_is_loaded() -> None:
    wide = champion(DEFAULT_SCOPE, "all")
    before = replace(serving(wide), confirmed_at=1.0)
    for earlier in (before, replace(before, champions={**before.champions, COURSE: adapter("old", servable=False)})):
        promoted = replace(earlier, aliases=(champion(COURSE, "own"), wide))
        on_its_way = replace(promoted, champions=succession(promoted, frozenset({"all", "own"})))
        assert route(on_its_way).answering.name == "all"
        arrived = replace(on_its_way, loaded=frozenset({"all", "own"}), staged=frozenset({"all", "own"}))
        assert succession(arrived, frozenset({"all", "own"}))[COURSE].name == "own"


def test_before_the_first_look_is_done_no_other_answers_in_the_place_of_a_champion() -> None:
    starting = serving(champion(COURSE, "own"), champion(DEFAULT_SCOPE, "all"), missing="own")
    assert starting.champions[COURSE].name == "own"


def test_gaps_name_scope_alias_and_what_is_missing() -> None:
    now = serving(champion(COURSE, "own", servable=False), challenger(COURSE, "try"), refused="try")
    assert [gap.as_dict() for gap in now.gaps()] == [
        {"scope": "default", "alias": "champion", "adapter": "", "code": "no_champion"},
        {"scope": "course:c", "alias": "champion", "adapter": "own", "code": "adapter_tainted"},
        {"scope": "course:c", "alias": "challenger", "adapter": "try", "code": "adapter_tampered"},
    ]
