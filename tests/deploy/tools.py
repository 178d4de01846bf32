"""Where the checks of the deployment find their programs: ``.cache/tools`` first (``make tools``), then PATH.

>>> done = compose("config", "--quiet")              # Docker Compose, which needs no engine for this
>>> done = run(kubectl(), "kustomize", "k8s/base")   # kubectl(), promtool(): a path, or None
>>> @needs(kubectl)                                  # skips the test, and says why, where there is none
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
TOOLS = REPO / ".cache" / "tools"
_PLUGIN = Path("cli-plugins") / "docker-compose"

Finder = Callable[[], Path | None]


@functools.cache
def docker_compose() -> Path | None:
    """The Compose plugin. It is a program of its own: it needs no ``docker``, and takes what follows ``docker compose``."""
    homes = [TOOLS / "docker", *map(Path, filter(None, [os.environ.get("DOCKER_CONFIG")])), Path.home() / ".docker"]
    systems = [
        Path(folder) / "docker" for folder in ("/usr/local/lib", "/usr/lib", "/usr/local/libexec", "/usr/libexec")
    ]
    return next((path for home in homes + systems if os.access(path := home / _PLUGIN, os.X_OK)), None)


@functools.cache
def kubectl() -> Path | None:
    """A kubectl; ``make tools`` fetches one where the machine's own has no Kustomize 5."""
    return _program("kubectl")


@functools.cache
def promtool() -> Path | None:
    """Prometheus' own judge of its configuration, rules and metrics."""
    return _program("promtool")


def compose(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Docker Compose in the root of the repository, with exactly ``env`` where it is given.

    Where there is no plugin, whatever ``docker`` is on PATH is asked.
    """
    plugin = docker_compose()
    command = [plugin] if plugin else ["docker", "compose"]
    return subprocess.run(
        [*command, *arguments], cwd=REPO, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@functools.cache
def has_compose() -> bool:
    """Whether there is a Compose of the second generation or later: the first cannot read today's files."""
    try:
        done = compose("version", "--short")
    except (OSError, subprocess.TimeoutExpired):
        return False
    major = done.stdout.lstrip("v").partition(".")[0]
    return done.returncode == 0 and major.isdigit() and int(major) >= 2


def run(program: Path | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program in the root of the repository; ``None`` is a program that was not looked for first."""
    assert program is not None, "use @needs(…): this machine lacks the program"
    return subprocess.run([program, *arguments], cwd=REPO, capture_output=True, text=True, timeout=60, check=False)


def needs(finder: Finder | Callable[[], bool]) -> pytest.MarkDecorator:
    """Skip a test where a program is missing: ``@needs(promtool)``, ``@needs(has_compose)``."""
    name = finder.__name__.removeprefix("has_")
    return pytest.mark.skipif(not finder(), reason=f"no {name} on this machine, and `make tools` could fetch none")


def _program(name: str) -> Path | None:
    found = shutil.which(name, path=f"{TOOLS / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    return Path(found) if found else None
