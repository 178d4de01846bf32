"""How often which points were given, and in place of which. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isnan

import numpy as np
from speechgrade_shared.sections import whole

from speechgrade_trainer.evaluation.figures import Distribution
from speechgrade_trainer.evaluation.ground import Ground, Points


def distributions(ground: Ground, answers: Sequence[Points | None]) -> dict[str, Distribution]:
    """The instructors' and the model's points of each criterion, every number of the grid included."""
    rounded = ground.on_grid(ground.given(answers)).tolist()
    found = {}
    for index, name in enumerate(ground.labels):
        places = np.flatnonzero(ground.label == index).tolist()
        criterion = ground.instances[places[0]].criterion
        grid = [_text(points) for points in criterion.grid()]
        human = {place: _text(ground.human[place]) for place in places}
        machine = {place: _text(rounded[place]) for place in places if not isnan(rounded[place])}
        found[name] = Distribution(
            maximum=criterion.max_points,
            human=_counted(human.values(), grid),
            adapter=_counted(machine.values(), grid),
            confusion={
                given: dict(Counter(text for place, text in machine.items() if human[place] == given))
                for given in grid
                if given in {human[place] for place in machine}
            },
        )
    return found


def _counted(texts: Iterable[str], grid: Sequence[str]) -> dict[str, int]:
    counts = Counter(texts)
    return {text: counts[text] for text in grid}


def _text(points: float) -> str:
    return str(whole(points))
