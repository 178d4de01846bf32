"""What a command needs before it can do anything: settings, logging, the project."""

from speechgrade_shared import settings as shared_settings
from speechgrade_shared.project import SupabaseProject
from speechgrade_shared.telemetry import configure_logging, secrets_of

from speechgrade_exporter.settings import ExporterSettings


def start() -> tuple[ExporterSettings, SupabaseProject]:
    """Read the settings, begin to log, and reach for the project.

    Raises:
        SettingsInvalid: all problems at once.
    """
    settings = shared_settings.load(ExporterSettings)
    configure_logging("exporter", level=settings.log_level, as_json=settings.log_json, secrets=secrets_of(settings))
    return settings, SupabaseProject.from_settings(settings)
