"""Everything this package raises on purpose.

StackError                     code and one public sentence
├── SetupMissing               a part of the stack is not installed
├── StackBusy                  another stack uses the same state directory
├── CommandFailed              a one-off command (initdb, migrations) ended with an error
├── StartFailed                a process did not become ready in time
├── ProcessDied                a process ended although nobody asked it to
├── NotStarted                 a part was used before it was started
├── StepFailed                 a step of the demo did not really happen
├── DataMissing                a bench's data is not on this machine
├── NoContainerEngine          images are to be read, and no container engine answers
├── NoImages                   the container engine has none of the project's images
├── UnreadableImage            an image is missing, or does not say what is in it
├── InvalidMaterials           a bill of materials could not be made, or breaks its schema
├── Unlicensed                 a dependency's licence is unknown, or not allowed
├── AuditFailed                a dependency has a known weakness, or an exception has expired
├── AuditImpossible            the advisory service could not be asked about every dependency
├── AuditMisconfigured         the list of exceptions is not one
├── DeployRefused              a deployment lacks a setting, or was not agreed to
└── DeployStopped              a step of a deployment failed; the same command goes on with it
"""

from __future__ import annotations


class StackError(Exception):
    """Base of the tree. `str(error)` may be shown to a person as it is."""

    code = "stack_error"
    exit_code = 1


class SetupMissing(StackError):
    """A part of the stack is not installed."""

    code = "setup_missing"


class StackBusy(StackError):
    """Another stack uses the same state directory."""

    code = "stack_busy"


class CommandFailed(StackError):
    """A one-off command ended with an error."""

    code = "command_failed"


class StartFailed(StackError):
    """A process did not become ready within its time limit."""

    code = "start_failed"


class ProcessDied(StackError):
    """A process of the stack ended although nobody asked it to."""

    code = "process_died"


class NotStarted(StackError):
    """A part of the stack was used before it was started."""

    code = "not_started"


class StepFailed(StackError):
    """A step of the demo did not really happen."""

    code = "step_failed"


class DataMissing(StackError):
    """A bench's data is not on this machine, so there is nothing to measure."""

    code = "data_missing"
    exit_code = 3


class NoContainerEngine(StackError):
    """Images are to be read, and no container engine answers."""

    code = "no_container_engine"
    exit_code = 2


class NoImages(StackError):
    """The container engine has none of the project's images."""

    code = "no_images"
    exit_code = 3


class UnreadableImage(StackError):
    """An image is missing, or does not say what is in it."""

    code = "unreadable_image"


class InvalidMaterials(StackError):
    """A bill of materials could not be made, or breaks the schema of its format."""

    code = "invalid_materials"


class Unlicensed(StackError):
    """A dependency's licence is unknown, or one that the project does not allow."""

    code = "unlicensed"


class AuditFailed(StackError):
    """A dependency has a known weakness that nobody accepted, or an exception has expired."""

    code = "audit_failed"


class AuditImpossible(StackError):
    """The advisory service could not be asked about every dependency, so nothing is known to be good."""

    code = "audit_impossible"
    exit_code = 5


class AuditMisconfigured(StackError):
    """The list of exceptions has an entry without its package, reason or date."""

    code = "audit_misconfigured"
    exit_code = 2


class DeployRefused(StackError):
    """A deployment cannot begin: a setting is missing or wrong, or nobody agreed to it."""

    code = "deploy_refused"
    exit_code = 2


class DeployStopped(StackError):
    """A step of a deployment failed. What is done stays done; the same command goes on with this step."""

    code = "deploy_stopped"
