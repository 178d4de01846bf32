"""A push to the hub, which nobody does by accident: an operator must have allowed it, and the repository is private."""

from contextlib import closing
from typing import Any

from speechgrade_shared.project import SupabaseProject

from speechgrade_trainer.errors import ExportRefused, PushDisabled
from speechgrade_trainer.offline import let_libraries_reach_the_hub
from speechgrade_trainer.registry.adapters import fetch
from speechgrade_trainer.settings import TrainerSettings


def push_adapter(settings: TrainerSettings, wanted: str, repository: str) -> dict[str, Any]:
    """Send a registered adapter's folder to a private repository of the hub.

    Raises:
        PushDisabled: ``SPEECHGRADE_ALLOW_HUB_PUSH`` is not true, or ``HF_HUB_OFFLINE`` is set; nothing was sent.
        AdapterInvalid: it is unknown or tainted.
        ExportRefused: ``repository_public``, or ``hub_refused``.
    """
    if not settings.allow_hub_push:
        raise PushDisabled("Nothing is sent to the hub unless SPEECHGRADE_ALLOW_HUB_PUSH is true.")
    if settings.is_hub_offline:
        raise PushDisabled("HF_HUB_OFFLINE is set on this machine.")
    with closing(SupabaseProject.from_settings(settings)) as project:
        package = fetch(project, settings.adapter_bucket, wanted, settings.adapters_dir)
    let_libraries_reach_the_hub()
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    hub = HfApi()
    try:
        hub.create_repo(repository, private=True, exist_ok=True)
        # A repository that was there before may be open to everybody.
        if not hub.repo_info(repository).private:
            raise ExportRefused(f"{repository} is public; nothing was sent.", code="repository_public")
        hub.upload_folder(repo_id=repository, folder_path=str(package.folder), commit_message=package.name)
    except (HfHubHTTPError, OfflineModeIsEnabled, OSError) as error:
        raise ExportRefused(f"The hub does not take {package.name}.", code="hub_refused") from error
    return {"name": package.name, "digest": package.digest, "repository": repository}
