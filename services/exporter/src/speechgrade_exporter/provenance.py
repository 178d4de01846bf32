"""Who made a label: invariant 2. No machine's unreviewed opinion is taught as truth.

The app never records that a person approved a grading, and opening its edit screen rewrites every score from its
letter. So "edited" alone proves nothing: a person's judgement shows only where points differ from the model's in a way
that the edit screen does not explain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from speechgrade_exporter.corrections import fields_of, standing_corrections
from speechgrade_exporter.edit_screen import Difference, difference
from speechgrade_exporter.kept_output import kept_output
from speechgrade_exporter.recorded_points import Place, RecordedScore, recorded_scores, without
from speechgrade_exporter.stored_data import Grading

HUMAN_PROVIDERS = frozenset({"", "manual", "human", "instructor"})
"""What the app's column names a person with. "unknown" is no person: something graded, and the app lost what."""
_ABSENT = RecordedScore(None, None, "")
_SYNTHETIC = {"demo", "synthetic", "behavior_example", "behaviour_example"}


class Provenance(StrEnum):
    """Where a grading comes from."""

    HUMAN_AUTHORED = "human_authored"
    HUMAN_CHANGED = "human_changed"
    HUMAN_CONFIRMED = "human_confirmed"
    AI_ONLY = "ai_only"
    ARTEFACT = "artefact"
    SYNTHETIC = "synthetic"


class Trace(StrEnum):
    """What a provenance was concluded from."""

    PROVIDER = "provider"
    OWN_SCORE = "own_score"
    NOT_EDITED = "not_edited"
    KEPT_OUTPUT = "kept_output"
    CORRECTIONS = "corrections"
    NO_TRACE = "no_trace"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A provenance, what it was concluded from, and how each criterion's points differ from the model's.

    ``before`` and ``after`` are what was compared. ``kept_output_is_foreign`` says that nothing ties the model output
    that the app saved with this evaluation to it.
    """

    provenance: Provenance
    trace: Trace
    differences: Mapping[Place, Difference] = field(default_factory=dict)
    before: Mapping[Place, RecordedScore] = field(default_factory=dict)
    after: Mapping[Place, RecordedScore] = field(default_factory=dict)
    corrected: tuple[str, ...] = ()
    kept_output_is_foreign: bool = False


def trace_label(
    evaluation: Mapping[str, Any],
    grading: Grading,
    own_scores: Iterable[object] | None = None,
    human_providers: frozenset[str] = HUMAN_PROVIDERS,
    unseen: frozenset[Place] = frozenset(),
) -> Evidence:
    """Find out where a grading comes from.

    ``own_scores`` are the sections that this system itself gave the speech; None where nobody knows. ``unseen`` are
    places that a transcript cannot show: what a person gave there makes no label of the rest.
    """
    provider = provider_name(evaluation)
    if provider in _SYNTHETIC:
        return Evidence(Provenance.SYNTHETIC, Trace.PROVIDER)
    clues = _clues(evaluation, grading, unseen)
    own = None if own_scores is None else [without(recorded_scores(sections), unseen) for sections in own_scores]
    found = _own_score(evaluation, grading, own, clues.original)
    if found is None and not clues.is_from_model and provider in human_providers:
        found = Evidence(Provenance.HUMAN_AUTHORED, Trace.PROVIDER)
    if found is None:
        found = _by_person(grading, clues, unseen)
    is_foreign = clues.is_from_model and clues.original is None
    return replace(found, corrected=clues.corrected, kept_output_is_foreign=is_foreign)


@dataclass(frozen=True, slots=True)
class _Clues:
    """What the app kept beside the scores: whether a model's output, that output if it is of this speech, the log."""

    is_from_model: bool
    original: Mapping[Place, RecordedScore] | None
    corrected: tuple[str, ...]


