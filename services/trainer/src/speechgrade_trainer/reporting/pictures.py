"""All pictures of a report, ready to stand in the page. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from speechgrade_shared.subject import Split

from speechgrade_trainer.evaluation.figures import WHO, Group, TestFigures
from speechgrade_trainer.recipe import Recipe
from speechgrade_trainer.registry.facts import Facts, Loss
from speechgrade_trainer.registry.verdict import NAMES
from speechgrade_trainer.reporting.charts.calibration import calibrated, calibration, pooled
from speechgrade_trainer.reporting.charts.confusion import confusion
from speechgrade_trainer.reporting.charts.distributions import distribution
from speechgrade_trainer.reporting.charts.forest import Estimate, forest
from speechgrade_trainer.reporting.charts.lengths import Bar, lengths
from speechgrade_trainer.reporting.charts.losses import losses
from speechgrade_trainer.reporting.tables import LARGE_GAP, section_of

FEW_PEOPLE = 5
"""A group of fewer is a statement about persons; its numbers are not shown."""


@dataclass(frozen=True, slots=True)
class CriterionPictures:
    """The three pictures of one criterion."""

    name: str
    distribution: Markup | None
    calibration: Markup | None
    confusion: Markup | None


@dataclass(frozen=True, slots=True)
class Axis:
    """The groups of one axis: the picture of those that are large enough, their sizes, and what is held back."""

    name: str
    picture: Markup | None
    groups: Mapping[str, Group]
    held_back: int


def paired_picture(test: TestFigures) -> Markup | None:
    """The paired differences to every opponent."""
    met = [
        Estimate(NAMES[who], test.paired[who].difference, test.paired[who].interval)
        for who in WHO
        if who in test.paired
    ]
    clear = [one.name for one in met if one.is_clear and one.value < 0]
    alt = f"Paired differences of the error: the adapter is clearly closer than {len(clear)} of {len(met)} opponents"
    return forest(met, alt, below="adapter closer", above="opponent closer")


def calibration_picture(test: TestFigures) -> Markup | None:
    """All criteria together, in per cent of their maxima."""
    return calibration(calibrated(pooled(test.distributions)), 100.0, "All criteria", "% of the maximum")


def criterion_pictures(test: TestFigures) -> dict[str, list[CriterionPictures]]:
    """Pictures of every criterion, by section."""
    found: dict[str, list[CriterionPictures]] = {}
    for key, one in test.distributions.items():
        section = section_of(key, test) or "Other"
        name = key.removeprefix(f"{section} / ")
        pictures = CriterionPictures(
            name, distribution(one, name), calibration(calibrated(one), one.maximum, name), confusion(one, name)
        )
        found.setdefault(section, []).append(pictures)
    return found


def group_axes(test: TestFigures) -> list[Axis]:
    """The gaps of each axis; a group of too few people is counted, not shown."""
    axes = []
    for name, groups in test.groups.items():
        large = {group: numbers for group, numbers in groups.items() if numbers.persons >= FEW_PEOPLE}
        gaps = [Estimate(group, one.gap, one.interval) for group, one in large.items() if one.gap is not None]
        beyond = [one.name for one in gaps if abs(one.value) > LARGE_GAP]
        alt = f"Gaps by {name}: {len(beyond)} of {len(gaps)} groups are further than {LARGE_GAP} from all speeches"
        picture = forest(gaps, alt, below="scored too low", above="scored too high", band=LARGE_GAP)
        axes.append(Axis(name, picture, large, len(groups) - len(large)))
    return axes


def loss_picture(loss: Loss) -> Markup | None:
    """Validation and, where it was kept, training loss over epochs."""
    last = max((point.epoch for point in loss.curve), default=0.0)
    per_step = last / loss.steps if loss.steps else 0.0
    training = [(step.step * per_step, step.loss) for step in loss.train]
    return losses([(one.epoch, one.validation) for one in loss.curve], training, loss.best_step * per_step)


def length_pictures(facts: Facts, recipe: Recipe) -> list[Markup]:
    """One histogram per split whose lengths are known; in the test split the answer has a room of its own."""
    found = []
    for split in facts.examples:
        tokens = facts.tokens.get(split)
        buckets = facts.preflight.histogram.get(split) or (tokens.histogram() if tokens else ())
        bars = [Bar(bucket.start, bucket.end, bucket.count) for bucket in buckets]
        answer = recipe.evaluation.max_new_tokens if split == Split.TEST else 0
        found.append(lengths(bars, split, recipe.max_length - answer))
    return [one for one in found if one is not None]
