"""`docker compose` on the project's own file, as an operator calls it."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from speechgrade_local.errors import SetupMissing, StepFailed

PROJECT = "speechgrade-smoke"
IMAGES = ("exporter", "scorer", "trainer", "engine-cpu")
_PROFILES = ("cpu", "train", "weights")
_FOREIGN = ("SUPABASE_", "SPEECHGRADE_", "COMPOSE_")


class Compose:
    """Calls of one project, with exactly the settings of one file and none of this machine's own.

    Raises (every call):
        SetupMissing: there is no Docker Engine, or no Compose.
        StepFailed: the command ended with an error; what it said is on the terminal.
    """

    def __init__(self, repo: Path, settings: Mapping[str, str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._repo, self._env_file = repo, folder / "compose.env"
        self._env_file.touch(mode=0o600)
        self._env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")

    def build(self) -> None:
        """Make every image of the project."""
        self._call("build", *IMAGES)

    def up(self, *services: str) -> None:
        """Start services and wait until they are healthy."""
        self._call("up", "--detach", "--wait", "--no-build", *services)

    def run(self, service: str, arguments: Sequence[str], *options: str) -> str:
        """A one-off container of a service; what it wrote to its standard output."""
        return self._call("run", "--rm", "--no-TTY", *options, service, *arguments, listens=True)

    def execute(self, service: str, arguments: Sequence[str], good: Sequence[int] = (0,)) -> str:
        """A command in the running container of a service; what it wrote to its standard output."""
        return self._call("exec", "--no-TTY", service, *arguments, listens=True, good=good)

    def logs(self, target: Path) -> None:
        """Keep what every container has said."""
        target.write_text(self._call("logs", "--no-color", "--timestamps", listens=True), "utf-8")

    def down(self) -> None:
        """Stop and remove everything, volumes included."""
        self._call("down", "--volumes", "--remove-orphans")

    def image_bytes(self) -> dict[str, int]:
        """The size of every image, in bytes as the engine counts them."""
        services = json.loads(self._call("config", "--format", "json", listens=True))["services"]
        sizes = {name: docker("image", "inspect", "--format", "{{.Size}}", services[name]["image"]) for name in IMAGES}
        return {name: int(size) for name, size in sizes.items()}

    def _call(self, *arguments: str, listens: bool = False, good: Sequence[int] = (0,)) -> str:
        files = ("--file", str(self._repo / "compose.yaml"), "--file", str(self._repo / "deploy/smoke.compose.yaml"))
        command = ("compose", "--project-name", PROJECT, *files, "--env-file", str(self._env_file))
        profiles = (part for profile in _PROFILES for part in ("--profile", profile))
        return docker(*command, *profiles, *arguments, listens=listens, good=good)


def docker(*arguments: str, listens: bool = True, good: Sequence[int] = (0,)) -> str:
    """`docker …`; its standard output where `listens`, else it goes to the terminal. `good`: exit codes of success."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    try:
        done = subprocess.run(
            ("docker", *arguments), env=theirs, stdout=subprocess.PIPE if listens else None, text=True, check=False
        )
    except FileNotFoundError as error:
        raise SetupMissing("Docker is not installed on this machine.") from error
    if done.returncode not in good:
        shown = " ".join(part for part in arguments if not part.startswith("/"))
        raise StepFailed(f"docker {shown[:200]} ended with exit code {done.returncode}; what it said is above.")
    return done.stdout or ""


def host_address() -> str:
    """Where containers find this machine: the gateway of the default bridge.

    Raises:
        SetupMissing: there is no Docker Engine on this machine.
    """
    try:
        found: Any = json.loads(docker("network", "inspect", "bridge"))
    except StepFailed as error:
        raise SetupMissing("There is no Docker Engine to talk to; DOCKER_HOST says where it is.") from error
    config = found[0]["IPAM"]["Config"][0]
    # Where the gateway is not told, it is the subnet's first address.
    return str(config.get("Gateway") or next(ip_network(config["Subnet"]).hosts()))