def _clues(evaluation: Mapping[str, Any], grading: Grading, unseen: frozenset[Place]) -> _Clues:
    kept = kept_output(grading)
    possible = kept.scores if kept and kept.is_possible else None
    log = grading.data.get("corrections") if grading.edited else None
    corrected = standing_corrections(log, grading.recorded, original=possible, saved_at=evaluation.get("created_at"))
    # A person may rewrite every comment; then only a log that fits ties what the app kept to this speech.
    is_tied = corrected or (kept and kept.shares_a_comment)
    original = without(possible, unseen) if possible and is_tied else None
    return _Clues(kept is not None, original, corrected)


def _by_person(grading: Grading, clues: _Clues, unseen: frozenset[Place]) -> Evidence:
    """What shows that a person was at a model's scores."""
    if not grading.edited:
        return Evidence(Provenance.AI_ONLY, Trace.NOT_EDITED)
    if clues.original:
        return _compared(clues.original, grading.recorded, Trace.KEPT_OUTPUT)
    if set(clues.corrected) - fields_of(unseen):
        return Evidence(Provenance.HUMAN_CHANGED, Trace.CORRECTIONS)
    return Evidence(Provenance.AI_ONLY, Trace.NO_TRACE)


def provider_name(evaluation: Mapping[str, Any]) -> str:
    """The app's name of what graded, folded; empty where there is none."""
    value = evaluation.get("ai_provider")
    return value.strip().casefold() if isinstance(value, str) else ""


def _own_score(
    evaluation: Mapping[str, Any],
    grading: Grading,
    own_scores: Iterable[Mapping[Place, RecordedScore]] | None,
    kept: Mapping[Place, RecordedScore] | None,
) -> Evidence | None:
    """Evidence that these are the points that this system gave, or may be; saving them unchanged makes no label."""
    if not evaluation.get("model_used"):
        return None
    given = list(own_scores or ())
    for scores in given:
        found = _compared(scores, grading.recorded, Trace.OWN_SCORE)
        if scores and found.provenance is Provenance.HUMAN_CONFIRMED:
            return replace(found, provenance=Provenance.AI_ONLY)
        # The edit screen can have rewritten them only where somebody saved it.
        if found.provenance is Provenance.ARTEFACT and grading.edited:
            return found
    if given and all(_is_readable(scores) for scores in given):
        return None
    # Nobody can say what we gave; a change of what the app kept still shows a person.
    is_changed = kept and _compared(kept, grading.recorded, Trace.KEPT_OUTPUT).provenance is Provenance.HUMAN_CHANGED
    return None if is_changed else Evidence(Provenance.AI_ONLY, Trace.OWN_SCORE)


def _is_readable(scores: Mapping[Place, RecordedScore]) -> bool:
    return any(score.points is not None for score in scores.values())


def _compared(before: Mapping[Place, RecordedScore], after: Mapping[Place, RecordedScore], trace: Trace) -> Evidence:
    differences = {place: difference(score, standing_score(after, place)) for place, score in before.items()}
    # The dialog cuts off every fraction of its section: where one is left, a person lowered the others.
    fractional = {place[0] for place, score in after.items() if score.points and not score.points.is_integer()}
    for place, kind in differences.items():
        if kind is Difference.TRUNCATED and place[0] in fractional:
            differences[place] = Difference.CHANGED
    return Evidence(_concluded(set(differences.values())), trace, differences, before, after)


def standing_score(after: Mapping[Place, RecordedScore], place: Place) -> RecordedScore:
    """What stands for a criterion. Our own scores have one in a category without any: the category itself."""
    section, criterion = place
    whole = after.get((section, "")) if section == criterion else None
    return after.get(place) or whole or _ABSENT


def _concluded(kinds: set[Difference]) -> Provenance:
    if kinds <= {Difference.CONFIRMED}:
        return Provenance.HUMAN_CONFIRMED
    # Points that the screen made up for a missing letter were given by nobody, whatever else was changed.
    if Difference.UNGRADED in kinds or Difference.CHANGED not in kinds:
        return Provenance.ARTEFACT
    return Provenance.HUMAN_CHANGED
