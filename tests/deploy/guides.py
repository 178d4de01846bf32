"""The commands that the guides tell an operator to type, and what of them our programs and compose.yaml do not have."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from . import compose_file
from .compose_file import REPO

GUIDES = (
    "README.md",
    "SECURITY.md",
    *sorted(f"docs/{path.name}" for path in (REPO / "docs").glob("*.md")),
    ".env.example",
    "compose.yaml",
    "deploy/secrets-as-files.compose.yaml",
    "k8s/README.md",
)
OURS = re.compile(r"speechgrade-(exporter|scorer|trainer)$")
_RUNS_THE_TRAINER = {"trainer": [], "trainer-sweep": [], "weights": ["weights"]}
_FENCE = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
# Up to what explains it.
_COMMENT = re.compile(r"^# {2,}(.*?)(?: {3,}.*)?$", re.MULTILINE)
_WITH_A_VALUE = {"--profile", "-f", "--file", "-e", "-v", "--entrypoint", "--user", "--env-file", "--pull"}


@dataclass(frozen=True, slots=True)
class ComposeCall:
    """``docker compose`` with these profiles, this verb, and what follows its options."""

    profiles: list[str]
    verb: str
    rest: list[str]


def read(guide: str) -> str:
    return (REPO / guide).read_text("utf-8")


def commands(text: str) -> Iterator[list[str]]:
    """Every command in a guide, in words: of fences, of inline code, of indented comments."""
    fenced = [line for block in _FENCE.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    inline = [code.replace("\n", " ") for code in _INLINE.findall(_FENCE.sub("", text))]
    for line in (*fenced, *inline, *_COMMENT.findall(text)):
        for part in re.split(r"&&|\|\|?|;|\s[<>]\s", line):
            yield _words(part)


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part.strip().strip("()"), comments=True)
    except ValueError:
        return []


def compose_calls(text: str) -> Iterator[ComposeCall]:
    for words in commands(text):
        if "compose" in words and words[: words.index("compose")][-1:] == ["docker"]:
            yield _call(words[words.index("compose") + 1 :])


def _call(words: list[str]) -> ComposeCall:
    before, rest = _options(words)
    profiles = [value for name, value in before if name == "--profile"]
    after = _options(rest[1:])[1]
    return ComposeCall(profiles, rest[0] if rest else "", after)


def _options(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    found, rest = [], list(words)
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        name = rest.pop(0)
        found.append((name, rest.pop(0) if name in _WITH_A_VALUE and rest else ""))
    return found, rest


def program_calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """The service whose program is called, and its arguments: directly, or in a container."""
    for words in commands(text):
        for place, word in enumerate(words):
            if match := OURS.match(word):
                yield match[1], words[place + 1 :]
    for call in compose_calls(text):
        service, *arguments = call.rest or [""]
        if call.verb == "run" and service in ("exporter", "scorer"):
            yield service, arguments
        if call.verb == "run" and service in _RUNS_THE_TRAINER and arguments[:1] != ["PATH"]:
            yield "trainer", _RUNS_THE_TRAINER[service] + arguments


def strangers(call: ComposeCall) -> list[str]:
    """Profiles and services that compose.yaml does not have."""
    services = set(compose_file.read()["services"])
    profiles = [name for name in call.profiles if name not in {*compose_file.profiles(), "*", "…"}]
    if call.verb in {"exec", "run"}:
        named = call.rest[:1]
    elif call.verb in {"up", "stop", "logs", "restart", "build"}:
        named = call.rest
    else:
        named = []
    return [*profiles, *(name for name in named if re.fullmatch(r"[a-z-]+", name) and name not in services)]
