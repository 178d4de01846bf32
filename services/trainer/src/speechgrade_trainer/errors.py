"""The trainer's branch of the error tree.

TrainerError
├── RecipeInvalid      recipe_invalid                      operator
├── BaseUnavailable    base_unavailable                    operator
├── DatasetUnfit       renderer_mismatch, dataset_unfit    never
├── PreflightFailed    the one problem's code, or preflight_failed
├── LossNotFinite      loss_not_finite                     never
├── OutOfMemory        out_of_memory                       operator
├── AdapterInvalid     adapter_*, object_altered           never
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


class AdapterInvalid(TrainerError):
    """An adapter's folder or objects are not what its manifest says, or there is no such adapter."""

    code = "adapter_invalid"


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
