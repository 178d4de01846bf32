"""The error tree that every service's own tree grows from.

SpeechgradeError
├── SettingsInvalid        settings_invalid        operator
├── RubricInvalid          rubric_*                never
├── SectionsUnreadable     sections_*              never
├── AnswerInvalid          answer_*                later
├── ManifestInvalid        manifest_*              never
├── NameModelMissing       name_model_missing      operator
├── PortUnavailable        port_unavailable        operator
├── DatasetUnavailable     dataset_*               later, or never once erased
└── ProjectError           the Supabase project
    ├── ProjectUnreachable project_unreachable     later
    ├── ProjectRefused     project_refused         operator
    ├── ObjectMissing      object_missing          later
    ├── ObjectExists       object_exists           never
    └── PartsUnsupported   parts_unsupported       never
"""

from enum import StrEnum


class Retry(StrEnum):
    """Whether trying the same thing again can help."""

    NEVER = "never"
    LATER = "later"
    OPERATOR = "operator"


class SpeechgradeError(Exception):
    """A failure with a stable code.

    ``public`` is safe to show to anyone: it never holds student text, a credential, or the text of a lower layer.
    """

    code = "internal_error"
    retry = Retry.NEVER

    def __init__(self, public: str, *, code: str | None = None) -> None:
        super().__init__(public)
        self.public = public
        if code is not None:
            self.code = code


class SettingsInvalid(SpeechgradeError):
    """One or more settings are missing or wrong; ``public`` names all of them, one per line."""

    code = "settings_invalid"
    retry = Retry.OPERATOR


class RubricInvalid(SpeechgradeError):
    """The rubric cannot be graded with: unreadable, empty, without points, or with duplicate names."""

    code = "rubric_unreadable"


class SectionsUnreadable(SpeechgradeError):
    """The scores of an evaluation cannot be read against its rubric."""

    code = "sections_unreadable"


class AnswerInvalid(SpeechgradeError):
    """The model's answer does not fit the rubric, so it is not accepted; another attempt may."""

    code = "answer_unreadable"
    retry = Retry.LATER


class ManifestInvalid(SpeechgradeError):
    """A manifest or an object that it names is not what it claims to be."""

    code = "manifest_invalid"


class NameModelMissing(SpeechgradeError):
    """The language model that the settings name as a second source of people's names cannot be loaded."""

    code = "name_model_missing"
    retry = Retry.OPERATOR


class PortUnavailable(SpeechgradeError):
    """The address on which a service is to be reached cannot be listened on."""

    code = "port_unavailable"
    retry = Retry.OPERATOR


class DatasetUnavailable(SpeechgradeError):
    """There is no dataset to read: none is published, or consent has taken it away."""

    code = "dataset_missing"
    retry = Retry.LATER

    def __init__(self, public: str, *, code: str, retry: Retry = Retry.LATER) -> None:
        super().__init__(public, code=code)
        self.retry = retry


class ProjectError(SpeechgradeError):
    """Something between us and the Supabase project failed."""

    code = "project_error"
    retry = Retry.LATER


class ProjectUnreachable(ProjectError):
    """The project did not answer in time."""

    code = "project_unreachable"


class ProjectRefused(ProjectError):
    """The project answered, and said no; ``database_code`` is the SQLSTATE or PostgREST code where there is one."""

    code = "project_refused"
    retry = Retry.OPERATOR

    def __init__(self, public: str, *, database_code: str = "", hint: str = "") -> None:
        super().__init__(public)
        self.database_code = database_code
        self.hint = hint


class ObjectMissing(ProjectError):
    """An object that a row names is not in its bucket."""

    code = "object_missing"


class ObjectExists(ProjectError):
    """There is an object at this path already, and it is not replaced."""

    code = "object_exists"
    retry = Retry.NEVER


class PartsUnsupported(ProjectError):
    """The project's Storage takes an object only as a whole."""

    code = "parts_unsupported"
    retry = Retry.NEVER
