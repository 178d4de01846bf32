"""What the Edge Function is told: the wanted values from a file, and which of them the project does not hold yet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from speechgrade_shared.digest import sha256_hex, tree_digest

from speechgrade_local.errors import DeployRefused

REQUIRED = ("SPEECHGRADE_SCORER_URL", "SPEECHGRADE_SCORER_TOKEN")
OPTIONAL = (
    "SPEECHGRADE_ALLOWED_ORIGINS",
    "SPEECHGRADE_JWT_ISSUER",
    "SPEECHGRADE_OTLP_ENDPOINT",
    "SPEECHGRADE_SCORER_TIMEOUT_MS",
)
MARK = "SPEECHGRADE_FUNCTION_DIGEST"
"""Says which source was deployed, so that the same one is not deployed again."""
_MIN_TOKEN_BYTES = 32
# The CLI and we read an env file alike, but for these.
_UNSPEAKABLE = "\n\r'\\"
_IS_A_FILE = "file"


def read_env_file(file: Path) -> dict[str, str]:
    """What stands in an env file. A value ``file`` is the content of ``secrets/NAME`` beside it, if there is one.

    ``deploy/secrets-as-files.compose.yaml`` has it so.
    """
    values = dotenv_values(file, interpolate=False, encoding="utf-8-sig") if file.is_file() else {}
    return {name: _resolved(file.parent / "secrets" / name, value) for name, value in values.items() if value}


def _resolved(secret: Path, value: str) -> str:
    return secret.read_text("utf-8").strip() if value == _IS_A_FILE and secret.is_file() else value


def wanted_secrets(file: Path) -> dict[str, str]:
    """The function's settings in an env file; all others in it are left where they are.

    Raises:
        DeployRefused: the file is missing, or what it says of the function is incomplete or unusable.
    """
    if not file.is_file():
        raise DeployRefused(
            f"There is no {file}. Put {' and '.join(REQUIRED)} into it, or name it with --secrets-file."
        )
    held = read_env_file(file)
    found = {name: held[name] for name in (*REQUIRED, *OPTIONAL) if name in held}
    problems = [f"{name}: is not set in {file}" for name in REQUIRED if name not in found]
    unspeakable = [name for name, value in found.items() if any(mark in value for mark in _UNSPEAKABLE)]
    problems += [f"{name}: holds a line break, a quote or a backslash" for name in unspeakable]
    if REQUIRED[0] in found and not found[REQUIRED[0]].startswith("https://"):
        problems.append(f"{REQUIRED[0]}: must begin with https://, for the function calls it over the internet")
    if REQUIRED[1] in found and len(found[REQUIRED[1]].encode()) < _MIN_TOKEN_BYTES:
        problems.append(f"{REQUIRED[1]}: must have at least {_MIN_TOKEN_BYTES} bytes")
    if problems:
        raise DeployRefused("The function's secrets are missing or wrong:\n" + "\n".join(problems))
    return found


def differing(wanted: Mapping[str, str], held: Mapping[str, str]) -> list[str]:
    """The names whose value the project does not hold; ``held`` are digests by name, as the CLI lists them."""
    return sorted(name for name, value in wanted.items() if held.get(name) != _digest(value))


def write_secrets(file: Path, values: Mapping[str, str]) -> None:
    """Write an env file that only its owner can read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.writelines(f"{name}='{value}'\n" for name, value in values.items())


def function_digest(folder: Path) -> str:
    """The digest of the function's source, without its tests."""
    files = (path for path in folder.rglob("*") if path.is_file() and "tests" not in path.relative_to(folder).parts)
    return tree_digest({path.relative_to(folder).as_posix(): sha256_hex(path.read_bytes()) for path in files})


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
