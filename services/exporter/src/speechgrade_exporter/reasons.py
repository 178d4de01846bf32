"""Why an evaluation is not taught: each code with one plain sentence, for whoever has to answer for the data.

Codes are kept in the database and in manifests, so they never change their meaning. The anonymizer's scan may find
kinds of identifiers that are not listed; ``sentence`` knows those by their prefix, and shows an unknown code as it is.
"""

from enum import StrEnum


class Reason(StrEnum):
    """The code of an exclusion or a quarantine; ``sentence`` says it to a person."""

    sentence: str

    def __new__(cls, code: str, sentence: str) -> "Reason":
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member

    # Consent and life: the same codes as llm_private.teach_obstacle.
    EVALUATION_GONE = "evaluation_gone", "The evaluation does not exist any more."
    STUDENT_CONSENT_REFUSED = "student_consent_refused", "The student's latest decision is no."
    INSTRUCTOR_CONSENT_MISSING = "instructor_consent_missing", "The instructor has not agreed to training."
    COURSE_MISSING = "course_missing", "The evaluation belongs to no course, so no consent can cover it."
    ENROLMENT_UNKNOWN = (
        "enrolment_unknown",
        "The evaluation's student is not enrolled in its course, so no consent can be matched to it.",
    )
    INSTRUCTOR_UNKNOWN = "instructor_unknown", "The instructor has no profile, so their consent cannot be read."
    STUDENT_CONSENT_MISSING = "student_consent_missing", "The student has made no decision; silence is a no."
    CONSENT_UNREADABLE = (
        "consent_unreadable",
        "A decision of the student has no readable type or time, so which one is the latest is not known.",
    )
    EVALUATION_DELETED = "evaluation_deleted", "The evaluation was deleted in the app."
    COURSE_DELETED = "course_deleted", "The course was deleted in the app."
    ENROLMENT_DELETED = "enrolment_deleted", "The student was removed from the course."
    DEMO_ACCOUNT = "demo_account", "The instructor's account is a demo account."
    DEMO_PROVIDER = "demo_provider", "The scores came from the app's demo mode."
    SUBJECT_ERASED = "subject_erased", "The person asked to be erased, and stays out."
    WITHDRAWN_BEFORE_RESTORE = (
        "withdrawn_before_restore",
        "Consent had been withdrawn before the database went back to a backup that does not know of it.",
    )
    TAKEN_OUT = "taken_out", "An operator has taken the speech out, and it stays out until that is lifted."
    SUBJECT_KEY_REPLACED = (
        "subject_key_replaced",
        "The key of the pseudonyms is being replaced, so that everybody leaves and comes back under another pseudonym.",
    )
    PERSON_MERGED = "person_merged", "Two pseudonyms turned out to be one person, so the example is made again."
    CONSENT_CHANGED = "consent_changed", "Consent was no longer there when the example was about to be kept."
    PROCESSING_FAILED = "processing_failed", "The evaluation could not be worked on; it stays out until it can be."

    # Who made the scores.
    PROVENANCE_AI_ONLY = "provenance_ai_only", "A model made the scores and nothing shows that a person changed them."
    PROVENANCE_ARTEFACT = (
        "provenance_artefact",
        "The points differ from the model's only as the app's edit screen rewrites them by itself, or some were given"
        " by nobody.",
    )
    PROVENANCE_SYNTHETIC = "provenance_synthetic", "The row was made up for a demonstration."
    PROVENANCE_HUMAN_AUTHORED = (
        "provenance_human_authored",
        "A person made the scores, and the settings leave such rows out.",
    )
    PROVENANCE_HUMAN_CHANGED = (
        "provenance_human_changed",
        "A person changed a model's scores, and the settings leave such rows out.",
    )
    PROVENANCE_HUMAN_CONFIRMED = (
        "provenance_human_confirmed",
        "A person saved a model's scores unchanged, and the settings leave such rows out.",
    )

    # The transcript.
    TRANSCRIPT_MISSING = "transcript_missing", "There is no transcript."
    TRANSCRIPT_PLACEHOLDER = "transcript_placeholder", "A placeholder stands where the transcript should be."
    TRANSCRIPT_DEMO = "transcript_demo", "The transcript is the app's demo text."
    TRANSCRIPT_NOTE = "transcript_note", "A model's note about what it could not see or hear stands for the transcript."
    TRANSCRIPT_SUMMARY = "transcript_summary", "A summary of the speech stands where the transcript should be."
    TRANSCRIPT_UNVERIFIED = (
        "transcript_unverified",
        "The transcript comes from a model that may have invented it, because it was never given the sound.",
    )
    TRANSCRIPT_TOO_SHORT = "transcript_too_short", "The transcript has too few words for a speech."
    TRANSCRIPT_TOO_LONG = "transcript_too_long", "The transcript has too many words for a speech."
    TRANSCRIPT_IMPLAUSIBLE = (
        "transcript_implausible",
        "Nobody speaks that many or that few words in the recorded time.",
    )

    # The stored grading.
    EVALUATION_DATA_MISSING = "evaluation_data_missing", "The evaluation holds no grading."
    EVALUATION_DATA_MALFORMED = "evaluation_data_malformed", "What is stored as the grading is no JSON object."
    SECTIONS_MISSING = "sections_missing", "No section was scored."
    SECTIONS_UNREADABLE = "sections_unreadable", "What is stored as the sections is no set of scores."
    SECTIONS_INCOMPLETE = "sections_incomplete", "A category or a criterion of the rubric has no score."
    SECTIONS_DUPLICATE = "sections_duplicate", "A category or a criterion was scored twice, and differently."
    SECTIONS_FABRICATED = (
        "sections_fabricated",
        "The scores are the zeros that the app's servers put in where they had none.",
    )
    POINTS_UNREADABLE = "points_unreadable", "The points of a criterion are not a number."
    POINTS_OUT_OF_BOUNDS = "points_out_of_bounds", "A criterion has more points than its maximum, or fewer than none."
    RUBRIC_MISSING = "rubric_missing", "No rubric is known, and the scores do not say what they are out of."
    RUBRIC_UNREADABLE = "rubric_unreadable", "The rubric cannot be read."
    RUBRIC_EMPTY = "rubric_empty", "The rubric has no categories."
    RUBRIC_NO_POINTS = "rubric_no_points", "A criterion of the rubric is worth no points."
    RUBRIC_DUPLICATE_NAME = "rubric_duplicate_name", "Two parts of the rubric have the same name."
    RUBRIC_NOT_OBSERVABLE = (
        "rubric_not_observable",
        "Everything in the rubric has to be seen or heard; the words of the speech show none of it.",
    )
    RUBRIC_TOO_LARGE = "rubric_too_large", "The rubric has too many criteria, or one worth too many points."

    # What the independent scan found after anonymization.
    LEAK_NAME = "leak_name", "A name of the course's people was still there after anonymization."
    LEAK_EMAIL = "leak_email", "An e-mail address was still there after anonymization."
    LEAK_NUMBER = "leak_number", "A number long enough to identify somebody was still there after anonymization."
    LEAK_WEB = "leak_web", "A web address was still there after anonymization."

    # Items of a file that the app's download buttons or scripts wrote.
    IMPORT_MALFORMED = "import_malformed", "This is not JSON."
    IMPORT_UNRECOGNIZED = "import_unrecognized", "This is no item of any format that the app writes."
    IMPORT_UNTIED = (
        "import_untied",
        "No evaluation in the database holds this speech and these scores, so nobody's consent covers it.",
    )
    IMPORT_AMBIGUOUS = (
        "import_ambiguous",
        "Several evaluations in the database hold this speech, so whose consent covers it is not known.",
    )
    IMPORT_PAIRS = "import_pairs", "Pairs of videos compare two speeches and are no grading of one."
    IMPORT_CORRECTIONS = (
        "import_corrections",
        "Correction pairs repeat what the database says of the evaluation, and hold no transcript.",
    )
    IMPORT_VIDEO = "import_video", "Items for a video model hold no transcript."
    IMPORT_BEHAVIOUR_EXAMPLE = (
        "import_behaviour_example",
        "Behaviour examples have made-up scores on a made-up rubric.",
    )


_BY_CODE = {str(reason): reason for reason in Reason}


def sentence(code: str) -> str:
    """What a code means, in one sentence; an unknown code is shown as it is."""
    known = _BY_CODE.get(code)
    if known is not None:
        return known.sentence
    kind = code.removeprefix("leak_")
    if kind != code:
        return f"Something that identifies a person ({kind}) was still there after anonymization."
    return f"No explanation is known for the code {code}."
