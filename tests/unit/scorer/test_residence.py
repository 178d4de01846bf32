"""The engine holds so many adapters; who answers stays, who is idle makes room, and who was withdrawn stops at once."""

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from speechgrade_scorer.adapters.registry import Adapter
from speechgrade_scorer.adapters.residence import Residence
from speechgrade_scorer.errors import EngineUnavailable

pytestmark = pytest.mark.anyio
FOLDER = Path("folder")


class ScriptedHost:
    """An engine's adapters as a set of names."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.calls: list[str] = []
        self.before_load: Callable[[str], None] = lambda _name: None

    async def model_names(self) -> frozenset[str]:
        return frozenset(self.names | {"base"})

    async def load_adapter(self, name: str, folder: Path) -> None:
        assert folder == FOLDER
        self.before_load(name)
        self.calls.append(f"+{name}")
        self.names.add(name)

    async def unload_adapter(self, name: str) -> None:
        self.calls.append(f"-{name}")
        self.names.discard(name)

    async def version(self) -> str:
        return "scripted"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def host() -> ScriptedHost:
    return ScriptedHost()


@pytest.fixture
def residence(host: ScriptedHost) -> Residence:
    return Residence(host, 2, clock=Clock())


def adapter(letter: str) -> Adapter:
    return Adapter(name(letter), letter, True, "approved", "base", "1", "r", 8, letter, ())


def name(letter: str) -> str:
    return f"sg-{letter}"


async def load(residence: Residence, letters: str, rank: int = 1) -> None:
    for letter in letters:
        residence.ranks = {**residence.ranks, name(letter): rank}
        await residence.load(adapter(letter), FOLDER)


def use(residence: Residence, letter: str) -> None:
    with residence.use(name(letter)):
        pass


async def test_the_least_recently_used_makes_room(residence: Residence, host: ScriptedHost) -> None:
    await load(residence, "ab")
    use(residence, "a")
    await load(residence, "c")
    assert host.calls == ["+sg-a", "+sg-b", "-sg-b", "+sg-c"]
    assert residence.loaded == {"sg-a", "sg-c"}


async def test_one_that_answers_is_never_unloaded_and_one_too_many_goes_when_it_is_idle(
    residence: Residence, host: ScriptedHost
) -> None:
    await load(residence, "ab")
    with residence.use("sg-a"), residence.use("sg-b"):
        await load(residence, "c")
        assert residence.loaded == {"sg-a", "sg-b", "sg-c"}
        await residence.shrink(0)
        assert "sg-a" in residence.loaded
        assert "sg-b" in residence.loaded
    assert len(residence.loaded) == 2
    assert host.calls[-1] == "-sg-c"


async def test_a_champion_makes_room_for_champions_alone(residence: Residence) -> None:
    await load(residence, "a", rank=2)
    await load(residence, "b")
    use(residence, "b")
    await load(residence, "c")
    assert residence.loaded == {"sg-a", "sg-c"}
    await load(residence, "d", rank=2)
    assert residence.loaded == {"sg-a", "sg-d"}
    residence.ranks = {**residence.ranks, "sg-e": 2, "sg-f": 1}
    assert not residence.has_room_for(adapter("e"))
    assert not residence.has_room_for(adapter("f"))
    await load(residence, "e", rank=2)
    assert residence.loaded == {"sg-d", "sg-e"}


async def test_what_nobody_asks_any_more_goes_after_a_while(residence: Residence, host: ScriptedHost) -> None:
    await load(residence, "ab")
    residence.ranks = {"sg-b": 1}
    await residence.shrink(50)
    assert host.names == {"sg-a", "sg-b"}
    clock = residence._clock
    assert isinstance(clock, Clock)
    clock.now += 60
    await residence.shrink(50)
    assert host.names == {"sg-b"}


async def test_one_that_is_asked_again_in_time_stays(residence: Residence, host: ScriptedHost) -> None:
    await load(residence, "a")
    clock = residence._clock
    assert isinstance(clock, Clock)
    for ranks in ({}, {"sg-a": 1}, {}):
        residence.ranks = ranks
        await residence.shrink(50)
        clock.now += 40
    assert host.names == {"sg-a"}


async def test_what_may_not_answer_is_unloaded_even_while_it_answers(residence: Residence, host: ScriptedHost) -> None:
    await load(residence, "ab")
    host.names |= {"someone-elses", "sg-new"}
    stopped = anyio.Event()

    async def answer() -> None:
        with residence.use("sg-a") as answering:
            await anyio.sleep_forever()
        assert answering.cancelled_caught
        stopped.set()

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(answer)
            await anyio.wait_all_tasks_blocked()
            residence.stop(frozenset({"sg-b"}))
            known = await residence.inspect(frozenset({"sg-b"}), frozenset({"sg-a", "sg-b"}))
            await stopped.wait()
    assert known >= {"base", "sg-a"}
    assert host.names == {"sg-b", "someone-elses", "sg-new"}
    assert (residence.loaded, residence.present) == ({"sg-b"}, {"sg-b", "sg-new"})


async def test_what_another_scorer_loaded_counts_as_loaded(residence: Residence, host: ScriptedHost) -> None:
    def fail(found: str) -> None:
        host.names.add(found)
        raise EngineUnavailable("It is there already.")

    host.before_load = fail
    await load(residence, "a")
    assert residence.loaded == {"sg-a"}
    assert host.calls == []


async def test_what_the_engine_does_not_take_is_not_loaded(residence: Residence, host: ScriptedHost) -> None:
    def fail(_found: str) -> None:
        raise EngineUnavailable("No.")

    host.before_load = fail
    with pytest.raises(EngineUnavailable):
        await load(residence, "a")
    assert residence.loaded == frozenset()


async def test_an_engine_that_restarted_holds_nothing(residence: Residence, host: ScriptedHost) -> None:
    await load(residence, "ab")
    host.names.clear()
    await residence.inspect(frozenset({"sg-a", "sg-b"}), frozenset())
    assert residence.loaded == frozenset()
