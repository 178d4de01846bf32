"""Puts what a program in a virtual environment needs of this machine into a folder that becomes the image.

usage: python3 assemble.py VENV DESTINATION

The interpreter, its standard library, the shared libraries that it and the environment's extensions are linked to, the
certificates of public authorities, and the accounts. No shell, no package manager, nothing that runs as root. The
packages that the files come from are noted where scanners of images look for them (`/var/lib/dpkg/status.d`), and their
licences lie where their packages have them (`/usr/share/doc/*/copyright`): whoever hands the image on hands these on.
"""

import compileall
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

# The standard library without what no service uses: tests, a compiler's and an editor's parts, installers.
_LEFT_OUT = ("test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data", "site-packages",
             "dist-packages", "config-*", "_tkinter*")  # fmt: skip
_LINKED = re.compile(r"(?:=>\s+|^\s+)(?P<path>/\S+) \(0x")
# Loaded when a thread ends, and named by nobody.
_UNNAMED = "libgcc_s.so.1"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_LICENCES = Path("/usr/share/common-licenses")
_ACCOUNTS = {
    # pragma: allowlist nextline secret
    "passwd": "root:x:0:0:root:/:/sbin/nologin\nspeechgrade:x:65532:65532::/tmp:/sbin/nologin\n",
    "group": "root:x:0:\nspeechgrade:x:65532:\n",
    "nsswitch.conf": "hosts: files dns\n",
}


def main(venv: Path, destination: Path) -> None:
    copied = [*_interpreter(venv / "bin" / "python", destination), *_standard_library(destination)]
    extensions = [found for folder in [*_library_folders(), venv] for found in _extensions(folder)]
    programs = [Path(sys.executable).resolve(), *extensions]
    single = [*sorted(_libraries(programs, venv)), _CERTIFICATES, Path("/etc/ld.so.cache")]
    copied += [_copy(file, destination) for file in single]
    _note_packages(copied, destination)
    for name, text in _ACCOUNTS.items():
        (destination / "etc" / name).write_text(text, "utf-8")
    (destination / "tmp").mkdir(mode=0o1777)
    (destination / "tmp").chmod(0o1777)


def _interpreter(link: Path, destination: Path) -> Iterator[Path]:
    """The file, and every link on the way to it that lies outside of the environment."""
    while link.is_symlink():
        target = link.parent / link.readlink()
        if not link.is_relative_to(sys.argv[1]):
            place = _place(link, destination)
            place.symlink_to(link.readlink())
        link = target
    yield _copy(link, destination)


def _standard_library(destination: Path) -> Iterator[Path]:
    for folder in _library_folders():
        target = destination / str(folder).lstrip("/")
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*_LEFT_OUT), ignore_dangling_symlinks=True)
        yield from (Path("/") / path.relative_to(destination) for path in target.rglob("*") if path.is_file())
        # Some bases come without it, and nothing can be written later.
        compileall.compile_dir(target, quiet=2, workers=0, stripdir=str(destination))


def _library_folders() -> set[Path]:
    """Of the interpreter itself, also when this is run in an environment."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    return {Path(sysconfig.get_path(name, vars=base)) for name in ("stdlib", "platstdlib")}


def _extensions(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.so*") if path.is_file())


def _libraries(programs: Iterable[Path], venv: Path) -> set[Path]:
    """What the programs are linked to, outside of the environment."""
    names = [str(program) for program in programs]
    done = subprocess.run(["ldd", *names], capture_output=True, text=True, check=False)
    found = {Path(match["path"]) for match in map(_LINKED.search, done.stdout.splitlines()) if match}
    found = {path for path in found if not path.resolve().is_relative_to(venv)}
    return found | {path for path in (library.parent / _UNNAMED for library in found) if path.exists()}


def _copy(source: Path, destination: Path) -> Path:
    """The file itself under this name, also where it is a link."""
    shutil.copy2(source, _place(source, destination))
    return source


def _place(source: Path, destination: Path) -> Path:
    place = destination / str(source).lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _note_packages(copied: Iterable[Path], destination: Path) -> None:
    status = Path("/var/lib/dpkg/status")
    if not status.exists():
        return
    # A path may be listed under /lib or /usr/lib, which are one folder, and as a link or as what it leads to.
    names = {_merged(path) for file in copied for path in (file, file.resolve())}
    owners = {listing.stem.partition(":")[0] for listing in status.parent.glob("info/*.list") if _owns(listing, names)}
    notes = destination / "var/lib/dpkg/status.d"
    notes.mkdir(parents=True)
    for stanza in status.read_text("utf-8").split("\n\n"):
        package = stanza.strip().partition("\n")[0].removeprefix("Package: ")
        if package in owners:
            (notes / package).write_text(stanza.strip() + "\n", "utf-8")
            _keep_licence(Path("/usr/share/doc") / package / "copyright", destination)
    for licence in _LICENCES.glob("*"):
        _keep_licence(licence, destination)


def _keep_licence(text: Path, destination: Path) -> None:
    """Under each name where a folder is a link to another package's. Some bases were stripped of the texts."""
    if text.is_file():
        _copy(text, destination)


def _owns(listing: Path, names: set[str]) -> bool:
    return any(_merged(Path(line)) in names for line in listing.read_text("utf-8").splitlines())


def _merged(path: Path) -> str:
    text = os.path.normpath(path)
    return text if text.startswith("/usr/") else f"/usr{text}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
