"""Who is learned from, who chooses the weights, and who is only measured: by person, by keyed hash, frozen."""

from collections.abc import Iterable, Mapping

from speechgrade_shared.subject import Split, SplitShares, assign_split

from speechgrade_local.bench_trainer_quality.texts import ScoredText

KEY = b"bench-trainer-quality"
"""No secret: the texts are public. Another key would be another test split, and nothing could be compared any more."""
SHARES = SplitShares()


def split_by_person(texts: Iterable[ScoredText]) -> dict[Split, tuple[ScoredText, ...]]:
    """Every text of a person goes where the person's hash says, as in the exporter."""
    placed: dict[Split, list[ScoredText]] = {split: [] for split in Split}
    for text in texts:
        placed[assign_split(KEY, text.person, SHARES)].append(text)
    return {split: tuple(found) for split, found in placed.items()}


def first_of_each(splits: Mapping[Split, tuple[ScoredText, ...]], share: float) -> dict[Split, tuple[ScoredText, ...]]:
    """The first texts of each split, at least one; the file's order is by a random id."""
    return {split: texts[: max(1, round(share * len(texts)))] for split, texts in splits.items()}
