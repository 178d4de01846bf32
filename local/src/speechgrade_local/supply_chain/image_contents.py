"""What a built image says of itself: the metadata of its Python packages and of the Debian packages below them.

The image's own Python packs these files into a tar; nothing is installed in it, and it has no network meanwhile.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

from speechgrade_local.errors import NoContainerEngine, UnreadableImage

_LIMIT_S = 120
_NAMESPACE = "speechgrade/"
# Runs in the image, so it is written for whatever Python is there. An image without apt has a folder status.d.
_PACK = """
import io, pathlib, platform, sys, tarfile
tar = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
def add(name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
add("python", platform.python_version().encode())
for folder in sorted({p for p in sys.path if p.endswith(("site-packages", "dist-packages"))}):
    for found in pathlib.Path(folder).glob("*.dist-info/METADATA"):
        add("site-packages/" + found.parent.name + "/METADATA", found.read_bytes())
root = pathlib.Path("/var/lib/dpkg")
for found in [root / "status", *sorted((root / "status.d").glob("*"))]:
    if found.is_file() and not found.name.endswith(".md5sums"):
        add("dpkg/" + found.name, found.read_bytes() + b"\\n\\n")
release = pathlib.Path("/etc/os-release")
add("os-release", release.read_bytes() if release.is_file() else b"")
tar.close()
"""


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """An installed package of the distribution."""

    name: str
    version: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What an image holds; ``site_packages`` is a folder with the packages' metadata alone."""

    python: str
    site_packages: Path
    system: tuple[SystemPackage, ...]
    distribution: str


def images() -> list[str]:
    """The project's images that the container engine has, newest build of each tag; `NoContainerEngine` without one."""
    listed = _docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").decode().split()
    return sorted({image for image in listed if image.startswith(_NAMESPACE) and not image.endswith(":<none>")})


def contents(image: str, folder: Path) -> Contents:
    """Read an image; its packages' metadata is written below ``folder``.

    Raises `UnreadableImage` if there is no Python in it or no such image, `NoContainerEngine` where nothing can run it.
    """
    confined = ("--rm", "--network=none", "--read-only", "--cap-drop=ALL", "--entrypoint=python")
    packed = _docker("run", *confined, image, "-I", "-c", _PACK)
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(folder, filter="data")
    return unpacked(folder)


def unpacked(folder: Path) -> Contents:
    """The same of a folder that was unpacked before."""
    status = "".join(found.read_text("utf-8") for found in sorted((folder / "dpkg").glob("*")))
    return Contents(
        python=(folder / "python").read_text("utf-8"),
        site_packages=folder / "site-packages",
        system=tuple(sorted(set(system_packages(status)), key=lambda each: (each.name, each.architecture))),
        distribution=distribution((folder / "os-release").read_text("utf-8")),
    )


def system_packages(status: str) -> list[SystemPackage]:
    """The installed packages of a dpkg database; those that were removed and left their settings are none."""
    found = []
    for paragraph in status.split("\n\n"):
        fields = Parser().parsestr(paragraph.strip(), headersonly=True)
        if fields["Package"] and (fields["Status"] or "installed").split()[-1] == "installed":
            found.append(SystemPackage(fields["Package"], fields["Version"], fields["Architecture"]))
    return found


def distribution(os_release: str) -> str:
    """Such as ``debian-12``; empty where the image does not say."""
    said = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    return f"{said['ID']}-{said['VERSION_ID'].strip(chr(34))}" if {"ID", "VERSION_ID"} <= said.keys() else ""


def _docker(*arguments: str) -> bytes:
    try:
        done = subprocess.run(("docker", *arguments), capture_output=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoContainerEngine(
            f"docker does not answer ({error}): start Docker Engine, or set DOCKER_HOST."
        ) from error
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == 0:
        return done.stdout
    if "daemon" in said and "connect" in said:
        raise NoContainerEngine(f"No container engine answers: start Docker Engine, or set DOCKER_HOST. {said}")
    raise UnreadableImage(f"docker {arguments[0]} failed: build the images first (docker compose build). {said[-400:]}")
