"""The trainer's branch of the error tree.

TrainerError
├── RecipeInvalid      recipe_invalid                      operator
├── BaseUnavailable    base_unavailable                    operator
├── WeightsMissing     weights_missing, base_not_named, record_missing, cache_unwritable     operator
├── WeightsInvalid     weights_*, record_invalid, source_unreadable, destination_exists      never
├── WeightsBusy        weights_busy                        later
├── HubOffline         hub_offline                         operator
├── HubFailed          hub_unreachable, hub_refused, weights_corrupt                         later, or operator
├── TokenizerMismatch  tokenizer_mismatch                  operator
├── DatasetUnfit       renderer_mismatch, dataset_unfit    never
├── PreflightFailed    the one problem's code, or preflight_failed
├── LossNotFinite      loss_not_finite                     never
├── OutOfMemory        out_of_memory                       operator
├── DiskFull           disk_full                           operator
├── Interrupted        interrupted                         later
├── RunBusy            run_in_progress                     later
├── RunUnknown         run_unknown                         never
├── NotForgotten       not_forgotten                       never
├── RunLost            run_cancelled, run_taken_over, run_withdrawn            never
├── AdapterInvalid     adapter_*, metrics_unreadable, object_altered           never
├── GroupsInvalid      groups_invalid                      operator
├── EngineFailed       engine_failed                       operator
├── UploadFailed       upload_failed                       later
├── ScopeInvalid       scope_invalid                       operator
├── PromotionRefused   the registry's reason               never
├── ExportRefused      export_refused, adapter_*           never
└── PushDisabled       push_disabled                       operator
"""

from speechgrade_shared.errors import Retry, SpeechgradeError


class TrainerError(SpeechgradeError):
    """A training, an evaluation or a promotion could not be done."""


class RecipeInvalid(TrainerError):
    """The recipe cannot be trained with; ``public`` names every problem, one per line."""

    code = "recipe_invalid"
    retry = Retry.OPERATOR


class BaseUnavailable(TrainerError):
    """The base model is neither in the model folder nor in the local cache."""

    code = "base_unavailable"
    retry = Retry.OPERATOR


class WeightsMissing(TrainerError):
    """The base's files are not where they are looked for, or nobody has said which base."""

    code = "weights_missing"
    retry = Retry.OPERATOR


class WeightsInvalid(TrainerError):
    """The base's files are not what they are to be; ``public`` names each, one per line, with what to do."""

    code = "weights_invalid"


class WeightsBusy(TrainerError):
    """Another process writes the same base."""

    code = "weights_busy"
    retry = Retry.LATER


class HubOffline(TrainerError):
    """The hub is to be asked, and the operator has forbidden it."""

    code = "hub_offline"
    retry = Retry.OPERATOR


class HubFailed(TrainerError):
    """The hub does not answer, does not give the base, or has sent something else than it announced."""

    code = "hub_unreachable"
    retry = Retry.LATER


class TokenizerMismatch(TrainerError):
    """A tokenizer gives other ids than the model, or the adapter, has learned."""

    code = "tokenizer_mismatch"
    retry = Retry.OPERATOR


class DatasetUnfit(TrainerError):
    """The dataset is intact, but this trainer cannot learn from it."""

    code = "dataset_unfit"


class PreflightFailed(TrainerError):
    """Something would have gone wrong during the training; ``public`` names every problem, one per line."""

    code = "preflight_failed"


class LossNotFinite(TrainerError):
    """The loss became NaN or infinite, so the weights are worthless."""

    code = "loss_not_finite"


class OutOfMemory(TrainerError):
    """The device's memory does not hold this recipe."""

    code = "out_of_memory"
    retry = Retry.OPERATOR


class DiskFull(TrainerError):
    """The disk of the work folder has no room; what was saved before is intact."""

    code = "disk_full"
    retry = Retry.OPERATOR


class Interrupted(TrainerError):
    """The process was asked to stop. What it had is saved; the same command goes on with it."""

    code = "interrupted"
    retry = Retry.LATER


class RunBusy(TrainerError):
    """Another process is at the same training."""

    code = "run_in_progress"
    retry = Retry.LATER


class RunLost(TrainerError):
    """The run is not this process's any more: cancelled, gone on with elsewhere, or somebody has withdrawn."""

    code = "run_cancelled"


class RunUnknown(TrainerError):
    """The project has no such run."""

    code = "run_unknown"


class NotForgotten(TrainerError):
    """This machine keeps something of people who have withdrawn, and it could not be deleted."""

    code = "not_forgotten"


class AdapterInvalid(TrainerError):
    """An adapter's folder or objects are not what its manifest says, or there is no such adapter."""

    code = "adapter_invalid"


class GroupsInvalid(TrainerError):
    """The file that says which groups speakers belong to cannot be used."""

    code = "groups_invalid"
    retry = Retry.OPERATOR


class EngineFailed(TrainerError):
    """The serving engine that was to answer the test split does not start, does not answer, or is not there."""

    code = "engine_failed"
    retry = Retry.OPERATOR


class UploadFailed(TrainerError):
    """The adapter is trained and on disk, but not in the project."""

    code = "upload_failed"
    retry = Retry.LATER


class ScopeInvalid(TrainerError):
    """That is no scope that an alias can have."""

    code = "scope_invalid"
    retry = Retry.OPERATOR


class PromotionRefused(TrainerError):
    """The registry does not move an adapter or an alias like that; the code is its reason."""

    code = "promotion_refused"


class ExportRefused(TrainerError):
    """An adapter cannot be merged or written there."""

    code = "export_refused"


class PushDisabled(TrainerError):
    """Nothing is sent to the hub unless the operator has allowed it."""

    code = "push_disabled"
    retry = Retry.OPERATOR
